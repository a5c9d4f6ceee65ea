/** The rules that all distributions share. */

import { isIpv4, isIpv6 } from '../codec/address.ts'
import { rules as specRules } from '../model/rules.ts'
import { reporters } from '../report/diagnostic.ts'
import { rule } from '../report/rule.ts'

interface Period {
  readonly subject: string
  readonly date: string
}

interface MissingIssuer {
  readonly issuer: string
  readonly cause: 'self-signed' | 'other-key' | 'missing'
}

interface Addresses {
  readonly missing: readonly string[]
  /** The names in the certificate. */
  readonly names: readonly string[]
  readonly needed: readonly string[]
}

const maxListed = 12

const listed = (names: readonly string[]) =>
  names.length > maxListed
    ? `${names.slice(0, maxListed).join(', ')} and ${names.length - maxListed} more`
    : names.join(', ')

const isIp = (address: string) => isIpv4(address) || isIpv6(address)

const alternativeNames = (addresses: readonly string[]) =>
  addresses.map(address => `${isIp(address) ? 'IP' : 'DNS'}:${address}`).join(',')

/** A node without an address asks its own registry at 127.0.0.1. */
const ownAddress = (addresses: readonly string[]) =>
  addresses.includes('127.0.0.1') ? ', or set the address of every node that runs the registry' : ''

/** The labels of PEM blocks that users give instead of another, and how they make the right one of it. */
const pemLabels: Readonly<Record<string, { readonly name: string; readonly help: string }>> = {
  CERTIFICATE: { name: 'a certificate', help: '' },
  'CERTIFICATE REQUEST': {
    name: 'a certificate request',
    help: 'give the certificate that the CA issued for it',
  },
  'OPENSSH PRIVATE KEY': {
    name: 'a private key in the form of OpenSSH',
    help: 'convert a copy of it: ssh-keygen -p -N "" -m PKCS8 -f KEY',
  },
  PKCS7: {
    name: 'a PKCS #7 container',
    help: 'extract the certificates: openssl pkcs7 -print_certs -in FILE -out NEW',
  },
  'TRUSTED CERTIFICATE': {
    name: 'a certificate with trust settings of OpenSSL',
    help: 'remove them: openssl x509 -in FILE -out NEW',
  },
}

const pemLabel = (label: string) => {
  if (pemLabels[label] !== undefined) return pemLabels[label]
  const [kind] = /(?:PRIVATE|PUBLIC) KEY$/.exec(label) ?? []
  const name = kind === undefined ? `a PEM block ${label}` : `a ${kind.toLowerCase()}`
  return { name, help: '' }
}

/** The rules of all distributions by id. */
export const rules = {
  'certificate/damaged': rule<{ kind: string; damage: 'cut' | 'content' }>({
    severity: 'error',
    message: a =>
      a.damage === 'cut'
        ? `the ${a.kind} is incomplete: its line -----END is missing`
        : `the ${a.kind} is damaged`,
    help: () => 'copy the whole file again from its origin',
    reason: 'containerd fails every pull through a mirror whose certificates it cannot read.',
  }),
  'certificate/expired': rule<Period>({
    severity: 'error',
    message: a => `the certificate ${a.subject} expired on ${a.date}`,
    help: () => 'issue a new certificate',
    reason: 'containerd refuses a server if one certificate of its chain has expired.',
  }),
  'certificate/expires-soon': rule<Period>({
    severity: 'warning',
    message: a => `the certificate ${a.subject} expires on ${a.date}`,
    help: () => 'issue a new certificate',
    reason:
      'Nodes are often installed weeks after their configuration is written; a node with an expired certificate pulls no images.',
  }),
  'certificate/key-encrypted': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'the private key is encrypted with a password',
    help: () => 'remove the password: openssl pkey -in KEY -out NEW',
    reason: 'containerd and the registry start without a user who could type a password.',
  }),
  'certificate/key-of-another': rule<{ position: number | null }>({
    severity: 'error',
    message: a =>
      a.position === null
        ? 'the private key does not belong to the certificate'
        : `the private key belongs to certificate ${a.position} of the file, not to the first`,
    help: a =>
      a.position === null
        ? 'give the key with which the certificate was requested'
        : 'put the certificate of this key first, then its intermediate certificates',
    reason: 'A program with a certificate proves by its private key that it owns the certificate.',
  }),
  'certificate/key-unsupported': rule<{
    key: string
    use: 'server' | 'client' | 'ca' | 'bundle'
    minBits: number
  }>({
    severity: 'error',
    message: a =>
      a.use === 'bundle'
        ? `the registry cannot verify signatures with a key of type ${a.key}`
        : `containerd or the registry cannot use a key of type ${a.key}`,
    help: a =>
      a.use === 'bundle'
        ? 'sign with a key of type ECDSA or RSA'
        : `use a key of type ECDSA (P-256, P-384, P-521), Ed25519 or RSA (${a.minBits} to 8192 bits)`,
    reason:
      'containerd uses the TLS of Go, the registry that of Node: other keys are unknown to one of them. OpenSSL serves no RSA key below 2048 bits at security level 2.',
  }),
  'certificate/not-a-ca': rule<{ subject: string; addresses: readonly string[] }>({
    severity: 'error',
    message: a =>
      a.addresses.length === 0
        ? `the certificate ${a.subject} is used as that of a CA, which its extensions do not allow`
        : `the certificate ${a.subject} is not of a CA, and not valid for ${listed(a.addresses)} itself`,
    help: a =>
      a.addresses.length === 0
        ? 'issue the CA certificate again with basicConstraints=critical,CA:TRUE and, if it has a keyUsage, keyCertSign'
        : 'give the certificate of the CA that issued the certificate of the server',
    reason:
      'containerd verifies a server with a certificate of a CA, or with the very certificate of the server.',
  }),
  'certificate/not-yet-valid': rule<Period>({
    severity: 'warning',
    message: a => `the certificate ${a.subject} is not valid before ${a.date}`,
    help: () => 'switch the nodes on after that time, and check the clock of this machine',
    reason: 'containerd refuses a server if one certificate of its chain is not yet valid.',
  }),
  'certificate/other-address': rule<Addresses>({
    severity: 'error',
    message: a => `the certificate is not valid for ${listed(a.missing)}, where nodes connect`,
    help: a => {
      const issue = `issue it with subjectAltName=${alternativeNames(a.needed)}${ownAddress(a.missing)}`
      if (a.names.length === 0) {
        return `it has no subject alternative name, and containerd ignores the common name; ${issue}`
      }
      return a.missing.some(address => isIp(address) && a.names.includes(address))
        ? `a DNS entry has no effect for an IP address; ${issue}`
        : `it is valid for ${listed(a.names)}; ${issue}`
    },
    reason:
      'containerd compares the address with the subject alternative names of the certificate: an IP address with IP entries, a name with DNS entries.',
  }),
  'certificate/other-usage': rule<{ subject: string; purpose: 'server' | 'client' }>({
    severity: 'error',
    message: a => `the certificate ${a.subject} is not for TLS ${a.purpose}s`,
    help: a => `issue it with extendedKeyUsage=${a.purpose}Auth, or without extendedKeyUsage`,
    reason:
      'The other side of a TLS connection refuses a certificate whose extended key usage excludes this use; that of a CA counts too.',
  }),
  'certificate/private-key-inside': rule<{ kind: string }>({
    severity: 'error',
    message: a => `the file contains a private key beside the ${a.kind}`,
    help: a => `give a file with the ${a.kind} only`,
    reason: 'Every user of the node can read this file.',
  }),
  'certificate/root-missing': rule<{ subject: string; issuer: string }>({
    severity: 'error',
    message: a => `the certificate ${a.subject} is not a root: ${a.issuer} issued it`,
    help: a => `set ca of the registry to the root certificate ${a.issuer} and those below it`,
    reason:
      'containerd needs no root certificate, but the first boot asks the registry with OpenSSL, which does.',
  }),
  'certificate/unknown-issuer': rule<MissingIssuer>({
    severity: 'error',
    message: a =>
      ({
        missing: `the certificate of the registry was issued by ${a.issuer}, which is not one of these CAs`,
        'other-key': `the certificate of the registry was issued by another ${a.issuer}: the CA certificate of this name has another key`,
        'self-signed': `the certificate of the registry is signed by itself (${a.issuer}), not by this CA`,
      })[a.cause],
    help: a =>
      ({
        missing:
          'give the certificate of its issuer here; where that is an intermediate CA, append it to the certificate of the registry',
        'other-key':
          'give the CA certificate that issued the certificate of the registry, or issue it again with this CA',
        'self-signed': 'remove ca from registry, so that nodes trust the certificate itself',
      })[a.cause],
    reason:
      'containerd accepts a server only if issuers lead from its certificate to a given CA certificate.',
  }),
  'certificate/weak-signature': rule<{ subject: string; hash: string }>({
    severity: 'error',
    message: a => `the certificate ${a.subject} is signed with ${a.hash}, which containerd refuses`,
    help: () => 'issue it again with SHA-256',
    reason: 'Such signatures can be forged. OpenSSL does not serve such certificates.',
  }),
  'certificate/wrong-kind': rule<{ kind: string; found: string }>({
    severity: 'error',
    message: a => `this is ${pemLabel(a.found).name}, not a ${a.kind}`,
    help: a =>
      a.kind === 'public key'
        ? 'give the public key of the pair, such as cosign.pub'
        : pemLabel(a.found).help || `give a file with a ${a.kind}`,
    reason: 'containerd and the registry read only the block that they search for.',
  }),
  'kubelet/label-not-allowed': rule<{ key: string }>({
    severity: 'error',
    message: a => `the kubelet may not set the label "${a.key}" on its own node`,
    help: a => {
      const name = a.key.slice(a.key.indexOf('/') + 1)
      return `use a prefix of your own, such as site.example/${name}, or set it later with kubectl label node`
    },
    reason:
      'The kubelet does not start with a label below kubernetes.io or k8s.io, except for those that Kubernetes allows (k8s.io/kubelet, pkg/apis/well_known_labels.go).',
  }),
  'kubelet/taint-twice': rule<{ key: string; effect: string }>({
    severity: 'error',
    message: a => `a second taint has the key ${a.key} and the effect ${a.effect}`,
    help: () => 'remove one of the two; lists of defaults, roles and nodes are appended',
    reason: 'The kubelet does not start with two taints of the same key and effect.',
  }),
  'mirror/file-unreadable': rule<{ what: string }>({
    severity: 'error',
    message: a => `this is not ${a.what} in PEM form`,
    help: () => 'give a file that begins with -----BEGIN',
    reason: 'containerd fails every pull through a mirror whose certificates it cannot read.',
  }),
  'mirror/ipv6-needs-version': rule<{ endpoint: string }>({
    severity: 'error',
    message: a =>
      `the form of ${a.endpoint} in hosts.toml depends on the version of the distribution`,
    help: () => 'set `version` under `distro`',
    reason:
      'containerd 1 and 2 read an IPv6 address in different forms, and each refuses the other form.',
  }),
  'spec/field-unused': rule<{ field: string; distro: string }>({
    severity: 'error',
    message: a => `${a.distro} does not read ${a.field}`,
    help: a => (a.field === 'registries' ? 'use mirrors' : 'remove it'),
    reason: 'The containerd of this distribution has no such setting.',
  }),
  'text/not-utf-8': rule<Record<never, never>>({
    severity: 'error',
    message: () => 'this file is not UTF-8 text',
    help: () => 'save it as UTF-8',
    reason: 'Units, manifests, tokens and passwords are texts.',
  }),
} as const

/** Reports a rule of this table or of the model's. */
export const { report, reportKey } = reporters({ ...specRules, ...rules })
