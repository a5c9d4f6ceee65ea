/** The DaemonSet of plans that no spec in a fixture has; test/oracle/daemonset.test.ts runs its script. */
import { expect, test } from 'vitest'
import { emitPlans } from '../../src/emit/emitters.ts'
import { aPlan, aPlanFile } from '../lib/builders.ts'

test('files of more than 1 MiB are one error, because a Secret cannot contain them', () => {
  const content = new Uint8Array((1 << 20) + 1)
  const plan = aPlan({ files: [aPlanFile('/etc/certs.d/quay.io/ca.pem', { content })] })
  const outcome = emitPlans('daemonset', [plan], { gzip: 'never', platform: null, options: {} })
  expect(outcome.diagnostics.map(({ rule, args }) => [rule, args.bytes])).toEqual([
    ['emit/secret-too-large', (1 << 20) + 1],
  ])
})
