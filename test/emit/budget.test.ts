/** The size of artifacts against platform limits, and compression as a whole. */
import { describe, expect, test } from 'vitest'
import { measure } from '../../src/emit/budget.ts'
import { platformNames } from '../../src/emit/platforms.ts'
import type { NodePlan } from '../../src/plan/plan.ts'
import { renderSize } from '../../src/view/size.ts'
import { noise } from '../lib/images.ts'
import { artifactOf, ignitionVersion, type Rendering, rendered, usual } from '../lib/rendered.ts'

const from = [] as const
const plan = (...sizes: readonly number[]): NodePlan => ({
  name: 'w1',
  files: sizes.map((size, at) => ({
    path: `/f${at}`,
    content: noise(`file ${at}`, size),
    mode: 0o644,
    owner: 'root:root',
    secret: false,
    shared: false,
    layer: 'instance',
    from,
  })),
  directories: [],
  links: [],
  users: [],
  units: [],
})
const settings = (more: Partial<Rendering>): Rendering => ({ ...usual, gzip: 'auto', ...more })

function measured(node: NodePlan, rendering: Rendering) {
  const artifact = artifactOf(node, rendering)
  return measure(rendering.format, artifact, rendering, ['platform'])
}

describe('measure', () => {
  test('gives the sizes, which the view prints on one line', () => {
    const { budget, diagnostics } = measured(plan(10), settings({}))
    expect(renderSize(budget)).toMatch(/^size: \d+ bytes, \d+ base64$/)
    expect(diagnostics).toEqual([])
    const lineOn = (platform: string, size: number) =>
      renderSize(measured(plan(size), settings({ platform })).budget)
    expect(lineOn('aws', 3000)).toMatch(
      /^size: \d,\d{3} bytes, \d,\d{3} gzipped, \d,\d{3} base64; \d+ % of aws' 16,384$/,
    )
    expect(lineOn('openstack', 10)).toMatch(/% of openstack's 65,535$/)
    expect(lineOn('nocloud', 10)).toMatch(/; nocloud sets no limit$/)
  })
  test('above the limit reports the largest files and the remedies', () => {
    const { budget, diagnostics } = measured(plan(300, 4000), settings({ platform: 'kubevirt' }))
    expect(budget.percent).toBeGreaterThan(100)
    expect(diagnostics).toMatchObject([
      {
        rule: 'size/over-budget',
        path: ['platform'],
        args: {
          name: 'w1/user-data',
          counted: budget.counted,
          platform: 'kubevirt',
          maxBytes: 2048,
          heaviest: [{ path: '/f1' }, { path: '/f0' }],
          remedies: [
            { kind: 'larger', place: expect.stringContaining('userDataSecretRef') },
            { kind: 'image' },
          ],
        },
      },
    ])
  })
  test('above the limit names compression and other formats where these help', () => {
    const remedies = (sizes: readonly number[], more: Partial<Rendering>) =>
      measured(plan(...sizes), settings(more)).diagnostics[0]?.args.remedies
    const sizes = Array.from({ length: 12 }, () => 1)
    const texts = plan(...sizes).files.map(file => ({ ...file, content: text }))
    const rendering = settings({ platform: 'hetzner', gzip: 'never' })
    const { diagnostics } = measured({ ...plan(), files: texts }, rendering)
    expect(diagnostics[0]?.args.remedies).toMatchObject([
      { kind: 'compress', setting: null },
      { kind: 'image' },
    ])
    expect(remedies([40_000], { platform: 'aws', format: 'ignition' })).toEqual([
      { kind: 'other-format', format: 'cloud-init' },
      { kind: 'image' },
    ])
  })
  test('counts what the platform counts', () => {
    const openstack = settings({ platform: 'openstack', gzip: 'never' })
    const { length } = artifactOf(plan(10), openstack).bytes
    expect(measured(plan(10), openstack).budget.counted).toBe(Math.ceil(length / 3) * 4)
    const aws = settings({ platform: 'aws', gzip: 'never' })
    expect(measured(plan(10), aws).budget.counted).toBe(length)
    const vsphere = settings({ platform: 'vsphere', gzip: 'always' })
    const encoded = artifactOf(plan(10), vsphere).bytes.length
    expect(measured(plan(10), vsphere).budget.counted).toBe(encoded)
  })
})

// Short enough to stand in user-data without compression of its own.
const text = new Uint8Array(
  Buffer.from(Array.from({ length: 700 }, (_, at) => `${(at * 7919) % 8111}\n`).join('')),
)

describe('gzip', () => {
  const first = (more: Partial<Rendering>) => [
    ...artifactOf(plan(10), settings(more)).bytes.subarray(0, 2),
  ]
  const magic = [0x1f, 0x8b]
  const base64 = [...Buffer.from('H4')]
  test('auto compresses where the platform accepts it without another setting', () => {
    const compressed = platformNames.filter(platform => first({ platform })[0] === 0x1f)
    expect(compressed).toEqual(
      'akamai alibaba aws azure cloudstack exoscale libvirt nocloud openstack oracle proxmox'.split(
        ' ',
      ),
    )
    expect(first({ platform: 'hetzner' })).toEqual(base64)
    expect(first({ platform: 'gcp' })).toEqual([...Buffer.from('#c')])
    expect(first({})).toEqual([...Buffer.from('#c')])
    expect(first({ platform: 'akamai', format: 'ignition' })).toEqual(magic)
    expect(first({ platform: 'aws', format: 'ignition' })).toEqual([...Buffer.from('{"')])
  })
  test('always is an error where the platform does not accept it', () => {
    const rules = (more: Partial<Rendering>) =>
      rendered(plan(10), settings({ gzip: 'always', ...more })).diagnostics.map(({ rule }) => rule)
    expect(rules({})).toEqual([])
    expect(rules({ platform: 'vsphere', format: 'ignition' })).toEqual([])
    expect(rules({ platform: 'digitalocean' })).toEqual(['emit/gzip-not-taken'])
    expect(rules({ format: 'ignition' })).toEqual(['emit/gzip-not-taken'])
    expect(rules({ platform: 'nowhere' })).toEqual(['emit/unknown-platform'])
  })
})

describe('Ignition versions', () => {
  test('are known, and a missing feature is an error at the part of the spec that needs it', () => {
    const diagnostics = (node: NodePlan, version: string) =>
      rendered(node, { format: 'ignition', options: ignitionVersion(version) }).diagnostics
    const files = plan(1).files.map(file => ({ ...file, mode: 0o4755, from: ['files', 0] }))
    const special = { ...plan(), files }
    expect(diagnostics(special, '3.6.0')).toEqual([])
    expect(diagnostics(special, '3.5.0')).toMatchObject([
      { rule: 'emit/version-lacks', path: ['files', 0] },
    ])
    expect(diagnostics(plan(1), '3.0.0')).toEqual([])
    expect(diagnostics(plan(1), '2.3.0')).toMatchObject([{ rule: 'emit/unknown-version' }])
  })
})
