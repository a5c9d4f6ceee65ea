/** Plans that Ignition cannot carry out. */
import { expect, it } from 'vitest'
import { aPlan, aPlanFile } from '../lib/builders.ts'
import { rendered } from '../lib/rendered.ts'
import { linesOf } from './tree-lines.ts'

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

it('a unit that Ignition does not read is an error at its field', () => {
  const long = `[Service]\nExecStart=/bin/true ${'x'.repeat(3000)}\n`
  const contents = ['[Unit]\nDescription\n', '[Unit] x\n', '[Unit\n', long]
  const units = contents.map((content, at) => {
    const name = `u${at}.service`
    return { name, content, enabled: false, layer: 'instance' as const, from: ['units', at] }
  })
  const { diagnostics } = rendered(aPlan({ units }), { format: 'ignition' })
  expect(diagnostics.map(({ rule, path, args }) => [rule, path, args.cause])).toEqual([
    ['emit/cannot-carry', ['units', 0], 'unit-line-without-equals'],
    ['emit/cannot-carry', ['units', 1], 'unit-after-section'],
    ['emit/cannot-carry', ['units', 2], 'unit-section-open'],
    ['emit/cannot-carry', ['units', 3], 'unit-line-too-long'],
  ])
  expect(rendered(aPlan({ units }), { format: 'cloud-init' }).ok).toBe(true)
})

it('an enabled unit without a setting in [Install] is written, as Ignition only warns about it', () => {
  const unit = { name: 'u.service', content: '[Unit]\nDescription=x\n[Install]\n', enabled: true }
  const units = [{ ...unit, layer: 'instance' as const, from: ['units', 0] }]
  expect(rendered(aPlan({ units }), { format: 'ignition' }).diagnostics).toEqual([])
})

it('a link of root to a file of another user is read back as a link of root', () => {
  const file = aPlanFile('/opt/a', { owner: 'daemon:daemon' })
  const link = { path: '/opt/l', target: 'a', layer: 'instance' as const, from: [] }
  const outcome = rendered(aPlan({ files: [file], links: [link] }), { format: 'ignition' })
  expect(outcome.ok && linesOf(outcome.value.bytes)).toContain('777 root:root /opt/l -> a')
})
