/** The addon k0rdent enterprise: its chart, and where helm in k0s takes the chart from. */
import { registryScheme } from '../../model/registry-scheme.ts'
import type { Addon, AnySpec } from '../../model/spec.ts'
import { listenAddress, registryName } from '../parts/registry-address.ts'
import { factsOf, takesOciCa } from './facts.ts'

/** The addon's name in the spec. */
export const addonName = 'k0rdent'

/** The namespace of the chart. */
export const namespace = 'kcm-system'

/** The repository of the chart in the registry. */
export const chartRepository = 'charts/k0rdent-enterprise'

/** The addon in the spec, or null. */
export function k0rdentOf({ addons }: AnySpec): Addon | null {
  return addons.find(({ name }) => name === addonName) ?? null
}

/** The tag of the chart in the registry: helm replaces `+`, which a tag cannot contain. */
export function chartTag({ version }: Addon): string {
  return version.replaceAll('+', '_')
}

/** The chart package on a controller. Every system can write to /var/lib, and `k0s reset` does not clear it. */
export function packagePath({ version }: Addon): string {
  return `/var/lib/gen-node/charts/k0rdent-enterprise-${version}.tgz`
}

/** Where helm in k0s takes the chart from. */
export type ChartSource =
  /** A package on each controller, which the first boot takes from the registry. */
  | { readonly kind: 'package' }
  /** The registry at `host:port`; `ca`: its certificate needs the CA of the spec. */
  | { readonly kind: 'registry'; readonly host: string; readonly ca: boolean }

/** The source of the chart. A package works with every version of k0s and with every registry. */
export function chartSource(spec: AnySpec): ChartSource {
  const { run, port, auth, ca } = spec.registry
  const { version } = spec.distro
  const host = registryName(spec)
  // From 1.35 on k0s writes a password of k0s.yaml in clear text into an object of the cluster.
  if (auth !== null) return { kind: 'package' }
  if (registryScheme(spec) === 'http') {
    // helm never uses plain HTTP with another host than localhost.
    const answers =
      run !== 'external' && ['127.0.0.1', '0.0.0.0', '::'].includes(listenAddress(spec))
    return answers && version !== null && factsOf(version).localHttp
      ? { kind: 'registry', host: `localhost:${port}`, ca: false }
      : { kind: 'package' }
  }
  // helm before 3.18 always uses plain HTTP with localhost, and a certificate is rarely valid for it.
  if (host === null || isLoopback(host) || (ca !== null && !takesOciCa(version)))
    return { kind: 'package' }
  return { kind: 'registry', host, ca: ca !== null }
}

/** Whether a host, with or without a port, is the machine itself. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.[0-9.]+|\[?::1\]?)(?::[0-9]+)?$/i.test(host)
}
