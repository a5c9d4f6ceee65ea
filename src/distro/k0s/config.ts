/** k0s.yaml in an air gap. Fields: the ClusterConfig CRD of k0s 1.36. */
import { printYaml } from '../../codec/yaml-print.ts'
import type { Node, Plain, Spec } from '../../spec/spec.ts'
import { merge } from '../merge.ts'
import { k0rdentChart } from './k0rdent.ts'

/** The text of k0s.yaml for a controller. */
export function k0sYaml(spec: Spec, node: Node): string {
  return printYaml(merge(generated(spec, node), spec.distro.config))
}

function generated(spec: Spec, node: Node): Plain {
  const sans = [
    ...new Set(
      [node.address, spec.bootstrap].flatMap(address => (address === null ? [] : [address])),
    ),
  ]
  const api = {
    ...(node.address === null ? {} : { address: node.address }),
    ...(sans.length === 0 ? {} : { sans }),
  }
  const chart = k0rdentChart(spec)
  return {
    apiVersion: 'k0s.k0sproject.io/v1beta1',
    kind: 'ClusterConfig',
    metadata: { name: spec.name },
    spec: {
      ...(sans.length === 0 ? {} : { api }),
      images: { default_pull_policy: 'IfNotPresent' },
      telemetry: { enabled: false },
      ...(chart === null ? {} : { extensions: { helm: { charts: [chart] } } }),
    },
  }
}
