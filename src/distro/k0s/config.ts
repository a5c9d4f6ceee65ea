/** k0s.yaml of a controller without internet. */
import type { Plain, PlainMapping } from '../../codec/plain.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { checked, type Outcome } from '../../report/diagnostic.ts'
import { merge } from '../parts/config-merge.ts'
import { checkK0rdentValues, k0rdentChart } from './k0rdent.ts'

/** The text of k0s.yaml: the user's configuration merged over the generated one. */
export function k0sYaml(spec: AnySpec, node: AnyNode): Outcome<string> {
  const merged = merge(generatedConfig(spec, node), spec.distro.config)
  // k0s reads neither apiVersion nor kind, so those of a given file may be of an older form.
  const text = printYaml({ ...(merged as PlainMapping), ...identity })
  return checked(text, checkK0rdentValues(spec))
}

const identity = { apiVersion: 'k0s.k0sproject.io/v1beta1', kind: 'ClusterConfig' }

/** The configuration of a controller before the user's is merged over it. */
export function generatedConfig(spec: AnySpec, node: AnyNode): Plain {
  const addresses = [node.address, spec.bootstrap].filter(address => address !== null)
  const sans = [...new Set(addresses)]
  const api = {
    ...(node.address === null ? {} : { address: node.address }),
    ...(sans.length === 0 ? {} : { sans }),
  }
  const chart = k0rdentChart(spec)
  return {
    ...identity,
    metadata: { name: spec.name },
    spec: {
      ...(sans.length === 0 ? {} : { api }),
      images: { default_pull_policy: 'IfNotPresent' },
      telemetry: { enabled: false },
      ...(chart === null ? {} : { extensions: { helm: { charts: [chart] } } }),
    },
  }
}
