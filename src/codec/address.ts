/** IP addresses, host names and URLs: their grammars and how they are combined. */
import ipaddr from 'ipaddr.js'

/** Whether a text is a DNS name of RFC 1123. A text of digits and dots only is a malformed address, not a name. */
export function isHostname(text: string): boolean {
  const labels = text.split('.')
  return (
    text.length <= 253 &&
    labels.every(label => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)) &&
    !/^[0-9]+$/.test(labels.at(-1) ?? '')
  )
}

/** Whether a text is an IPv4 address of four decimal parts without leading zeros. */
export function isIpv4(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text)
}

/** Whether a text is an IPv6 address without brackets and without a zone. */
export function isIpv6(text: string): boolean {
  // ipaddr.js accepts groups of five digits and octal or hexadecimal IPv4 parts; Go and Node refuse them.
  if (!/^[0-9a-f:.]+$/i.test(text) || /[0-9a-f]{5}/i.test(text)) return false
  const lastGroup = text.slice(text.lastIndexOf(':') + 1)
  return (!lastGroup.includes('.') || isIpv4(lastGroup)) && ipaddr.IPv6.isValid(text)
}

/** Whether a text is an IPv4 address, an IPv6 address or a host name. */
export function isAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text) || isHostname(text)
}

/**
 * Whether other machines can connect to an address: not an unspecified, loopback, link-local, multicast
 * or broadcast address, and not `localhost`. Any other text is treated as a name.
 */
export function isReachable(text: string): boolean {
  if (!isIpv4(text) && !isIpv6(text)) return !/^localhost(?:\.localdomain)?$/i.test(text)
  const range: string = ipaddr.process(canonicalAddress(text)).range()
  return !['unspecified', 'loopback', 'linkLocal', 'multicast', 'broadcast'].includes(range)
}

/**
 * The canonical form of an address or host name: two spellings of the same address have the same form.
 * An IPv4-mapped IPv6 address has the form of its IPv4 address.
 */
export function canonicalAddress(text: string): string {
  if (!isIpv4(text) && !isIpv6(text)) return text.toLowerCase()
  // ipaddr.js parses `::10.0.0.1` as `::ffff:10.0.0.1`, but `0::10.0.0.1` correctly.
  return ipaddr.process(text.replace(/^::(?=\d+\.)/, '0::')).toString()
}

/** Whether a text is the host of an image name: `quay.io`, `registry.site:5000`, `[fd00::1]:5000`. */
export function isRegistryHost(text: string): boolean {
  const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(text) ?? []
  const isHost = host.startsWith('[') ? isIpv6(host.slice(1, -1)) : isIpv4(host) || isHostname(host)
  return (
    isHost &&
    (port === undefined || (Number(port) > 0 && Number(port) < 65536)) &&
    text === text.toLowerCase()
  )
}

/** Whether a text is an http or https URL of host, port and path only. */
export function isUrl(text: string): boolean {
  const [, authority = '', path = ''] = /^https?:\/\/([^/]*)(\/.*)?$/.exec(text) ?? []
  return isRegistryHost(authority.toLowerCase()) && /^[A-Za-z0-9/._~%-]*$/.test(path)
}

/** `host:port`, with an IPv6 address in brackets. */
export function hostPort(address: string, port: number): string {
  return isIpv6(address) ? `[${address}]:${port}` : `${address}:${port}`
}

/** The host and port of a URL, in the form of an image name's host. */
export function authorityOf(url: string): string {
  return /^[a-z]+:\/\/([^/]*)/.exec(url)?.[1] ?? url
}

/** The path of a URL without slashes at its end; empty for the root. */
export function pathOfUrl(url: string): string {
  return /^[a-z]+:\/\/[^/]*(.*?)\/*$/.exec(url)?.[1] ?? ''
}

/** The host of a URL, an IPv6 address without brackets. */
export function hostOf(url: string): string {
  return authorityOf(url)
    .replace(/:[0-9]+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

/** The hosts by which names of images can name the registry at a URL; the default port may be omitted. */
export function hostsOfUrl(url: string): readonly string[] {
  const authority = authorityOf(url).toLowerCase()
  const port = url.startsWith('https:') ? ':443' : ':80'
  if (authority.endsWith(port)) return [authority, authority.slice(0, -port.length)]
  return /:[0-9]+$/.test(authority) ? [authority] : [authority, `${authority}${port}`]
}

/** The URL from which containerd pulls the images of a host where no file names another one. */
export function upstreamUrl(host: string): string {
  return host === 'docker.io' ? 'https://registry-1.docker.io' : `https://${host}`
}

/**
 * The name of a host's directory in certs.d. A port is written `_5000_`: every containerd finds it, and every
 * file system allows it (containerd, core/remotes/docker/config/hosts.go).
 */
export function hostDirectory(host: string): string {
  return host.replace(/:([0-9]+)$/, '_$1_')
}
