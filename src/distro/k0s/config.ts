/** k0s.yaml of a controller without internet. Fields: the ClusterConfig CRD of k0s 1.36. */
import { isMapping, type Plain } from '../../codec/plain.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { checked, type Diagnostic, type Outcome } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { checkTypes, merge } from '../parts/config-merge.ts'
import { checkK0rdentValues, k0rdentChart } from './k0rdent.ts'
import { report, reportKey } from './rules.ts'

/** The text of k0s.yaml: the user's configuration merged over the generated one. */
export function k0sYaml(spec: AnySpec, node: AnyNode): Outcome<string> {
  const base = generatedConfig(spec, node)
  const { config } = spec.distro
  const path = ['distro', 'config']
  return checked(printYaml(merge(base, config)), [
    ...checkK0rdentValues(spec),
    ...checkTypes(base, config, path),
    ...unknownKeys(config, path),
  ])
}

/** k0s reads the file strictly: it does not start where the file has an unknown key. */
function unknownKeys(config: Plain, path: Path): readonly Diagnostic[] {
  if (!isMapping(config)) return []
  return Object.entries(config).flatMap(([key, value]): readonly Diagnostic[] => {
    const expected = key === 'apiVersion' ? apiVersion : key === 'kind' ? kind : null
    if (expected !== null && typeof value === 'string' && value !== expected) {
      const found = JSON.stringify(value)
      return [
        report('spec/unknown-value', [...path, key], { found, allowed: expected, nearest: null }),
      ]
    }
    if (['apiVersion', 'kind', 'metadata', 'spec'].includes(key)) return []
    const nearest = specKeys.includes(key) ? `spec.${key}` : null
    return [reportKey('spec/unknown-key', [...path, key], { key, nearest })]
  })
}

const apiVersion = 'k0s.k0sproject.io/v1beta1'
const kind = 'ClusterConfig'
const specKeys = [
  'api',
  'controllerManager',
  'extensions',
  'featureGates',
  'images',
  'installConfig',
  'konnectivity',
  'network',
  'scheduler',
  'storage',
  'telemetry',
  'workerProfiles',
]

function generatedConfig(spec: AnySpec, node: AnyNode): Plain {
  const addresses = [node.address, spec.bootstrap].filter(address => address !== null)
  const sans = [...new Set(addresses)]
  const api = {
    ...(node.address === null ? {} : { address: node.address }),
    ...(sans.length === 0 ? {} : { sans }),
  }
  const chart = k0rdentChart(spec)
  return {
    apiVersion,
    kind,
    metadata: { name: spec.name },
    spec: {
      ...(sans.length === 0 ? {} : { api }),
      images: { default_pull_policy: 'IfNotPresent' },
      telemetry: { enabled: false },
      ...(chart === null ? {} : { extensions: { helm: { charts: [chart] } } }),
    },
  }
}
