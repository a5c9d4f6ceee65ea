/** Paths with characters that a shell or systemd treats specially, in the unit and in bootstrap.sh. */

import { expect, it } from 'vitest'
import { shellArgument } from '../../src/codec/shell.ts'
import { decodeUtf8 } from '../../src/codec/text.ts'
import { aSpec } from '../lib/builders.ts'
import { plansOf, sourceOf } from '../lib/cases.ts'
import { describeWith, judge, runs } from '../lib/judge.ts'
import type { NodePlan } from '../lib/stages.ts'
import { commandArguments, dump, systemdReader } from '../lib/systemd-reader.ts'

const special = '/srv/a b/%h $HOME "q" it\'s \\ é;#'
const node = '/opt/node 20/bin/node'

function planOf(registry: string): NodePlan {
  const text = aSpec({ registry, nodes: ['{name: c1, role: controller, address: 10.0.0.1}'] })
  return plansOf(sourceOf(text), '/')[0] as NodePlan
}

const plan = planOf(
  JSON.stringify({ bundle: special, node, args: ['--log', 'a b', '$x'], storage: `${special}/s` }),
)
const unit = plan.units.find(unit => unit.name === 'gen-node-registry.service')?.content ?? ''

describeWith([systemdReader], 'the unit', () => {
  it('has the arguments and mounts of the spec, as parsed by systemd', () => {
    const loaded = dump(unit)
    const start = loaded.slice(loaded.indexOf('-> ExecStart:'))
    const argv = commandArguments(start).map(argument => argument.replaceAll('$$', '$'))
    expect(argv[0]).toBe(node)
    expect(argv.slice(-7)).toEqual([
      ...['--bundle-path', special],
      ...['--storage', `${special}/s`],
      ...['--log', 'a b', '$x'],
    ])
    expect(loaded).toContain(`RequiresMountsFor: ${special} (origin-file)`)
  })
})

describeWith([judge('sh', 'sh')], 'bootstrap.sh', () => {
  it('has the bundle of the spec, as parsed by sh', () => {
    const file = plan.files.find(file => file.path.endsWith('/bootstrap.sh'))
    const script = decodeUtf8(file?.content ?? new Uint8Array()) ?? ''
    const [test = ''] = /^\[ -e .* \] \|\| problem/m.exec(script) ?? []
    expect(test).toContain(shellArgument(special))
    const { stdout } = runs(['sh', '-c', `printf %s ${shellArgument(special)}`])
    expect(stdout).toBe(special)
    expect(runs(['sh', '-n'], script)).toEqual({ code: 0, stdout: '', stderr: '' })
  })
})
