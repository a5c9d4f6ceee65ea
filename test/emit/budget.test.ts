/** The size meter, and what is taken compressed. */
import { describe, expect, test } from 'vitest'
import { measure, platforms } from '../../src/emit/budget.ts'
import type { Want } from '../../src/emit/emitter.ts'
import { emitPlan } from '../../src/emit/emitters.ts'
import type { NodePlan } from '../../src/plan/plan.ts'

const from = [] as const
const noise = (length: number) =>
  Uint8Array.from({ length }, (_, at) => (at * at * 31 + (at >> 3) * 17) & 255)
const plan = (...sizes: readonly number[]): NodePlan => ({
  name: 'w1',
  files: sizes.map((size, at) => ({
    path: `/f${at}`,
    content: noise(size),
    mode: 0o644,
    owner: 'root:root',
    secret: false,
    from,
  })),
  directories: [],
  links: [],
  users: [],
  units: [],
})
const want = (more: Partial<Want>): Want => ({
  format: 'cloud-init',
  gzip: 'auto',
  ignitionVersion: '3.3.0',
  platform: null,
  ...more,
})

function emitted(one: NodePlan, wanted: Want) {
  const out = emitPlan(one, wanted)
  if (!out.ok) throw new Error(JSON.stringify(out.diagnostics))
  return out.value
}

describe('measure', () => {
  test('says the sizes in one line', () => {
    const budget = measure(emitted(plan(10), want({})), want({}))
    expect(budget.line).toMatch(/^size: \d+ bytes, \d+ gzipped, \d+ base64$/)
    expect(budget.over).toBe(false)
    const aws = want({ platform: 'aws' })
    expect(measure(emitted(plan(3000), aws), aws).line).toMatch(
      /^size: \d,\d{3} bytes, \d,\d{3} gzipped, \d,\d{3} base64; \d+ % of aws' 16,384$/,
    )
    const nova = want({ platform: 'openstack' })
    expect(measure(emitted(plan(10), nova), nova).line).toMatch(/% of openstack's 65,535$/)
    const disk = want({ platform: 'nocloud' })
    expect(measure(emitted(plan(10), disk), disk).line).toMatch(/; nocloud sets no limit$/)
  })
  test('over the limit names what weighs most and what helps', () => {
    const one = want({ platform: 'kubevirt' })
    const budget = measure(emitted(plan(300, 4000), one), one)
    expect(budget.over).toBe(true)
    expect(budget.share).toBeGreaterThan(100)
    expect(budget.heaviest.map(weight => weight.path)).toEqual(['/f1', '/f0'])
    expect(budget.help.length).toBeGreaterThan(0)
  })
  test('counts what the platform counts', () => {
    const nova = want({ platform: 'openstack', gzip: 'never' })
    const artifact = emitted(plan(10), nova)
    expect(measure(artifact, nova).counted).toBe(Math.ceil(artifact.bytes.length / 3) * 4)
    const aws = want({ platform: 'aws', gzip: 'never' })
    expect(measure(artifact, aws).counted).toBe(artifact.bytes.length)
    const vsphere = want({ platform: 'vsphere', gzip: 'always' })
    const encoded = emitted(plan(10), vsphere)
    expect(measure(encoded, vsphere).counted).toBe(encoded.bytes.length)
  })
})

describe('gzip', () => {
  const first = (wanted: Want) => [...emitted(plan(10), wanted).bytes.subarray(0, 2)]
  const magic = [0x1f, 0x8b]
  const base64 = [...Buffer.from('H4')]
  test('auto is what the platform takes without more ado', () => {
    const gzipped = platforms.filter(name => first(want({ platform: name }))[0] === 0x1f)
    expect(gzipped).toEqual(
      'akamai alibaba aws azure cloudstack exoscale libvirt nocloud openstack oracle proxmox'.split(
        ' ',
      ),
    )
    expect(first(want({ platform: 'hetzner' }))).toEqual(base64)
    expect(first(want({ platform: 'gcp' }))).toEqual([...Buffer.from('#c')])
    expect(first(want({}))).toEqual([...Buffer.from('#c')])
    expect(first(want({ platform: 'akamai', format: 'ignition' }))).toEqual(magic)
    expect(first(want({ platform: 'aws', format: 'ignition' }))).toEqual([...Buffer.from('{"')])
  })
  test('always is an error where it is not taken', () => {
    const rules = (wanted: Partial<Want>) =>
      emitPlan(plan(10), want({ gzip: 'always', ...wanted })).diagnostics.map(one => one.rule)
    expect(rules({})).toEqual([])
    expect(rules({ platform: 'vsphere', format: 'ignition' })).toEqual([])
    expect(rules({ platform: 'digitalocean' })).toEqual(['emit/gzip-not-taken'])
    expect(rules({ format: 'ignition' })).toEqual(['emit/gzip-not-taken'])
    expect(rules({ platform: 'nowhere' })).toEqual(['emit/unknown-platform'])
  })
})

describe('Ignition versions', () => {
  test('are known, and what they lack is an error at the part of the spec that asks for it', () => {
    const rules = (one: NodePlan, ignitionVersion: string) =>
      emitPlan(one, want({ format: 'ignition', ignitionVersion })).diagnostics
    const file = plan(1).files.map(each => ({ ...each, mode: 0o4755, from: ['files', 0] }))
    const special = { ...plan(), files: file }
    expect(rules(special, '3.6.0')).toEqual([])
    expect(rules(special, '3.5.0')).toMatchObject([
      { rule: 'emit/version-lacks', path: ['files', 0] },
    ])
    expect(rules(plan(1), '3.0.0')).toEqual([])
    expect(rules(plan(1), '2.3.0')).toMatchObject([{ rule: 'emit/unknown-version' }])
  })
})
