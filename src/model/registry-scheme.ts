/** Whether the cluster's registry is reached by http or https. */
import type { AnySpec } from './spec.ts'

/** The scheme of the registry's URL; null where there is no registry, or no valid URL. */
export function registryScheme({ registry }: Pick<AnySpec, 'registry'>): 'http' | 'https' | null {
  const { run, address, tls } = registry
  if (run === 'none') return null
  if (run !== 'external') return tls === null ? 'http' : 'https'
  if (address?.startsWith('https://')) return 'https'
  return address?.startsWith('http://') ? 'http' : null
}
