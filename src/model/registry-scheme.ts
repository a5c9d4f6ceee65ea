/** Whether the cluster's registry is reached by http or https. */
import type { AnySpec } from './spec.ts'

/** The scheme of the registry's URL; null where there is no registry. */
export function registryScheme({ registry }: Pick<AnySpec, 'registry'>): 'http' | 'https' | null {
  const { run, address, tls } = registry
  if (run === 'none' || (run === 'external' && address === null)) return null
  const secure = run === 'external' ? address?.startsWith('https://') : tls !== null
  return secure ? 'https' : 'http'
}
