/** k0rdent enterprise by k0s' helm extension, every component pointed at the site's registry. */
import { printYaml } from '../../codec/yaml-print.ts'
import type { Plain, Spec } from '../../model/spec.ts'
import { merge, wrongKinds } from '../parts/config-merge.ts'
import { registryName } from '../parts/registry-unit.ts'
import type { Desk } from '../supply.ts'

/** The chart's entry in k0s.yaml, or null where it is not asked for. */
export function k0rdentChart(spec: Spec, desk: Desk): Plain {
  const registry = registryName(spec)
  if (spec.k0rdent === null || registry === null) return null
  const { version, values, from } = spec.k0rdent
  const base = chartValues(spec, registry)
  for (const one of wrongKinds(base, values, [...from, 'values'])) desk.complain(one)
  return {
    name: 'kcm',
    chartname: `oci://${chartRegistry(spec, registry)}/charts/k0rdent-enterprise`,
    version,
    namespace: 'kcm-system',
    values: printYaml(merge(base, values)),
  }
}

/** helm inside k0s speaks plain HTTP to this machine alone; controllers run the registry themselves. */
function chartRegistry(spec: Spec, registry: string): string {
  return spec.registry.run === 'external' ? registry : `localhost:${spec.registry.port}`
}

/** Values of the chart from 1.2 on; where each comes from: the vendor's air-gap documentation. */
function chartValues(spec: Spec, registry: string): Plain {
  const image = (name: string) => ({ image: { repository: `${registry}/${name}` } })
  const plainHttp =
    spec.registry.run !== 'external' || (spec.registry.address ?? '').startsWith('http://')
  return {
    controller: {
      globalRegistry: registry,
      templatesRepoURL: `oci://${registry}/charts`,
      ...(plainHttp ? { insecureRegistry: true } : {}),
    },
    ...image('kcm-controller'),
    flux2: {
      cli: { image: `${registry}/fluxcd/flux-cli` },
      helmController: { image: `${registry}/fluxcd/helm-controller` },
      sourceController: { image: `${registry}/fluxcd/source-controller` },
    },
    regional: {
      telemetry: { mode: 'disabled', controller: image('kcm-telemetry') },
      'cert-manager': {
        ...image('jetstack/cert-manager-controller'),
        webhook: image('jetstack/cert-manager-webhook'),
        cainjector: image('jetstack/cert-manager-cainjector'),
        startupapicheck: image('jetstack/cert-manager-startupapicheck'),
      },
      'cluster-api-operator': {
        image: { manager: { repository: `${registry}/capi-operator/cluster-api-operator` } },
      },
      velero: image('velero/velero'),
    },
    'rbac-manager': { enabled: true, ...image('reactiveops/rbac-manager') },
    'k0rdent-ui': image('k0rdent-ui'),
    datasourceController: image('datasource-controller'),
  }
}
