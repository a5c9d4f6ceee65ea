/** Checks that the schema cannot express: grammars of fields, and rules about two fields. */
import {
  canonicalAddress,
  isAddress,
  isHostname,
  isIpv4,
  isIpv6,
  isReachable,
  isUrl,
  pathOfUrl,
} from '../codec/address.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { checkLayers } from './check-layers.ts'
import { checkListen } from './check-listen.ts'
import { checkMirrors } from './check-mirrors.ts'
import { findDuplicates } from './duplicates.ts'
import { checkGrammar, checkPath } from './grammar.ts'
import { registryScheme } from './registry-scheme.ts'
import { report, reportKey } from './rules.ts'
import type { Node, Spec } from './spec.ts'
import { mapTexts } from './texts.ts'
import type { SpecV1 } from './written.ts'

// HOST_NAME_MAX of Linux is 64. Every machine has the name localhost.
const isNodeHostname = (text: string) =>
  isHostname(text) && text.length <= 64 && text.toLowerCase() !== 'localhost'
const hostnameForm = 'a host name of at most 64 characters, other than localhost'
const addressForm = 'an IP address or a host name, without scheme, brackets or port'

/** Checks a spec that the schema accepts. */
export function checkSpec(v1: SpecV1, spec: Spec): readonly Diagnostic[] {
  return [
    ...checkCluster(v1, spec),
    ...checkRegistry(spec),
    ...checkListen(spec),
    ...checkMirrors(v1, spec),
    ...checkNodes(v1, spec),
    ...checkLayers(v1),
    ...inlineSecrets(spec),
  ]
}

function checkCluster(v1: SpecV1, spec: Spec): readonly Diagnostic[] {
  const single = spec.nodes.find(node => node.role === 'single')
  return [
    ...checkReachable(v1.bootstrap, ['bootstrap']),
    ...(single !== undefined && spec.nodes.length > 1
      ? [report('spec/single-among-others', [...single.from, 'role'], { name: single.name })]
      : []),
  ]
}

/** Checks an address that other nodes connect to: addresses such as 0.0.0.0 and 127.0.0.1 are not allowed. */
function checkReachable(address: string | undefined, path: Path): readonly Diagnostic[] {
  return address !== undefined && !isReachable(address)
    ? checkGrammar(address, path, () => false, 'an address at which other nodes reach this node')
    : checkGrammar(address, path, isAddress, addressForm)
}

function checkRegistry(spec: Spec): readonly Diagnostic[] {
  const { registry } = spec
  const paths = { bundle: registry.bundle, storage: registry.storage, node: registry.node }
  return [
    ...Object.entries(paths).flatMap(([key, path]) => checkPath(path, ['registry', key])),
    ...checkGrammar(registry.listen, ['registry', 'listen'], isAddress, addressForm),
    ...checkGrammar(
      registry.address,
      ['registry', 'address'],
      isUrl,
      'a URL such as https://registry.site:5000',
    ),
    ...(registry.address !== null && isUrl(registry.address) && pathOfUrl(registry.address) !== ''
      ? [
          report('registry/address-with-path', ['registry', 'address'], {
            address: registry.address,
          }),
        ]
      : []),
    // The unit has PrivateTmp: it does not see the /tmp and /var/tmp of the node.
    ...(['bundle', 'storage'] as const).flatMap(key =>
      /^\/(var\/)?tmp(\/|$)/.test(registry[key])
        ? [report('registry/path-in-tmp', ['registry', key], { path: registry[key] })]
        : [],
    ),
    ...(registry.run === 'external' && registry.address === null
      ? [
          report('spec/missing-key', ['registry'], {
            key: 'address',
            example: 'address: https://registry.site:5000',
          }),
        ]
      : []),
    ...(registry.ca !== null && registry.tls === null && registryScheme(spec) === 'http'
      ? [report('mirror/tls-on-http', registry.ca.from, { endpoint: "the cluster's registry" })]
      : []),
    ...(registry.run !== 'external' && registry.address !== null
      ? [report('registry/address-unused', ['registry', 'address'], { run: registry.run })]
      : []),
  ]
}

function checkNodes(v1: SpecV1, spec: Spec): readonly Diagnostic[] {
  const { nodes } = spec
  const addresses = nodes.flatMap(({ address, from }) =>
    address === null
      ? []
      : [{ value: address, path: [...from, 'address'], normalized: canonicalAddress(address) }],
  )
  const hostnames = nodes.flatMap(({ hostname, from }) =>
    hostname === null
      ? []
      : [{ value: hostname, path: [...from, 'hostname'], normalized: hostname.toLowerCase() }],
  )
  return [
    ...findDuplicates(
      nodes.map(({ name, from }) => ({ value: name, path: [...from, 'name'] })),
      'spec/node-twice',
    ),
    ...findDuplicates(addresses, 'spec/address-twice'),
    ...findDuplicates(hostnames, 'spec/hostname-twice'),
    ...nodes.flatMap(node => checkNode(spec, node)),
    ...v1.nodes.flatMap(({ address }, index) =>
      checkReachable(address, ['nodes', index, 'address']),
    ),
  ]
}

function checkNode(spec: Spec, node: Node): readonly Diagnostic[] {
  const pathOf = (key: string) => [...node.from, key]
  const pullsFromBootstrap = spec.mirrors.length > 0 && spec.registry.run === 'bootstrap'
  const isRegistryKnown =
    spec.bootstrap !== null || spec.mirrors.every(mirror => mirror.endpoints.length > 0)
  return [
    ...checkGrammar(node.hostname, pathOf('hostname'), isNodeHostname, hostnameForm),
    ...(node.role === 'worker' && pullsFromBootstrap && !isRegistryKnown
      ? [report('spec/no-bootstrap', pathOf('role'), { name: node.name })]
      : []),
    // The kubelet gets the address as --node-ip, which accepts no host name.
    ...(node.isolated && !isIpv4(node.address ?? '') && !isIpv6(node.address ?? '')
      ? [report('network/isolated-without-address', node.from, { name: node.name })]
      : []),
  ]
}

/** Secrets in the spec itself are valid; each gets a warning. */
function inlineSecrets(spec: Spec): readonly Diagnostic[] {
  const paths = new Map<string, Path>()
  mapTexts(spec, {
    text: (text, { secret }) => {
      if (secret && text.kind === 'inline') paths.set(JSON.stringify(text.from), text.from)
    },
    folder: () => {},
  })
  return [...paths.values()].map(path =>
    reportKey('spec/inline-secret', path, { field: String(path.at(-1)) }),
  )
}
