/** k0rdent in k0s.yaml: a chart of k0s' helm extension, with all images from the cluster's registry. */
import type { Plain } from '../../codec/plain.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import { registryScheme } from '../../model/registry-scheme.ts'
import type { AnySpec } from '../../model/spec.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import { checkTypes, merge } from '../parts/config-merge.ts'
import { registryName } from '../parts/registry-address.ts'
import { chartRepository, chartSource, k0rdentOf, namespace, packagePath } from './k0rdent.ts'
import { caSecret, credentialsSecret } from './k0rdent-files.ts'
import { chartCaPath } from './paths.ts'

/** The helm extension of k0s.yaml, or null where the spec does not have the addon. */
export function helmExtension(spec: AnySpec): Plain {
  const registry = registryName(spec)
  const addon = k0rdentOf(spec)
  if (addon === null || registry === null) return null
  const { version, values } = addon
  const source = chartSource(spec)
  const chart = {
    name: 'kcm',
    chartname:
      source.kind === 'package' ? packagePath(addon) : `oci://${source.host}/${chartRepository}`,
    version,
    namespace,
    values: printYaml(merge(chartValues(spec, registry), values)),
  }
  if (source.kind === 'package' || !source.ca) return { charts: [chart] }
  // k0s accepts the URL of an OCI repository only without a path (pkg/helm/oci.go at v1.33.2+k0s.0).
  const repository = { name: 'k0rdent', url: `oci://${source.host}`, caFile: chartCaPath }
  return { repositories: [repository], charts: [chart] }
}

/** Reports values with another type than the generated ones. */
export function checkK0rdentValues(spec: AnySpec): readonly Diagnostic[] {
  const registry = registryName(spec)
  const addon = k0rdentOf(spec)
  if (addon === null || registry === null) return []
  return checkTypes(chartValues(spec, registry), addon.values, [...addon.from, 'values'])
}

/** How flux in the cluster reaches the registry. Source: k0rdent/kcm, templates/provider/kcm/values.yaml at v1.2.0. */
function registryAccess(spec: AnySpec): Readonly<Record<string, Plain>> {
  const { ca, auth } = spec.registry
  const isHttp = registryScheme(spec) === 'http'
  return {
    ...(isHttp ? { insecureRegistry: true } : {}),
    ...(isHttp || ca === null ? {} : { registryCertSecret: caSecret }),
    ...(auth === null ? {} : { registryCredsSecret: credentialsSecret }),
  }
}

/** Values of the chart from 1.2 on. Source: the air-gap page of the vendor's documentation. */
function chartValues(spec: AnySpec, registry: string): Plain {
  const image = (name: string) => ({ image: { repository: `${registry}/${name}` } })
  return {
    controller: {
      globalRegistry: registry,
      templatesRepoURL: `oci://${registry}/charts`,
      ...registryAccess(spec),
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
