/** Plans that Ignition cannot carry out. */
import { expect, it } from 'vitest'
import { aPlan, aPlanFile } from '../lib/builders.ts'
import { rendered } from '../lib/rendered.ts'

it('a file that Ignition changes, or that prevents enabled units, is an error at its field', () => {
  const paths = ['/etc/machine-id', '/etc/site', '/etc/systemd/system-preset/20-ignition.preset']
  const files = paths.map((path, at) => aPlanFile(path, { from: ['files', at] }))
  const { diagnostics } = rendered(aPlan({ files }), { format: 'ignition' })
  expect(diagnostics.map(({ rule, path, args }) => [rule, path, args.cause])).toEqual([
    ['emit/cannot-carry', ['files', 2], 'appended-by-ignition'],
    ['emit/cannot-carry', ['files', 0], 'no-presets'],
  ])
  expect(rendered(aPlan({ files }), { format: 'cloud-init' }).ok).toBe(true)
})
