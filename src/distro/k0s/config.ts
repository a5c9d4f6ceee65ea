/** k0s.yaml of a controller without internet. Fields: the ClusterConfig CRD of k0s 1.36. */
import { printYaml } from '../../codec/yaml-print.ts'
import type { AnyNode, AnySpec, Plain } from '../../model/spec.ts'
import { checked, type Diagnostic, type Outcome } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { merge, wrongKinds } from '../parts/config-merge.ts'
import { k0rdentChart, k0rdentValueMistakes } from './k0rdent.ts'
import { report, reportKey } from './rules.ts'

/** The text of k0s.yaml: the user's configuration merged over the generated one. */
export function k0sYaml(spec: AnySpec, node: AnyNode): Outcome<string> {
  const base = generatedConfig(spec, node)
  const { config } = spec.distro
  const place = ['distro', 'config']
  return checked(printYaml(merge(base, config)), [
    ...k0rdentValueMistakes(spec),
    ...wrongKinds(base, config, place),
    ...unknownKeys(config, place),
  ])
}

/** k0s reads the file strictly: a key that a ClusterConfig does not have stops it. */
function unknownKeys(config: Plain, place: Path): readonly Diagnostic[] {
  if (typeof config !== 'object' || config === null) return []
  return Object.entries(config).flatMap(([key, value]): readonly Diagnostic[] => {
    const fixed = key === 'apiVersion' ? apiVersion : key === 'kind' ? kind : null
    if (fixed !== null && typeof value === 'string' && value !== fixed) {
      const found = JSON.stringify(value)
      return [
        report('spec/unknown-value', [...place, key], { found, allowed: fixed, nearest: null }),
      ]
    }
    if (['apiVersion', 'kind', 'metadata', 'spec'].includes(key)) return []
    const nearest = specKeys.includes(key) ? `spec.${key}` : null
    return [reportKey('spec/unknown-key', [...place, key], { key, nearest })]
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
