/** The laws that every emitter keeps, over the table of emitters. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { platforms } from '../../src/emit/budget.ts'
import type { Format, Want } from '../../src/emit/emitter.ts'
import { emitPlan, emitters, inspect } from '../../src/emit/emitters.ts'
import { differenceOf, treeOf } from '../../src/plan/tree.ts'
import { aPlan, shuffled } from './plans.ts'

const formats = Object.keys(emitters) as Format[]
const want = (format: Format, more: Partial<Want> = {}): Want => ({
  format,
  gzip: 'auto',
  ignitionVersion: '3.6.0',
  platform: null,
  ...more,
})
const platform = fc.constantFrom(null, ...platforms)
const gzip = fc.constantFrom('auto' as const, 'never' as const)

describe.each(formats)('%s', format => {
  test('L2: what is emitted is read back as the plan', () => {
    fc.assert(
      fc.property(aPlan(0o7777), platform, gzip, (plan, where, how) => {
        const out = emitPlan(plan, want(format, { platform: where, gzip: how }))
        if (!out.ok) throw new Error(JSON.stringify(out.diagnostics))
        expect(out.diagnostics).toEqual([])
        const read = inspect(out.value.bytes)
        if (!read.ok) throw new Error(JSON.stringify(read.diagnostics))
        expect(differenceOf(treeOf(plan), read.value)).toBeNull()
        expect(read.diagnostics).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  test('L3: the order of a plan’s lists changes no byte', () => {
    const two = aPlan().chain(plan => fc.tuple(fc.constant(plan), shuffled(plan)))
    fc.assert(
      fc.property(two, ([one, other]) => {
        expect(emitPlan(one, want(format))).toEqual(emitPlan(other, want(format)))
      }),
    )
  })

  test('L4: no bytes make inspect throw', () => {
    const ours = aPlan().map(plan => {
      const out = emitPlan(plan, want(format))
      return out.ok ? out.value.bytes : new Uint8Array(0)
    })
    const bent = fc
      .tuple(ours, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 9 }))
      .map(([bytes, changes]) => {
        const copy = bytes.slice()
        for (const [at, byte] of changes) copy[at % copy.length] = byte
        return copy
      })
    fc.assert(
      fc.property(
        fc.oneof(
          bent,
          fc.uint8Array(),
          fc.string().map(s => Buffer.from(s)),
        ),
        bytes => {
          emitters[format].inspect(bytes)
          inspect(bytes)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
