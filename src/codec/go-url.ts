/**
 * URLs by the rules of Go: go1.26 src/net/url/url.go with `urlstrictcolons=0`, the default of a program
 * whose go.mod names an earlier version, such as Ignition's.
 */
import { isIpv6 } from './address.ts'

/** The parts of a URL that decide about it; `rest` is the text between the scheme and the query. */
export interface GoUrl {
  /** In lower case; empty for a relative URL. */
  readonly scheme: string
  readonly rest: string
  readonly query: string
}

// Far longer than any scheme; a data URL of megabytes is not scanned for it.
const maxSchemeLength = 64

/** Parses a URL; null where Go's url.Parse returns an error. */
export function parseGoUrl(text: string): GoUrl | null {
  const hash = text.indexOf('#')
  const url = hash < 0 ? text : text.slice(0, hash)
  const fragment = hash < 0 ? '' : text.slice(hash + 1)
  if (/[\x00-\x1f\x7f]/.test(url) || url.startsWith(':') || !hasValidEscapes(fragment)) return null
  const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(url.slice(0, maxSchemeLength))?.[0] ?? ''
  const afterScheme = scheme === '' ? url : url.slice(scheme.length + 1)
  const mark = afterScheme.indexOf('?')
  const rest = mark < 0 ? afterScheme : afterScheme.slice(0, mark)
  const query = mark < 0 ? '' : afterScheme.slice(mark + 1)
  const isParsed = rest.startsWith('/')
    ? isHierarchy(rest, scheme)
    : scheme !== '' || (!rest.split('/', 1)[0]?.includes(':') && hasValidEscapes(rest))
  return isParsed ? { scheme: scheme.toLowerCase(), rest, query } : null
}

/** Whether the part after the scheme is a valid path, after a valid authority where there is one. */
function isHierarchy(rest: string, scheme: string): boolean {
  if (!rest.startsWith('//') || (scheme === '' && rest.startsWith('///'))) {
    return hasValidEscapes(rest)
  }
  const [, authority = '', path = ''] = /^\/\/([^/]*)(.*)$/s.exec(rest) ?? []
  const at = authority.lastIndexOf('@')
  const isUser = at < 0 || userPattern.test(authority.slice(0, at))
  return isUser && isHost(authority.slice(at + 1)) && hasValidEscapes(path)
}

const userPattern = /^(?:[A-Za-z0-9\-._:~!$&'()*+,;=@]|%[0-9A-Fa-f]{2})*$/

// Escapes in a host are for bytes that are not ASCII, and for the percent sign.
const hostPattern =
  /^(?:[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]|[\u0080-\uffff]|%(?:25|[89A-Fa-f][0-9A-Fa-f]))*$/

function isHost(host: string): boolean {
  if (!hostPattern.test(host)) return false
  if (host.includes('[')) {
    const [, address = '', port = ''] = /^\[([^[]*)\](.*)$/.exec(host) ?? []
    return isPort(port) && isIpv6(address.replace(/%25.+$/, ''))
  }
  const colon = host.lastIndexOf(':')
  return colon < 0 || isPort(host.slice(colon))
}

function isPort(text: string): boolean {
  return /^(?::[0-9]*)?$/.test(text)
}

function hasValidEscapes(text: string): boolean {
  return !/%(?![0-9A-Fa-f]{2})/.test(text)
}
