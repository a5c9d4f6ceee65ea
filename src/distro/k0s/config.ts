/** k0s.yaml in an air gap. Fields: the ClusterConfig CRD of k0s 1.36. */
import { printYaml } from '../../codec/yaml-print.ts'
import type { Node, Plain, Spec } from '../../model/spec.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import { merge, wrongKinds } from '../parts/config-merge.ts'
import type { Desk } from '../supply.ts'
import { k0rdentChart } from './k0rdent.ts'
import { report, reportKey } from './rules.ts'

/** The text of k0s.yaml for a controller. */
export function k0sYaml(spec: Spec, node: Node, desk: Desk): string {
  const base = generated(spec, node, desk)
  const { config } = spec.distro
  const place = ['distro', 'config']
  for (const one of [...wrongKinds(base, config, place), ...foreignKeys(config, place)]) {
    desk.complain(one)
  }
  return printYaml(merge(base, config))
}

/** k0s reads its file strictly: what is not of a ClusterConfig stops it. */
function foreignKeys(config: Plain, place: Path): readonly Diagnostic[] {
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

function generated(spec: Spec, node: Node, desk: Desk): Plain {
  const sans = [
    ...new Set(
      [node.address, spec.bootstrap].flatMap(address => (address === null ? [] : [address])),
    ),
  ]
  const api = {
    ...(node.address === null ? {} : { address: node.address }),
    ...(sans.length === 0 ? {} : { sans }),
  }
  const chart = k0rdentChart(spec, desk)
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
