/** The user's arguments of `k0s install`: which are refused, and how the others are passed. */
import { describe, expect, it } from 'vitest'
import { userArguments } from '../../src/distro/k0s/install-arguments.ts'
import { installFlags } from '../../src/distro/k0s/install-flags.ts'
import { aSpec } from '../lib/builders.ts'
import { good, sourceOf } from '../lib/cases.ts'
import { loadSpec } from '../lib/stages.ts'

const specOfArgs = (args: readonly string[], node = 'role: controller') =>
  sourceOf(
    aSpec({ nodes: [`{name: n1, address: 10.0.0.2, ${node}, args: ${JSON.stringify(args)}}`] }),
  )

function findings(args: readonly string[], node?: string): readonly string[] {
  const { diagnostics } = loadSpec(specOfArgs(args, node))
  return diagnostics.map(({ rule, path }) => `${rule} ${path.slice(2).join('.')}`)
}

function passed(args: readonly string[], node?: string): readonly string[] {
  const source = specOfArgs(args, node)
  const [n1] = good(source, loadSpec(source)).nodes
  return n1 === undefined ? [] : userArguments(n1)
}

describe('a refused argument', () => {
  const refused = installFlags.flatMap(({ name, takesValue, refusal }) =>
    refusal === null ? [] : [[`--${name}${takesValue ? '=/x' : ''}`, refusal.kind] as const],
  )
  const rules = {
    'moves-path': 'k0s/arg-moves-path',
    'set-by-gen-node': 'k0s/arg-set-by-gen-node',
    'changes-start': 'k0s/arg-changes-start',
  }
  it('is every flag that moves a path or that gen-node sets', () => {
    const names = refused.map(([argument]) => argument.split('=')[0])
    for (const name of [
      ...['--config', '--cri-socket', '--data-dir', '--kubelet-root-dir', '--status-socket'],
      ...['--token-file', '--labels', '--taints', '--enable-worker', '--single', '--no-taints'],
    ]) {
      expect(names).toContain(name)
    }
  })
  it.each(refused)('%s is %s', (argument, kind) => {
    expect(findings([argument])).toEqual([`${rules[kind]} args.0`])
    expect(findings(['--debug', ...argument.split('=')])).toEqual([`${rules[kind]} args.1`])
  })

  const wrong: readonly (readonly [args: readonly string[], finding: string])[] = [
    [['-c', '/root/k0s.yaml'], 'k0s/arg-set-by-gen-node args.0'],
    [['-c/root/k0s.yaml'], 'k0s/arg-set-by-gen-node args.0'],
    [['-c=/root/k0s.yaml'], 'k0s/arg-set-by-gen-node args.0'],
    [['--kubelet-extra-args=--node-labels=a=b'], 'k0s/arg-set-by-gen-node args.0'],
    [['--kubelet-extra-args', '--root-dir=/x'], 'k0s/arg-moves-path args.1'],
    [['--kubelet-extra-args=max-pods=5'], 'k0s/arg-without-flag args.0'],
    [['--debug', 'true'], 'k0s/arg-without-flag args.1'],
    [['--profile large'], 'k0s/arg-with-space args.0'],
    [['--profile=a b'], 'k0s/arg-with-space args.0'],
    [['--profile', 'a b'], 'k0s/arg-with-space args.1'],
    [['--profile="large"'], 'k0s/arg-with-quotes args.0'],
    [['--profile', '${PROFILE}'], 'k0s/arg-with-quotes args.1'],
    [['--env=A=%h'], 'k0s/arg-with-quotes args.0'],
    [['--nosuch'], 'k0s/arg-unknown args.0'],
  ]
  it.each(wrong)('%j is %s', (args, finding) => expect(findings(args)).toEqual([finding]))

  it('is reported once where layers share it', () => {
    const nodes = ['{name: a, role: worker}', '{name: b, role: worker}']
    const source = sourceOf(aSpec({ defaults: '{args: [--data-dir=/x]}', nodes }))
    expect(loadSpec(source).diagnostics.map(({ path }) => path.join('.'))).toEqual([
      'defaults.args.0',
    ])
  })
})

describe('an accepted argument', () => {
  const right: readonly (readonly string[])[] = [
    ['--debug', '-v', '--profile=large', '--profile', 'large', '-l', 'kubelet=5'],
    ['--enable-dynamic-config', '--disable-components=metrics-server,autopilot'],
    ['--kubelet-extra-args=--max-pods=60 --eviction-hard=memory.available<5%,nodefs.available<10%'],
    ['--env=HTTP_PROXY=http://proxy.site:3128', '-e', 'NOTE=a b'],
  ]
  it.each(right)('%j', (...args) => {
    expect(findings(args)).toEqual([])
    expect(passed(args).filter(arg => !arg.startsWith('--kubelet'))).toEqual(
      args.filter(arg => !arg.startsWith('--kubelet')),
    )
  })

  it('for controllers only is refused for a worker', () => {
    expect(findings(['--enable-dynamic-config'], 'role: worker')).toEqual([
      'k0s/arg-of-controller args.0',
    ])
    expect(findings(['--node-ip=10.0.0.9', '--debug'], 'role: worker')).toEqual([
      'k0s/arg-unknown args.0',
    ])
  })
})

describe('the arguments of the kubelet', () => {
  it('are passed once, in the place of the first', () => {
    const two = ['--debug', '--kubelet-extra-args=--v=2', '--kubelet-extra-args', '--max-pods=60']
    expect(passed(two)).toEqual(['--debug', '--kubelet-extra-args=--v=2 --max-pods=60'])
  })
  it('have the address of an isolated node, which the user may not set again', () => {
    const isolated = 'role: worker, network: {isolated: true}'
    expect(passed([], isolated)).toEqual(['--kubelet-extra-args=--node-ip=10.0.0.2'])
    expect(passed(['--debug', '--kubelet-extra-args=--v=2'], isolated)).toEqual([
      '--debug',
      '--kubelet-extra-args=--node-ip=10.0.0.2 --v=2',
    ])
    expect(findings(['--kubelet-extra-args=--node-ip=10.0.0.3'], isolated)).toEqual([
      'k0s/arg-set-by-gen-node args.0',
    ])
    expect(findings(['--kubelet-extra-args=--node-ip=10.0.0.3'])).toEqual([])
  })
})
