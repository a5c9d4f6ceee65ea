/** A diff of two configs that differ in one thing shows that thing, and no secret. */
import { expect, it } from 'vitest'
import { diff, inspect } from '../../src/index.ts'
import { type ConfigPair, drawPairs } from '../lib/config-pairs.ts'
import { seed } from '../property/specs.ts'

const pairs = drawPairs(seed, 2)

it('there are at least 200 pairs', () => expect(pairs.length).toBeGreaterThanOrEqual(200))

function treeOf(bytes: Uint8Array) {
  const outcome = inspect(bytes)
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.diagnostics))
  return outcome.value
}

/** The forms in which a secret may stand in a text: as it is, and in Base64 at each offset. */
function formsOf(secret: string): readonly string[] {
  return [
    secret,
    ...[0, 1, 2].map(offset => {
      const text = Buffer.from('x'.repeat(offset) + secret).toString('base64')
      return text.slice(Math.ceil((offset * 8) / 6), -4)
    }),
  ]
}

it.each(pairs.map((pair, index) => [`${index} ${pair.what}`, pair] as const))('%s', (_, pair) => {
  const text = diffOf(pair)
  expect(text).not.toBe('')
  const found = pair.secrets.flatMap(formsOf).filter(form => text.includes(form))
  const lines = text.split('\n').filter(line => found.some(form => line.includes(form)))
  expect(lines).toEqual([])
  for (const shown of pair.shown) expect(text).toMatch(shown)
})

function diffOf({ before, after }: ConfigPair): string {
  return diff(treeOf(before), treeOf(after))
}
