/** Labels and taints that the kubelet refuses, at the entry that sets them. */
import { describe, expect, it } from 'vitest'
import { aSpec, type SpecFields } from '../lib/builders.ts'
import { sourceOf } from '../lib/cases.ts'
import { loadSpec } from '../lib/stages.ts'

function findings(fields: SpecFields): readonly string[] {
  return loadSpec(sourceOf(aSpec(fields))).diagnostics.map(
    ({ rule, path, at }) => `${rule} ${path.join(' ')} ${at}`,
  )
}

const labelled = (key: string) =>
  findings({ nodes: [`{name: w1, role: worker, labels: {"${key}": x}}`] })

describe('labels', () => {
  it.each([
    'node-role.kubernetes.io/worker',
    'kubernetes.io/role',
    'node-restriction.kubernetes.io/zone',
    'topology.kubernetes.io/rack',
    'beta.kubernetes.io/zone',
    'k8s.io/x',
    'a.k8s.io/x',
    'notnode.kubernetes.io/x',
  ])('a node may not have %s', key => {
    expect(labelled(key)).toEqual([`kubelet/label-not-allowed nodes 0 labels ${key} key`])
  })
  it.each([
    'zone',
    'kubernetes.io/hostname',
    'topology.kubernetes.io/zone',
    'beta.kubernetes.io/arch',
    'failure-domain.beta.kubernetes.io/region',
    'node.kubernetes.io/anything',
    'site.node.kubernetes.io/anything',
    'kubelet.kubernetes.io/anything',
    'mykubernetes.io/x',
    'k8s.io.example/x',
  ])('a node may have %s', key => expect(labelled(key)).toEqual([]))

  it('have a DNS name before the slash', () => {
    for (const key of ['a..b/c', 'a.-b/c', `${'a.'.repeat(130)}b/c`]) {
      expect(labelled(key), key).toEqual([`spec/malformed-key nodes 0 labels ${key} key`])
    }
  })

  it('are reported once, at the layer that sets them', () => {
    const nodes = ['{name: a, role: worker}', '{name: b, role: worker}']
    expect(findings({ roles: '{worker: {labels: {k8s.io/x: y}}}', nodes })).toEqual([
      'kubelet/label-not-allowed roles worker labels k8s.io/x key',
    ])
  })
})

describe('taints', () => {
  const tainted = (...taints: readonly string[]) =>
    findings({ nodes: [`{name: w1, role: worker, taints: ${JSON.stringify(taints)}}`] })

  it('differ in their keys or effects', () => {
    expect(tainted('a=b:NoSchedule', 'a=c:NoExecute', 'b=b:NoSchedule')).toEqual([])
    expect(tainted('a=b:NoSchedule', 'a:NoSchedule')).toEqual([
      'kubelet/taint-twice nodes 0 taints 1 value',
    ])
  })
  it('have keys and values of the same grammar as labels', () => {
    const long = 'x'.repeat(64)
    for (const taint of [
      'a//b:NoSchedule',
      'a/:NoExecute',
      'a=-b:NoExecute',
      `${long}:NoExecute`,
    ]) {
      expect(tainted(taint), taint).toEqual(['spec/malformed nodes 0 taints 0 value'])
    }
    expect(tainted('site.example/a=b_1.c:NoSchedule', 'c=:PreferNoSchedule')).toEqual([])
  })
})
