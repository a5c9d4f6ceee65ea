/** What no machine may have. */
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

/** Rules, their places and the places beside them. */
function told(more: Partial<NodePlan>): readonly string[] {
  return verifyPlan({ ...empty, ...more }).diagnostics.map(({ rule, path, also }) =>
    [rule, path.join('.'), ...also.map(one => one.path.join('.'))].join(' '),
  )
}

it('a plan without mistakes is the same plan', () => {
  const plan = { ...empty, files: [file('/etc/a'), file('/etc/b')] }
  expect(verifyPlan(plan)).toEqual({ ok: true, value: plan, diagnostics: [] })
})

describe('two owners', () => {
  const own = { from: ['distro'] }
  it('are told at the user, whichever came first', () => {
    const ours = file('/etc/a', own)
    expect(told({ files: [ours, file('/etc/a')] })).toEqual([
      'plan/two-owners nodes.0.files.0.path',
    ])
    expect(told({ files: [file('/etc/a'), ours] })).toEqual([
      'plan/two-owners nodes.0.files.0.path',
    ])
  })
  it('of the user are told at the second, with the first', () => {
    const later = file('/etc/a', { from: ['nodes', 0, 'files', 1, 'path'] })
    expect(told({ files: [file('/etc/a'), later] })).toEqual([
      'plan/two-owners nodes.0.files.1.path nodes.0.files.0.path',
    ])
  })
  it('may be of any kind: a unit, a folder, a link, the manifest', () => {
    const link = { path: '/etc/a', target: '/x', layer, from: place }
    const folder = { path: '/etc/a', mode: 0o755, owner: 'root:root', layer, from: place }
    expect(told({ files: [file('/etc/a')], links: [link] })).toHaveLength(1)
    expect(told({ files: [file('/etc/a')], directories: [folder] })).toHaveLength(1)
    const service = '/etc/systemd/system/a.service'
    expect(told({ files: [file(service)], units: [unit('[Unit]\n', false)] })).toHaveLength(1)
    expect(told({ files: [file('/etc/gen-node/manifest.sha256')] })).toEqual([
      'plan/two-owners nodes.0.files.0.path',
    ])
  })
})

describe('below a file', () => {
  it('there is nothing', () => {
    const deep = file('/etc/a/b/c', { from: ['nodes', 0, 'files', 1, 'path'] })
    expect(told({ files: [file('/etc/a'), deep] })).toEqual([
      'plan/below-a-file nodes.0.files.1.path nodes.0.files.0.path',
    ])
  })
  it('nor below a link, but below a folder', () => {
    const link = { path: '/etc/a', target: '/x', layer, from: place }
    const folder = { path: '/etc/a', mode: 0o755, owner: 'root:root', layer, from: place }
    expect(told({ files: [file('/etc/a/b')], links: [link] })).toHaveLength(1)
    expect(told({ files: [file('/etc/a/b')], directories: [folder] })).toEqual([])
    expect(told({ files: [file('/etc/a'), file('/etc/ab')] })).toEqual([])
  })
  it('a file of the user where gen-node has a folder is told once, at the user', () => {
    const ours = ['a', 'b', 'c'].map(name => file(`/etc/k0s/${name}`, { from: [] }))
    expect(told({ files: [...ours, file('/etc/k0s')] })).toEqual([
      'plan/below-a-file nodes.0.files.0.path',
    ])
  })
})

it('a secret is for nobody else', () => {
  const bad = [0o644, 0o604, 0o601, 0o777, 0o602]
  for (const mode of bad) {
    expect(told({ files: [file('/etc/a', { secret: true, mode })] })).toHaveLength(1)
  }
  for (const mode of [0o600, 0o640, 0o400, 0o750]) {
    expect(told({ files: [file('/etc/a', { secret: true, mode })] })).toEqual([])
  }
})

it('what is mounted or cleaned later keeps nothing', () => {
  const bad = ['/tmp/a', '/run/a', '/var/run/a', '/dev/a', '/proc/a', '/sys/a']
  for (const path of bad) expect(told({ files: [file(path)] })).toHaveLength(1)
  const good = ['/tmpfiles', '/runner/a', '/var/tmp/a', '/etc/tmp/a', '/system/a', '/devices']
  for (const path of good) expect(told({ files: [file(path)] })).toEqual([])
})

it('a template is enabled for an instance only', () => {
  const template = { ...unit('[Unit]\n[Install]\nWantedBy=a.target\n'), name: 'a@.service' }
  expect(told({ units: [template] })).toEqual(['plan/template-enabled nodes.0.files.0.path'])
  expect(told({ units: [{ ...template, enabled: false }] })).toEqual([])
  expect(told({ units: [{ ...template, name: 'a@1.service' }] })).toEqual([])
})

it('a unit has a section, and one to install it by where it is enabled', () => {
  const install = '[Install]\nWantedBy=multi-user.target\n'
  expect(told({ units: [unit('')] })).toEqual(['plan/unit-empty nodes.0.files.0.path'])
  expect(told({ units: [unit('ExecStart=[x]\n')] })).toHaveLength(1)
  expect(told({ units: [unit('[Unit]\n')] })).toEqual([
    'plan/unit-not-installable nodes.0.files.0.path',
  ])
  expect(told({ units: [unit('[Unit]\n# [Install]\n')] })).toHaveLength(1)
  expect(told({ units: [unit('[Unit]\n', false)] })).toEqual([])
  expect(told({ units: [unit(`[Unit]\r\n${install.replaceAll('\n', '\r\n')}`)] })).toEqual([])
  expect(told({ units: [unit(`[Unit]\n${install}`)] })).toEqual([])
})
