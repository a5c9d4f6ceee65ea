/** One seed for all random cases, from GEN_NODE_SEED or fixed in CI, so that a failure can be repeated. */
import { env } from 'node:process'

const seed = env.GEN_NODE_SEED ?? (env.CI === undefined ? null : '1')

if (seed !== null) {
  const { default: fc } = await import('fast-check')
  fc.configureGlobal({ seed: Number(seed) })
}
