/** The size of a rendered config, as one line for a person. */
import type { Budget } from '../emit/budget.ts'

/** The sizes, and the share of the platform's limit where there is one. */
export function renderSize({
  raw,
  gzip,
  base64OfRaw,
  platform,
  maxBytes,
  percent,
}: Budget): string {
  const gzipped = gzip === null ? '' : ` ${grouped(gzip)} gzipped,`
  const sizes = `size: ${grouped(raw)} bytes,${gzipped} ${grouped(base64OfRaw)} base64`
  if (platform === null) return sizes
  if (maxBytes === null) return `${sizes}; ${platform} sets no limit`
  const possessive = platform.endsWith('s') ? `${platform}'` : `${platform}'s`
  return `${sizes}; ${percent} % of ${possessive} ${grouped(maxBytes)}`
}

function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}
