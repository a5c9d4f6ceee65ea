/** The laws that every emitter keeps, over the table of emitters; each format lists what it skips and why. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uncarriedItems } from '../../src/emit/capabilities.ts'
import {
  emitterOf,
  emitterOptions,
  type Format,
  formats,
  inspect,
} from '../../src/emit/emitters.ts'
import { unwrap } from '../../src/emit/envelope.ts'
import { platformNames } from '../../src/emit/platforms.ts'
import type { NodePlan } from '../../src/plan/plan.ts'
import { differenceOf, treeOf } from '../../src/plan/tree.ts'
import { randomRuns } from '../lib/judge.ts'
import { artifactOf, ignitionVersion, type Rendering, rendered } from '../lib/rendered.ts'
import { aPlan, shuffled } from './plans.ts'

/** What a format cannot do, by the name of the law, with the reason. */
const skips: Readonly<Record<Format, Readonly<Record<string, string>>>> = {
  'cloud-init': {},
  ignition: {},
  rootfs: {},
  // One file for all nodes, which Kubernetes reads and inspect does not.
  daemonset: {
    'L2: what is emitted is read back as the plan': 'it has no inverse',
    'its own inverse alone recognises what is emitted': 'it has no inverse',
    'an artifact names its node and is secret where one of its files is': 'it has no node',
    'L3: the order of a plan’s lists changes no byte': 'a plan without files has no artifact',
  },
}

const settings = (format: Format, more: Partial<Rendering> = {}): Rendering => ({
  format,
  gzip: 'auto',
  platform: null,
  options: ignitionVersion('3.6.0'),
  ...more,
})
const platform = fc.constantFrom(null, ...platformNames)
const gzip = fc.constantFrom('auto' as const, 'never' as const)

/** A random plan of items that the format takes. */
function aPlanFor(format: Format, highestMode?: number): fc.Arbitrary<NodePlan> {
  const { takes } = emitterOf(format)
  return aPlan(highestMode).map(plan => ({
    ...plan,
    users: takes.users ? plan.users : [],
    links: takes.links ? plan.links : [],
    files: takes.owners ? plan.files : plan.files.map(ownedByRoot),
    directories: takes.owners ? plan.directories : plan.directories.map(ownedByRoot),
    units: takes.enabledUnits ? plan.units : plan.units.map(unit => ({ ...unit, enabled: false })),
  }))
}

function ownedByRoot<T>(item: T): T & { owner: string } {
  return { ...item, owner: 'root:root' }
}

/** A law as a test, or as a skipped one with the reason. */
function law(format: Format, name: string, body: () => void): void {
  const reason = skips[format][name]
  test(name, ({ skip }) => {
    skip(reason !== undefined, `${format}: ${reason}`)
    body()
  })
}

describe.each(formats)('%s', format => {
  const { inverse } = emitterOf(format)

  law(format, 'L2: what is emitted is read back as the plan', () => {
    fc.assert(
      fc.property(aPlanFor(format, 0o7777), platform, gzip, (plan, where, how) => {
        const outcome = rendered(plan, settings(format, { platform: where, gzip: how }))
        if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics))
        expect(outcome.diagnostics).toEqual([])
        const read = inspect(outcome.value.bytes)
        if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
        expect(differenceOf(treeOf(plan), read.value)).toBeNull()
        // Whether the image has the owner of a file is not known to a reader of user-data.
        const findings = read.diagnostics.filter(({ rule }) => rule !== 'inspect/unknown-owner')
        expect(findings).toEqual([])
      }),
      { numRuns: randomRuns(400) },
    )
  })

  law(format, 'L3: the order of a plan’s lists changes no byte', () => {
    const two = aPlanFor(format).chain(plan => fc.tuple(fc.constant(plan), shuffled(plan)))
    fc.assert(
      fc.property(two, ([plan, other]) => {
        const [first, second] = [plan, other].map(each => artifactOf(each, settings(format)))
        expect({ ...first, bytes: null }).toEqual({ ...second, bytes: null })
        expect(Buffer.compare(first!.bytes, second!.bytes)).toBe(0)
      }),
      { numRuns: randomRuns(100) },
    )
  })

  law(format, 'L4: no bytes make inspect throw', () => {
    const ours = aPlanFor(format).map(plan => {
      const outcome = rendered(plan, settings(format))
      return outcome.ok ? outcome.value.bytes : new Uint8Array(0)
    })
    const altered = fc
      .tuple(ours, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 9 }))
      .map(([bytes, changes]) => {
        const copy = bytes.slice()
        for (const [at, byte] of changes) copy[at % copy.length] = byte
        return copy
      })
    fc.assert(
      fc.property(
        fc.oneof(
          altered,
          fc.uint8Array(),
          fc.string().map(text => Buffer.from(text)),
        ),
        bytes => {
          inverse?.inspect(bytes)
          inspect(bytes)
        },
      ),
      { numRuns: randomRuns(1000) },
    )
  })

  law(format, 'its own inverse alone recognises what is emitted', () => {
    const readers = formats.filter(other => emitterOf(other).inverse !== null)
    fc.assert(
      fc.property(aPlanFor(format), plan => {
        const outcome = rendered(plan, settings(format))
        const plain = outcome.ok ? unwrap(outcome.value.bytes) : outcome
        if (!plain.ok) throw new Error(JSON.stringify(plain.diagnostics))
        const recognised = readers.filter(other => emitterOf(other).inverse?.recognise(plain.value))
        expect(recognised).toEqual([format])
      }),
    )
  })

  law(format, 'an artifact names its node and is secret where one of its files is', () => {
    fc.assert(
      fc.property(aPlanFor(format), plan => {
        const outcome = rendered(plan, settings(format))
        if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics))
        expect(outcome.value.node).toBe(plan.name)
        expect(outcome.value.secret).toBe(plan.files.some(file => file.secret))
      }),
    )
  })

  law(format, 'the default of an option is one of its values', () => {
    const options = Object.values(emitterOf(format).options)
    for (const option of options.filter(({ values }) => values.length > 0))
      expect(option.values).toContain(option.default)
  })
})

describe('the table', () => {
  test('has no option twice, so that every option is one flag', () => {
    const names = emitterOptions.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  test('an item that a format does not take is an error where the spec asks for it', () => {
    const layer = 'instance' as const
    const file = { content: new Uint8Array(), mode: 0o644, secret: false, shared: false, layer }
    const plan: NodePlan = {
      name: 'w1',
      files: [
        { ...file, path: '/a', owner: 'root:root', from: ['files', 0] },
        { ...file, path: '/b', owner: 'ops:adm', from: ['files', 1] },
      ],
      directories: [{ path: '/c', mode: 0o755, owner: 'ops:ops', from: ['files', 2], layer }],
      links: [{ path: '/d', target: '/a', from: ['files', 3], layer }],
      users: [{ name: 'ops', authorizedKeys: [], from: ['ssh'], layer }],
      units: [
        { name: 'a.service', content: '', enabled: false, from: ['units', 0], layer },
        { name: 'b.service', content: '', enabled: true, from: ['units', 1], layer },
      ],
    }
    const takes = (value: boolean) => ({
      users: value,
      links: value,
      owners: value,
      enabledUnits: value,
    })
    expect(uncarriedItems('x', takes(true), plan)).toEqual([])
    const found = uncarriedItems('x', takes(false), plan)
    expect(found.map(({ rule, path, args }) => [rule, path, args.item, args.name])).toEqual([
      ['emit/cannot-carry', ['ssh'], 'user', 'ops'],
      ['emit/cannot-carry', ['files', 3], 'link', '/d'],
      ['emit/cannot-carry', ['files', 1], 'owner', 'ops:adm of /b'],
      ['emit/cannot-carry', ['files', 2], 'owner', 'ops:ops of /c'],
      ['emit/cannot-carry', ['units', 1], 'enabled-unit', 'b.service'],
    ])
  })
})
