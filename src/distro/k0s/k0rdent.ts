/** k0rdent enterprise as a chart of k0s' helm extension, with all images from the cluster's registry. */
import type { Plain } from '../../codec/plain.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import { registryScheme } from '../../model/registry-scheme.ts'
import type { Addon, AnySpec } from '../../model/spec.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import { checkTypes, merge } from '../parts/config-merge.ts'
import { registryName } from '../parts/registry-address.ts'

/** The addon's name in the spec. */
export const addonName = 'k0rdent'

/** The repository of the chart in the registry. */
export const chartRepository = 'charts/k0rdent-enterprise'

/** The addon in the spec, or null. */
export function k0rdentOf({ addons }: AnySpec): Addon | null {
  return addons.find(({ name }) => name === addonName) ?? null
}

/** The chart's entry in k0s.yaml, or null where the spec does not have the addon. */
export function k0rdentChart(spec: AnySpec): Plain {
  const registry = registryName(spec)
  const addon = k0rdentOf(spec)
  if (addon === null || registry === null) return null
  const { version, values } = addon
  const base = chartValues(spec, registry)
  return {
    name: 'kcm',
    chartname: `oci://${chartRegistry(spec, registry)}/${chartRepository}`,
    version,
    namespace: 'kcm-system',
    values: printYaml(merge(base, values)),
  }
}

/** Reports values with another type than the generated ones. */
export function checkK0rdentValues(spec: AnySpec): readonly Diagnostic[] {
  const registry = registryName(spec)
  const addon = k0rdentOf(spec)
  if (addon === null || registry === null) return []
  return checkTypes(chartValues(spec, registry), addon.values, [...addon.from, 'values'])
}

/** helm inside k0s uses plain HTTP with localhost only, and every controller runs the registry itself. */
function chartRegistry(spec: AnySpec, registry: string): string {
  return spec.registry.run === 'external' ? registry : `localhost:${spec.registry.port}`
}

/** Values of the chart from 1.2 on. Source: the air-gap page of the vendor's documentation. */
function chartValues(spec: AnySpec, registry: string): Plain {
  const image = (name: string) => ({ image: { repository: `${registry}/${name}` } })
  return {
    controller: {
      globalRegistry: registry,
      templatesRepoURL: `oci://${registry}/charts`,
      ...(registryScheme(spec) === 'http' ? { insecureRegistry: true } : {}),
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
