/** Plans that no machine can carry out, or that would leak a secret. */
import { describe, expect, it } from 'vitest'
import type { NodePlan, PlanFile } from '../../src/plan/plan.ts'
import { verifyPlan } from '../../src/plan/verify.ts'

const empty: NodePlan = { name: 'w1', files: [], directories: [], links: [], users: [], units: [] }
const place = ['nodes', 0, 'files', 0, 'path']
const layer = 'instance' as const
const file = (path: string, more: Partial<PlanFile> = {}): PlanFile => ({
  path,
  content: new Uint8Array(),
  mode: 0o644,
  owner: 'root:root',
  secret: false,
  layer: 'instance',
  from: place,
  ...more,
})
const unit = (content: string, enabled = true) => ({
  name: 'a.service',
  content,
  enabled,
  layer: 'instance' as const,
  from: place,
})

/** The rules that are broken, with the path of each and its further paths. */
function findings(more: Partial<NodePlan>): readonly string[] {
  return verifyPlan({ ...empty, ...more }).diagnostics.map(({ rule, path, also }) =>
    [rule, path.join('.'), ...also.map(other => other.path.join('.'))].join(' '),
  )
}

it('a plan without mistakes is the same plan', () => {
  const plan = { ...empty, files: [file('/etc/a'), file('/etc/b')] }
  expect(verifyPlan(plan)).toEqual({ ok: true, value: plan, diagnostics: [] })
})

describe('two owners', () => {
  const generated = { from: ['distro'] }
  it('are reported at the user’s entry, whichever comes first', () => {
    const ours = file('/etc/a', generated)
    expect(findings({ files: [ours, file('/etc/a')] })).toEqual([
      'plan/two-owners nodes.0.files.0.path',
    ])
    expect(findings({ files: [file('/etc/a'), ours] })).toEqual([
      'plan/two-owners nodes.0.files.0.path',
    ])
  })
  it('that are both entries of the user are reported at the second, with the first', () => {
    const later = file('/etc/a', { from: ['nodes', 0, 'files', 1, 'path'] })
    expect(findings({ files: [file('/etc/a'), later] })).toEqual([
      'plan/two-owners nodes.0.files.1.path nodes.0.files.0.path',
    ])
  })
  it('may be of any kind: unit, folder, link, manifest', () => {
    const link = { path: '/etc/a', target: '/x', layer, from: place }
    const folder = { path: '/etc/a', mode: 0o755, owner: 'root:root', layer, from: place }
    expect(findings({ files: [file('/etc/a')], links: [link] })).toHaveLength(1)
    expect(findings({ files: [file('/etc/a')], directories: [folder] })).toHaveLength(1)
    const service = '/etc/systemd/system/a.service'
    expect(findings({ files: [file(service)], units: [unit('[Unit]\n', false)] })).toHaveLength(1)
    expect(findings({ files: [file('/etc/gen-node/manifest.sha256')] })).toEqual([
      'plan/two-owners nodes.0.files.0.path',
    ])
  })
})

describe('below a file', () => {
  it('there is nothing', () => {
    const deep = file('/etc/a/b/c', { from: ['nodes', 0, 'files', 1, 'path'] })
    expect(findings({ files: [file('/etc/a'), deep] })).toEqual([
      'plan/below-a-file nodes.0.files.1.path nodes.0.files.0.path',
    ])
  })
  it('there is nothing below a link either, but below a folder', () => {
    const link = { path: '/etc/a', target: '/x', layer, from: place }
    const folder = { path: '/etc/a', mode: 0o755, owner: 'root:root', layer, from: place }
    expect(findings({ files: [file('/etc/a/b')], links: [link] })).toHaveLength(1)
    expect(findings({ files: [file('/etc/a/b')], directories: [folder] })).toEqual([])
    expect(findings({ files: [file('/etc/a'), file('/etc/ab')] })).toEqual([])
  })
  it('a file of the user where gen-node has a folder is reported once, at the user’s entry', () => {
    const ours = ['a', 'b', 'c'].map(name => file(`/etc/k0s/${name}`, { from: [] }))
    expect(findings({ files: [...ours, file('/etc/k0s')] })).toEqual([
      'plan/below-a-file nodes.0.files.0.path',
    ])
  })
})

it('only owner and group may read a secret', () => {
  const bad = [0o644, 0o604, 0o601, 0o777, 0o602]
  for (const mode of bad) {
    expect(findings({ files: [file('/etc/a', { secret: true, mode })] })).toHaveLength(1)
  }
  for (const mode of [0o600, 0o640, 0o400, 0o750]) {
    expect(findings({ files: [file('/etc/a', { secret: true, mode })] })).toEqual([])
  }
})

it('folders that are mounted or cleaned later hold no files', () => {
  const bad = ['/tmp/a', '/run/a', '/var/run/a', '/dev/a', '/proc/a', '/sys/a']
  for (const path of bad) expect(findings({ files: [file(path)] })).toHaveLength(1)
  const good = ['/tmpfiles', '/runner/a', '/var/tmp/a', '/etc/tmp/a', '/system/a', '/devices']
  for (const path of good) expect(findings({ files: [file(path)] })).toEqual([])
})

it('a template unit is enabled only for an instance', () => {
  const template = { ...unit('[Unit]\n[Install]\nWantedBy=a.target\n'), name: 'a@.service' }
  expect(findings({ units: [template] })).toEqual(['plan/template-enabled nodes.0.files.0.path'])
  expect(findings({ units: [{ ...template, enabled: false }] })).toEqual([])
  expect(findings({ units: [{ ...template, name: 'a@1.service' }] })).toEqual([])
})

it('a unit has a section, and an [Install] section where it is enabled', () => {
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
  it('contains no secret', () => {
    const secret = { secret: true, mode: 0o600 }
    expect(findings({ files: [file('/etc/a', { ...image, ...secret })] })).toEqual([
      'plan/secret-in-image defaults.files.0.path',
    ])
    expect(findings({ files: [file('/etc/a', secret), file('/etc/b', image)] })).toEqual([])
  })
  it('contains no file that says which machine this is', () => {
    for (const path of ['/etc/hostname', '/etc/machine-id', '/etc/ssh/ssh_host_rsa_key']) {
      expect(findings({ files: [file(path, image)] })).toEqual([
        'plan/identity-in-image defaults.files.0.path',
      ])
      expect(findings({ files: [file(path)] })).toEqual([])
    }
  })
  it('contains no item that the spec has for one node only', () => {
    const ofNode = { layer: 'image', from: place } as const
    const user = { name: 'ops', authorizedKeys: [], ...ofNode }
    const finding = ['plan/identity-in-image nodes.0.files.0.path']
    expect(findings({ files: [file('/etc/a', ofNode)] })).toEqual(finding)
    expect(findings({ users: [user] })).toEqual(finding)
    expect(findings({ units: [{ ...unit('[Unit]\n', false), ...ofNode }] })).toEqual(finding)
  })
})
