/** For which addresses a certificate is valid; its common name does not count. */
import { canonicalAddress, isIpv4, isIpv6 } from '../../codec/address.ts'
import type { Certificate } from '../../model/x509.ts'

/** containerd alone, or also the programs with OpenSSL with which the first boot asks the registry. */
export type Clients = 'containerd' | 'first boot'

/**
 * Whether a certificate is valid for an IP address or a host name. Go: crypto/x509, VerifyHostname at 1.26.
 * curl, Node and OpenSSL know neither `*.site` nor the IPv6 form of an IPv4 address.
 */
export function isValidFor(certificate: Certificate, address: string, clients: Clients): boolean {
  const isStrict = clients === 'first boot'
  if (isIpv4(address) || isIpv6(address)) {
    const canonical = canonicalAddress(address)
    return certificate.ipAddresses.some(
      name =>
        canonicalAddress(name) === canonical && !(isStrict && isIpv4(address) && !isIpv4(name)),
    )
  }
  const labels = address.toLowerCase().split('.')
  const minLabels = isStrict ? 3 : 2
  return certificate.dnsNames.some(name => {
    const parts = name.toLowerCase().split('.')
    return (
      parts.length === labels.length &&
      parts.every((part, index) => part === labels[index] || (index === 0 && part === '*')) &&
      (parts[0] !== '*' || parts.length >= minLabels)
    )
  })
}
