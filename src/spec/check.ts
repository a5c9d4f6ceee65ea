/** What one field alone cannot tell: words with a grammar of their own, and rules about two fields. */
import { isAddress, isHostname, isRegistryHost, isUrl } from '../codec/host.ts'
import { type Diagnostic, type Path, report, reportKey } from '../report/diagnostic.ts'
import type { Mirror, Node, Spec, Text } from './spec.ts'
import type { LayerV1, SpecV1 } from './written.ts'

const addressWords = 'an IP address or a host name, without a port'

/** All mistakes of a spec that the schema lets pass. */
export function checkSpec(v1: SpecV1, spec: Spec): readonly Diagnostic[] {
  return [
    ...clusterMistakes(v1, spec),
    ...registryMistakes(spec),
    ...spec.mirrors.flatMap(mirror => mirrorMistakes(spec, mirror)),
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
        node.address === null ? [] : [[node.address, [...node.from, 'address']] as const],
      ),
      'spec/address-twice',
    ),
    ...twice(
      spec.nodes.flatMap(node =>
        node.hostname === null ? [] : [[node.hostname, [...node.from, 'hostname']] as const],
      ),
      'spec/hostname-twice',
    ),
    ...spec.nodes.flatMap(node => nodeMistakes(spec, node)),
    ...v1.nodes.flatMap((node, at) =>
      malformed(node.address, ['nodes', at, 'address'], isAddress, addressWords),
    ),
    ...layerPlaces(v1).flatMap(([layer, path]) => layerMistakes(layer, path)),
    ...inlineSecrets(spec),
  ]
}

function clusterMistakes(v1: SpecV1, spec: Spec): readonly Diagnostic[] {
  const single = spec.nodes.find(node => node.role === 'single')
  return [
    ...malformed(v1.bootstrap, ['bootstrap'], isAddress, addressWords),
    ...(single !== undefined && spec.nodes.length > 1
      ? [report('spec/single-among-others', [...single.from, 'role'], { name: single.name })]
      : []),
    ...pullPolicyMistakes(spec),
    ...k0rdentMistakes(spec),
  ]
}

/** With `Never` nothing is pulled, not even from a mirror: only preloaded images run. */
function pullPolicyMistakes(spec: Spec): readonly Diagnostic[] {
  const path = ['distro', 'config', 'spec', 'images', 'default_pull_policy']
  const policy = path
    .slice(2)
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null
          ? (value as Record<string, unknown>)[key]
          : undefined,
      spec.distro.config,
    )
  return policy === 'Never' && spec.mirrors.length > 0 && spec.registry.run !== 'none'
    ? [report('mirror/never-pulled', path, {})]
    : []
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

/** helm in k0s speaks plain HTTP to its own machine, HTTPS elsewhere, and sends no password. */
function k0rdentMistakes(spec: Spec): readonly Diagnostic[] {
  const { run, tls, auth, address } = spec.registry
  if (spec.k0rdent === null) return []
  const wrong =
    (run === 'none' && 'where there is no registry') ||
    (auth !== null && 'from a registry with a password') ||
    (run !== 'external' && tls !== null && 'from a registry with TLS on the controllers') ||
    (run === 'external' && address?.startsWith('http://') && 'over plain HTTP from elsewhere')
  return wrong ? [report('k0s/k0rdent-registry', ['k0rdent'], { wrong })] : []
}

function mirrorMistakes(spec: Spec, mirror: Mirror): readonly Diagnostic[] {
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
          'a registry host such as quay.io or registry.site:5000',
        )),
    ...malformed(mirror.server, [...written, 'server'], isUrl, 'an URL such as https://quay.io'),
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
      mirror.endpoints.map((endpoint, at) => [endpoint, [...written, 'endpoints', at]] as const),
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
    ...(node.isolated && node.address === null
      ? [report('network/isolated-without-address', node.from, { name: node.name })]
      : []),
  ]
}

/** Every layer of the written spec with its place. */
function layerPlaces(v1: SpecV1): readonly (readonly [LayerV1, Path])[] {
  return [
    [v1.defaults ?? {}, ['defaults']],
    ...Object.entries(v1.roles ?? {}).map(([role, layer]) => [layer, ['roles', role]] as const),
    ...v1.nodes.map((node, at) => [node, ['nodes', at]] as const),
  ]
}

function layerMistakes(layer: LayerV1, place: Path): readonly Diagnostic[] {
  const at = (...steps: (string | number)[]) => [...place, ...steps]
  return [
    ...(layer.files ?? []).flatMap((file, index) => [
      ...oneOf(file, ['content', 'file', 'tree'], at('files', index)),
      ...pathMistakes(file.path, at('files', index, 'path')),
    ]),
    ...(layer.units ?? []).flatMap((unit, index) => [
      ...oneOf(unit, ['content', 'file'], at('units', index)),
      ...(unitName.test(unit.name)
        ? []
        : [report('spec/unit-name', at('units', index, 'name'), { name: unit.name })]),
    ]),
    ...(layer.manifests ?? []).flatMap((manifest, index) => [
      ...oneOf(manifest, ['content', 'file'], at('manifests', index)),
      ...('role' in layer && layer.role === 'worker'
        ? [report('spec/manifest-on-worker', at('manifests', index), { name: manifest.name })]
        : []),
    ]),
  ]
}

// Names and types of systemd.unit(5); templates are named with their instance or `@`.
const unitName =
  /^[A-Za-z0-9:_.\\@-]{1,240}\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/

function oneOf(value: object, keys: readonly string[], path: Path): readonly Diagnostic[] {
  const given = keys.filter(key => key in value)
  if (given.length === 1) return []
  return [report('spec/one-of', path, { keys: keys.join(', '), given: given.join(' and ') })]
}

function pathMistakes(path: string | null, place: Path): readonly Diagnostic[] {
  if (path === null) return []
  if (!path.startsWith('/')) return [report('spec/relative-path', place, { path })]
  const simple = `/${path
    .split('/')
    .filter(step => step !== '' && step !== '.')
    .join('/')}`
  if (path.includes('\0') || /[\u0001-\u001f\u007f]/.test(path))
    return [report('spec/path-characters', place, {})]
  return path !== simple || path.split('/').includes('..') || path === '/'
    ? [report('spec/path-not-plain', place, { path })]
    : []
}

function malformed(
  value: string | null | undefined,
  path: Path,
  good: (text: string) => boolean,
  expected: string,
): readonly Diagnostic[] {
  if (value === null || value === undefined || good(value)) return []
  return [report('spec/malformed', path, { found: JSON.stringify(value), expected })]
}

function twice(
  entries: readonly (readonly [string, Path])[],
  rule:
    | 'spec/mirror-twice'
    | 'spec/node-twice'
    | 'spec/address-twice'
    | 'spec/hostname-twice'
    | 'mirror/endpoint-twice',
): readonly Diagnostic[] {
  const first = new Map<string, Path>()
  return entries.flatMap(([word, path]) => {
    const earlier = first.get(word)
    if (earlier === undefined) first.set(word, path)
    return earlier === undefined
      ? []
      : [{ ...report(rule, path, { word }), also: [{ path: earlier, note: 'first here' }] }]
  })
}

/** Secrets in the spec itself work, and are worth a warning. */
function inlineSecrets(spec: Spec): readonly Diagnostic[] {
  const texts: readonly (Text | null)[] = [
    ...spec.mirrors.flatMap(mirror => [mirror.client?.key ?? null, mirror.auth?.password ?? null]),
    spec.registry.tls?.key ?? null,
    spec.registry.auth?.password ?? null,
    ...spec.nodes.map(node => node.token),
  ]
  const places = new Map<string, Path>()
  for (const text of texts) {
    if (text?.kind === 'inline') places.set(JSON.stringify(text.from), text.from)
  }
  return [...places.values()].map(path => reportKey('spec/inline-secret', path, {}))
}
