/** Plans that a machine cannot apply, or that would disclose a secret. */
import { describe, expect, it } from 'vitest'
import type { NodePlan, PlanFile } from '../../src/plan/plan.ts'
import { verifyPlan } from '../../src/plan/verify.ts'
import { aPlan, aPlanFile } from '../lib/builders.ts'

const from = ['nodes', 0, 'files', 0, 'path']
const layer = 'instance' as const
const file = (path: string, fields: Partial<PlanFile> = {}) => aPlanFile(path, { from, ...fields })
const unit = (content: string, enabled = true) => ({
  name: 'a.service',
  content,
  enabled,
  layer,
  from,
})

/** The broken rules, each with its path and its further paths. */
function findings(items: Partial<NodePlan>): readonly string[] {
  return verifyPlan(aPlan(items)).diagnostics.map(({ rule, path, also }) =>
    [rule, path.join('.'), ...also.map(other => other.path.join('.'))].join(' '),
  )
}

it('a valid plan is returned unchanged', () => {
  const plan = aPlan({ files: [file('/etc/a'), file('/etc/b')] })
  expect(verifyPlan(plan)).toEqual({ ok: true, value: plan, diagnostics: [] })
})

describe('two owners of a path', () => {
  const generated = { from: ['distro'] }
  it('are reported at the user’s entry, in either order', () => {
    const generatedFile = file('/etc/a', generated)
    expect(findings({ files: [generatedFile, file('/etc/a')] })).toEqual([
      'plan/two-owners nodes.0.files.0.path',
    ])
    expect(findings({ files: [file('/etc/a'), generatedFile] })).toEqual([
      'plan/two-owners nodes.0.files.0.path',
    ])
  })
  it('from the user are reported at the second entry, with the first', () => {
    const later = file('/etc/a', { from: ['nodes', 0, 'files', 1, 'path'] })
    expect(findings({ files: [file('/etc/a'), later] })).toEqual([
      'plan/two-owners nodes.0.files.1.path nodes.0.files.0.path',
    ])
  })
  it('can be of any kind: unit, directory, link, manifest', () => {
    const link = { path: '/etc/a', target: '/x', layer, from }
    const folder = { path: '/etc/a', mode: 0o755, owner: 'root:root', layer, from }
    expect(findings({ files: [file('/etc/a')], links: [link] })).toHaveLength(1)
    expect(findings({ files: [file('/etc/a')], directories: [folder] })).toHaveLength(1)
    const service = '/etc/systemd/system/a.service'
    expect(findings({ files: [file(service)], units: [unit('[Unit]\n', false)] })).toHaveLength(1)
    expect(findings({ files: [file('/var/lib/gen-node/bootstrapped')] })).toEqual([
      'plan/two-owners nodes.0.files.0.path',
    ])
    expect(findings({ files: [file('/etc/gen-node/manifest.sha256')] })).toEqual([
      'plan/two-owners nodes.0.files.0.path',
    ])
  })
})

describe('a path below a file', () => {
  it('is reported', () => {
    const deep = file('/etc/a/b/c', { from: ['nodes', 0, 'files', 1, 'path'] })
    expect(findings({ files: [file('/etc/a'), deep] })).toEqual([
      'plan/below-a-file nodes.0.files.1.path nodes.0.files.0.path',
    ])
  })
  it('is reported for a link too, and not for a directory', () => {
    const link = { path: '/etc/a', target: '/x', layer, from }
    const folder = { path: '/etc/a', mode: 0o755, owner: 'root:root', layer, from }
    expect(findings({ files: [file('/etc/a/b')], links: [link] })).toHaveLength(1)
    expect(findings({ files: [file('/etc/a/b')], directories: [folder] })).toEqual([])
    expect(findings({ files: [file('/etc/a'), file('/etc/ab')] })).toEqual([])
  })
  it('is reported once, at the user’s entry, if gen-node has a directory there', () => {
    const generatedFiles = ['a', 'b', 'c'].map(name => file(`/etc/k0s/${name}`, { from: [] }))
    expect(findings({ files: [...generatedFiles, file('/etc/k0s')] })).toEqual([
      'plan/below-a-file nodes.0.files.0.path',
    ])
  })
})

it('a secret that others can access is reported', () => {
  const bad = [0o644, 0o604, 0o601, 0o777, 0o602]
  for (const mode of bad) {
    expect(findings({ files: [file('/etc/a', { secret: true, mode })] })).toHaveLength(1)
  }
  for (const mode of [0o600, 0o640, 0o400, 0o750]) {
    expect(findings({ files: [file('/etc/a', { secret: true, mode })] })).toEqual([])
  }
})

it('a file below a folder that is mounted or cleaned later is reported', () => {
  const bad = ['/tmp/a', '/run/a', '/var/run/a', '/dev/a', '/proc/a', '/sys/a']
  for (const path of bad) expect(findings({ files: [file(path)] })).toHaveLength(1)
  const good = ['/tmpfiles', '/runner/a', '/var/tmp/a', '/etc/tmp/a', '/system/a', '/devices']
  for (const path of good) expect(findings({ files: [file(path)] })).toEqual([])
})

it('an enabled template unit without an instance is reported', () => {
  const template = { ...unit('[Unit]\n[Install]\nWantedBy=a.target\n'), name: 'a@.service' }
  expect(findings({ units: [template] })).toEqual(['plan/template-enabled nodes.0.files.0.path'])
  expect(findings({ units: [{ ...template, enabled: false }] })).toEqual([])
  expect(findings({ units: [{ ...template, name: 'a@1.service' }] })).toEqual([])
})

it('a unit without a section, or enabled without an [Install] section, is reported', () => {
  const install = '[Install]\nWantedBy=multi-user.target\n'
  expect(findings({ units: [unit('')] })).toEqual(['plan/unit-empty nodes.0.files.0.path'])
  expect(findings({ units: [unit('ExecStart=[x]\n')] })).toHaveLength(1)
  expect(findings({ units: [unit('[Unit]\n')] })).toEqual([
    'plan/unit-not-installable nodes.0.files.0.path',
  ])
  expect(findings({ units: [unit('[Unit]\n# [Install]\n')] })).toHaveLength(1)
  expect(findings({ units: [unit('[Unit]\n', false)] })).toEqual([])
  expect(findings({ units: [unit(`[Unit]\r\n${install.replaceAll('\n', '\r\n')}`)] })).toEqual([])
  expect(findings({ units: [unit(`[Unit]\n${install}`)] })).toEqual([])
})

describe('a shared image', () => {
  const image = { layer: 'image', from: ['defaults', 'files', 0, 'path'] } as const
  it('cannot contain a secret', () => {
    const secret = { secret: true, mode: 0o600 }
    expect(findings({ files: [file('/etc/a', { ...image, ...secret })] })).toEqual([
      'plan/secret-in-image defaults.files.0.path',
    ])
    expect(findings({ files: [file('/etc/a', secret), file('/etc/b', image)] })).toEqual([])
  })
  it('cannot contain a file that identifies a machine', () => {
    for (const path of ['/etc/hostname', '/etc/machine-id', '/etc/ssh/ssh_host_rsa_key']) {
      expect(findings({ files: [file(path, image)] })).toEqual([
        'plan/identity-in-image defaults.files.0.path',
      ])
      expect(findings({ files: [file(path)] })).toEqual([])
    }
  })
  it('cannot contain an item of a single node of the spec', () => {
    const ofNode = { layer: 'image', from } as const
    const user = { name: 'ops', authorizedKeys: [], ...ofNode }
    const finding = ['plan/identity-in-image nodes.0.files.0.path']
    expect(findings({ files: [file('/etc/a', ofNode)] })).toEqual(finding)
    expect(findings({ users: [user] })).toEqual(finding)
    expect(findings({ units: [{ ...unit('[Unit]\n', false), ...ofNode }] })).toEqual(finding)
  })
})
