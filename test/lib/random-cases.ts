/**
 * Settings of all random cases: one seed, from GEN_NODE_SEED or fixed in CI, so that a failure can be
 * repeated, and few cases in the project `fast`. The project `oracle` tries all cases.
 */
import { env } from 'node:process'

const seed = env.GEN_NODE_SEED ?? (env.CI === undefined ? null : '1')
const isFast = env.GEN_NODE_FAST === '1'

if (seed !== null || isFast) {
  const { default: fc } = await import('fast-check')
  fc.configureGlobal({
    ...(seed === null ? {} : { seed: Number(seed) }),
    ...(isFast ? { numRuns: 8 } : {}),
  })
}
