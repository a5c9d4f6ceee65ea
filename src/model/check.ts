/** What one field alone cannot tell: words with a grammar of their own, and rules about two fields. */
import {
  canonicalAddress,
  isAddress,
  isHostname,
  isIpv4,
  isIpv6,
  isRegistryHost,
  isUrl,
} from '../codec/address.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { isUnitName, malformed, oneOf, pathMistakes } from './grammar.ts'
import { report, reportKey } from './rules.ts'
import type { Mirror, Node, Spec } from './spec.ts'
import { mapTexts } from './texts.ts'
import type { LayerV1, MirrorV1, SpecV1 } from './written.ts'

const addressWords = 'an IP address or a host name, without scheme, brackets or port'

// Without a registry only a mirror's own endpoints could be asked instead of its upstream.
const endpoints = { key: 'endpoints', example: 'endpoints: [http://192.168.1.20:5000]' }

/** All mistakes of a spec that the schema lets pass. */
export function checkSpec(v1: SpecV1, spec: Spec): readonly Diagnostic[] {
  return [
    ...clusterMistakes(v1, spec),
    ...registryMistakes(spec),
    ...(v1.mirrors === undefined && v1.fallback === 'none' && spec.registry.run === 'none'
      ? [report('spec/missing-key', ['fallback'], endpoints)]
      : (v1.mirrors ?? []).flatMap((written, at) =>
          spec.mirrors.slice(at, at + 1).flatMap(mirror => mirrorMistakes(spec, mirror, written)),
        )),
    ...twice(
      spec.mirrors.map(mirror => [mirror.host, mirror.from] as const),
      'spec/mirror-twice',
    ),
    ...twice(
      spec.nodes.map(node => [node.name, [...node.from, 'name']] as const),
      'spec/node-twice',
    ),
    ...twice(
      spec.nodes.flatMap(node =>
        node.address === null
          ? []
          : [[node.address, [...node.from, 'address'], canonicalAddress(node.address)] as const],
      ),
      'spec/address-twice',
    ),
    ...twice(
      spec.nodes.flatMap(node =>
        node.hostname === null
          ? []
          : [[node.hostname, [...node.from, 'hostname'], node.hostname.toLowerCase()] as const],
      ),
      'spec/hostname-twice',
    ),
    ...spec.nodes.flatMap(node => nodeMistakes(spec, node)),
    ...v1.nodes.flatMap((node, at) => reachable(node.address, ['nodes', at, 'address'])),
    ...layerPlaces(v1).flatMap(one => layerMistakes(...one)),
    ...inlineSecrets(spec),
  ]
}

/** An address by which others reach a machine: every interface (0.0.0.0) is none. */
function reachable(address: string | undefined, path: Path): readonly Diagnostic[] {
  const any = address !== undefined && /^(?:0\.0\.0\.0|[0:]+)$/.test(address)
  return any
    ? malformed(address, path, () => false, 'an address by which other nodes reach this one')
    : malformed(address, path, isAddress, addressWords)
}

function clusterMistakes(v1: SpecV1, spec: Spec): readonly Diagnostic[] {
  const single = spec.nodes.find(node => node.role === 'single')
  return [
    ...reachable(v1.bootstrap, ['bootstrap']),
    ...(single !== undefined && spec.nodes.length > 1
      ? [report('spec/single-among-others', [...single.from, 'role'], { name: single.name })]
      : []),
  ]
}

function registryMistakes(spec: Spec): readonly Diagnostic[] {
  const { registry } = spec
  const paths = { bundle: registry.bundle, storage: registry.storage, node: registry.node }
  return [
    ...Object.entries(paths).flatMap(([key, path]) => pathMistakes(path, ['registry', key])),
    ...malformed(registry.listen, ['registry', 'listen'], isAddress, addressWords),
    ...malformed(
      registry.address,
      ['registry', 'address'],
      isUrl,
      'an URL such as https://registry.site:5000',
    ),
    // The unit's PrivateTmp covers both folders.
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
    ...(registry.run !== 'external' && registry.address !== null
      ? [report('registry/address-unused', ['registry', 'address'], { run: registry.run })]
      : []),
  ]
}

function mirrorMistakes(spec: Spec, mirror: Mirror, v1: string | MirrorV1): readonly Diagnostic[] {
  const written = mirror.from
  const tls = mirror.ca !== null || mirror.client !== null || mirror.skipVerify
  const { run, address, tls: served } = spec.registry
  const plain = run === 'external' ? address?.startsWith('http://') : served === null
  return [
    ...(mirror.host === '_default'
      ? []
      : malformed(
          mirror.host,
          [...written, 'host'],
          isRegistryHost,
          'a registry host such as quay.io or registry.site:5000, in lower case and without scheme or path',
        )),
    ...(/^(index|registry-1|registry)\.docker\.io$/.test(mirror.host)
      ? [report('mirror/docker-hub-host', [...written, 'host'], { host: mirror.host })]
      : []),
    ...malformed(
      typeof v1 === 'object' ? v1.server : null,
      [...written, 'server'],
      isUrl,
      'an URL such as https://quay.io',
    ),
    ...(mirror.auth !== null && mirror.header.some(([name]) => /^authorization$/i.test(name))
      ? [
          report('spec/one-of', written, {
            keys: 'auth, header.Authorization',
            given: 'auth and header.Authorization',
          }),
        ]
      : []),
    ...(mirror.fallback === 'none' && mirror.endpoints.length === 0 && run === 'none'
      ? [report('spec/missing-key', written, endpoints)]
      : []),
    ...mirror.endpoints.flatMap((endpoint, at) => {
      const path = [...written, 'endpoints', at]
      if (!endpoint.includes('://'))
        return [report('mirror/endpoint-without-scheme', path, { endpoint })]
      if (!isUrl(endpoint))
        return malformed(endpoint, path, isUrl, 'an URL such as http://192.168.1.20:5000')
      return tls && endpoint.startsWith('http://')
        ? [report('mirror/tls-on-http', path, { endpoint })]
        : []
    }),
    ...(tls && mirror.endpoints.length === 0 && plain
      ? [report('mirror/tls-on-http', mirror.from, { endpoint: "the cluster's registry" })]
      : []),
    ...twice(
      mirror.endpoints.map(
        (endpoint, at) =>
          [endpoint, [...written, 'endpoints', at], endpoint.replace(/\/+$/, '')] as const,
      ),
      'mirror/endpoint-twice',
    ),
  ]
}

function nodeMistakes(spec: Spec, node: Node): readonly Diagnostic[] {
  const at = (key: string) => [...node.from, key]
  const pulls = spec.mirrors.length > 0 && spec.registry.run === 'bootstrap'
  const reached =
    spec.bootstrap !== null || spec.mirrors.every(mirror => mirror.endpoints.length > 0)
  return [
    ...malformed(node.hostname, at('hostname'), isHostname, 'a host name'),
    ...(node.role === 'worker' && pulls && !reached
      ? [report('spec/no-bootstrap', at('role'), { name: node.name })]
      : []),
    // The kubelet is told its address, and takes no name.
    ...(node.isolated && !isIpv4(node.address ?? '') && !isIpv6(node.address ?? '')
      ? [report('network/isolated-without-address', node.from, { name: node.name })]
      : []),
  ]
}

/** Every layer of the written spec with its place. */
function layerPlaces(v1: SpecV1): readonly (readonly [LayerV1, Path, role: string])[] {
  return [
    [v1.defaults ?? {}, ['defaults'], ''],
    ...Object.entries(v1.roles ?? {}).map(
      ([role, layer]) => [layer, ['roles', role], role] as const,
    ),
    ...v1.nodes.map((node, at) => [node, ['nodes', at], node.role] as const),
  ]
}

function layerMistakes(layer: LayerV1, place: Path, role: string): readonly Diagnostic[] {
  const at = (...steps: (string | number)[]) => [...place, ...steps]
  return [
    ...(layer.files ?? []).flatMap((file, index) => [
      ...oneOf(file, ['content', 'file', 'tree'], at('files', index)),
      ...pathMistakes(
        file.path,
        at('files', index, 'path'),
        file.tree === undefined ? 'no root' : 'root',
      ),
    ]),
    ...(layer.units ?? []).flatMap((unit, index) => [
      ...oneOf(unit, ['content', 'file'], at('units', index)),
      ...(isUnitName(unit.name)
        ? []
        : [report('spec/unit-name', at('units', index, 'name'), { name: unit.name })]),
    ]),
    ...(layer.manifests ?? []).flatMap((manifest, index) => [
      ...oneOf(manifest, ['content', 'file'], at('manifests', index)),
      ...(role === 'worker'
        ? [report('spec/manifest-on-worker', at('manifests', index), { name: manifest.name })]
        : []),
    ]),
  ]
}

function twice(
  entries: readonly (readonly [word: string, path: Path, same?: string])[],
  rule:
    | 'spec/mirror-twice'
    | 'spec/node-twice'
    | 'spec/address-twice'
    | 'spec/hostname-twice'
    | 'mirror/endpoint-twice',
): readonly Diagnostic[] {
  const first = new Map<string, Path>()
  return entries.flatMap(([word, path, same = word]) => {
    const earlier = first.get(same)
    if (earlier === undefined) first.set(same, path)
    return earlier === undefined
      ? []
      : [{ ...report(rule, path, { word }), also: [{ path: earlier, note: 'first here' }] }]
  })
}

/** Secrets that stand in the spec itself work, but are worth a warning. */
function inlineSecrets(spec: Spec): readonly Diagnostic[] {
  const places = new Map<string, Path>()
  mapTexts(spec, {
    text: (text, { secret }) => {
      if (secret && text.kind === 'inline') places.set(JSON.stringify(text.from), text.from)
    },
    folder: () => {},
  })
  return [...places.values()].map(path => reportKey('spec/inline-secret', path, {}))
}
