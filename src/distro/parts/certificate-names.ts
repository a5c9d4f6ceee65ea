/** For which addresses a certificate is valid, by the rules of Go (crypto/x509, VerifyHostname at Go 1.26). */
import { canonicalAddress, isIpv4, isIpv6 } from '../../codec/address.ts'
import type { Certificate } from '../../model/x509.ts'

/** Whether a certificate is valid for an IP address or a host name; its common name does not count. */
export function isValidFor(certificate: Certificate, address: string): boolean {
  if (isIpv4(address) || isIpv6(address)) {
    const canonical = canonicalAddress(address)
    return certificate.ipAddresses.some(name => canonicalAddress(name) === canonical)
  }
  const labels = address.toLowerCase().split('.')
  return certificate.dnsNames.some(name => matchesLabels(name.toLowerCase(), labels))
}

/** A first label `*` matches every first label; it is no name by itself. */
function matchesLabels(pattern: string, labels: readonly string[]): boolean {
  const parts = pattern.split('.')
  return (
    pattern !== '*' &&
    parts.length === labels.length &&
    parts.every((part, index) => part === labels[index] || (index === 0 && part === '*'))
  )
}
