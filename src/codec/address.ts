/** Addresses, host names and URLs: what they look like, and how they are put together. */

/** A DNS name of RFC 1123; a name of digits and dots alone is a broken address, not a name. */
export function isHostname(text: string): boolean {
  const labels = text.split('.')
  return (
    text.length <= 253 &&
    labels.every(label => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)) &&
    !/^[0-9]+$/.test(labels.at(-1) ?? '')
  )
}

/** An IPv4 address in the dotted form without leading zeros. */
export function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return (
    parts.length === 4 &&
    parts.every(part => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)
  )
}

/** An IPv6 address without brackets and without a zone. */
export function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2 || !/^[0-9a-f:.]+$/i.test(text)) return false
  const groups = halves.flatMap(half => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const count = groups.length + (last.includes('.') ? 1 : 0)
  const good = groups.every((group, at) =>
    group.includes('.')
      ? at === groups.length - 1 && isIpv4(group)
      : /^[0-9a-f]{1,4}$/i.test(group),
  )
  return good && (halves.length === 2 ? count < 8 : count === 8)
}

/** An address of either family, or a host name. */
export function isAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text) || isHostname(text)
}

/** A host of an image name: `quay.io`, `registry.site:5000`, `[fd00::1]:5000`. */
export function isRegistryHost(text: string): boolean {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(text) ?? []
  const name = host.startsWith('[') ? isIpv6(host.slice(1, -1)) : isIpv4(host) || isHostname(host)
  return (
    name &&
    (port === undefined || (Number(port) > 0 && Number(port) < 65536)) &&
    text === text.toLowerCase()
  )
}

/** An http or https URL with nothing but host, port and path. */
export function isUrl(text: string): boolean {
  const [, authority = '', path = ''] = /^https?:\/\/([^/]*)(\/.*)?$/.exec(text) ?? []
  return isRegistryHost(authority.toLowerCase()) && /^[A-Za-z0-9/._~%-]*$/.test(path)
}

/** `host:port`, an IPv6 address in brackets. */
export function hostPort(address: string, port: number): string {
  return isIpv6(address) ? `[${address}]:${port}` : `${address}:${port}`
}

/** The host and port of an URL, as an image name has them. */
export function authorityOf(url: string): string {
  return /^[a-z]+:\/\/([^/]*)/.exec(url)?.[1] ?? url
}
