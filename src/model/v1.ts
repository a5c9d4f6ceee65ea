/** Converts version 1 of the written form into the spec. */
import { upstreamUrl } from '../codec/address.ts'
import type { Plain } from '../codec/plain.ts'
import type { Path } from '../report/place.ts'
import { firstController } from './controllers.ts'
import { isSecretHeader } from './grammar.ts'
import { type Layered, layersOf } from './layers.ts'
import { sortedEntries, toRegistries } from './registries-v1.ts'
import { schemaAt } from './schema.ts'
import type { Addon, Auth, ExtraFile, Label, Mirror, Node, Registry, Spec, Text } from './spec.ts'
import type {
  AuthV1,
  ContentV1,
  LayerV1,
  MirrorV1,
  NodeV1,
  RegistryV1,
  SpecV1,
  TextV1,
} from './written.ts'

/** The spec of a written form: defaults filled in, short forms written out. */
export function toSpec(v1: SpecV1): Spec {
  const distro = typeof v1.distro === 'string' ? { name: v1.distro } : (v1.distro ?? {})
  const written = v1.nodes.map((node, index) => toNode(v1, node, ['nodes', index]))
  const first = firstController({ bootstrap: v1.bootstrap ?? null, nodes: written })
  const bootstrap = v1.bootstrap ?? first?.address ?? null
  return {
    name: v1.name ?? String(schemaAt(['name'])?.default),
    distro: {
      name: distro.name ?? defaultDistro(),
      version: distro.version ?? null,
      config: distro.config ?? {},
    },
    bootstrap,
    mirrors: (v1.mirrors ?? defaultMirrors(v1)).map((mirror, index) =>
      toMirror(
        typeof mirror === 'string' ? { host: mirror } : mirror,
        v1.fallback ?? 'upstream',
        v1.mirrors === undefined ? [] : ['mirrors', index],
      ),
    ),
    registries:
      v1.registries === undefined
        ? null
        : toRegistries(v1.registries, v1.fallback ?? 'upstream', toText),
    registry: toRegistry(v1.registry ?? {}),
    addons: Object.entries(v1.addons ?? {}).map(([name, addon]) => toAddon(name, addon)),
    // A first controller without an address has the bootstrap address.
    nodes: written.map(node =>
      node === first && node.address === null ? { ...node, address: bootstrap } : node,
    ),
  }
}

function defaultMirrors({ registries }: SpecV1): readonly string[] {
  return registries === undefined ? ['registry.k8s.io', 'quay.io'] : []
}

/** The first distribution of the schema's list. */
function defaultDistro(): string {
  return schemaAt(['distro', 'name'])?.enum?.[0] ?? ''
}

function toRegistry(written: RegistryV1): Registry {
  const pathOf = (...steps: string[]) => ['registry', ...steps]
  const { tls } = written
  const cert = tls === undefined ? null : toText(tls.cert, pathOf('tls', 'cert'))
  return {
    run: written.run ?? 'bootstrap',
    port: written.port ?? 5000,
    bundle: written.bundle ?? '/var/lib/gen-node/bundle',
    listen: written.listen ?? null,
    address: written.address === undefined ? null : withoutSlash(written.address),
    storage: written.storage ?? '/var/lib/gen-node/registry',
    verify:
      written.verify === undefined ? null : toText(written.verify.key, pathOf('verify', 'key')),
    tls:
      tls === undefined || cert === null
        ? null
        : { cert, key: toText(tls.key, pathOf('tls', 'key')) },
    ca: written.ca === undefined ? cert : toText(written.ca, pathOf('ca')),
    auth: written.auth === undefined ? null : toAuth(written.auth, pathOf('auth')),
    node: written.node ?? null,
    args: written.args ?? [],
  }
}

function toAddon(
  name: string,
  written: { readonly version: string; readonly values?: Plain },
): Addon {
  return { name, version: written.version, values: written.values ?? {}, from: ['addons', name] }
}

function toMirror(written: MirrorV1, fallback: Mirror['fallback'], from: Path): Mirror {
  const host = written.host === '*' ? '_default' : written.host
  const text = (value: TextV1 | undefined, ...steps: (string | number)[]) =>
    value === undefined ? null : toText(value, [...from, ...steps])
  return {
    host,
    server: written.server === undefined ? upstreamOf(host) : withoutSlash(written.server),
    endpoints: (written.endpoints ?? []).map(withoutSlash),
    capabilities: written.capabilities ?? ['pull', 'resolve'],
    fallback: written.fallback ?? fallback,
    ca: text(written.ca, 'ca'),
    client:
      written.client === undefined
        ? null
        : {
            cert: toText(written.client.cert, [...from, 'client', 'cert']),
            key: toText(written.client.key, [...from, 'client', 'key']),
          },
    skipVerify: written.skipVerify ?? false,
    header: Object.entries(written.header ?? {}).map(([name, value]) => {
      // A value outside the spec is treated as a secret, for any header name.
      const secret = isSecretHeader(name) || typeof value !== 'string'
      return [name, toText(value, [...from, 'header', name]), secret] as const
    }),
    overridePath: written.overridePath ?? false,
    rewrites: sortedEntries(written.rewrite ?? {}),
    auth: written.auth === undefined ? null : toAuth(written.auth, [...from, 'auth']),
    from,
  }
}

/** With a slash at the end, containerd requests `//v2/…`: hosts.go, parseHostConfig. */
function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

/** The URL of an image's own registry. */
function upstreamOf(host: string): string | null {
  return host === '_default' ? null : upstreamUrl(host)
}

function toAuth(written: AuthV1, from: Path): Auth {
  return { username: written.username, password: toText(written.password, [...from, 'password']) }
}

/** A text in one of its written forms. */
export function toText(written: TextV1, from: Path): Text {
  if (typeof written === 'string') return { kind: 'inline', text: written, from }
  if ('file' in written) return { kind: 'file', file: written.file, from: [...from, 'file'] }
  return 'env' in written
    ? { kind: 'env', name: written.env, from: [...from, 'env'] }
    : { kind: 'sops', file: written.sops, key: written.key, from: [...from, 'sops'] }
}

function contentOf(written: ContentV1, from: Path): Text {
  return written.file === undefined
    ? { kind: 'inline', text: written.content ?? '', from: [...from, 'content'] }
    : { kind: 'file', file: written.file, from: [...from, 'file'] }
}

function toNode(v1: SpecV1, written: NodeV1, from: Path): Node {
  const layers = layersOf(v1, written, from)
  return {
    name: written.name,
    role: written.role,
    address: written.address ?? null,
    workloads: layers.lastValue('workloads')?.value ?? true,
    os: layers.lastValue('os')?.value ?? 'generic',
    platform: layers.lastValue('platform')?.value ?? null,
    labels: toLabels(layers.values('labels')),
    taints: layers.items('taints').map(({ value, from }) => ({ text: value, from })),
    args: layers.items('args').map(({ value, from }) => ({ text: value, from })),
    token: asText(layers.lastValue('token')),
    files: layers.items('files').map(({ value, from }) => toFile(value, from)),
    units: layers.items('units').map(({ value, from }) => ({
      name: value.name,
      content: contentOf(value, from),
      enabled: value.enabled ?? true,
      from,
    })),
    manifests: layers.items('manifests').map(({ value, from }) => ({
      name: value.name,
      content: contentOf(value, from),
      from,
    })),
    ssh: toSsh(layers.values('ssh')),
    isolated: layers.values('network').at(-1)?.value.isolated ?? false,
    hostname: written.hostname ?? null,
    from,
  }
}

/** The labels of all layers; the last layer decides the value of a key. */
function toLabels(layers: readonly Layered<NonNullable<LayerV1['labels']>>[]): readonly Label[] {
  const labels = layers.flatMap(({ value, from }) =>
    Object.entries(value).map(([key, text]) => ({ key, value: text, from: [...from, key] })),
  )
  return [...new Map(labels.map(label => [label.key, label])).values()]
}

function asText(layer: Layered<TextV1> | null): Text | null {
  return layer === null ? null : toText(layer.value, layer.from)
}

function toSsh(layers: readonly Layered<NonNullable<LayerV1['ssh']>>[]): Node['ssh'] {
  const last = layers.at(-1)
  if (last === undefined) return null
  return {
    user: layers.map(layer => layer.value.user).findLast(user => user !== undefined) ?? null,
    authorizedKeys: layers.flatMap(layer => layer.value.authorizedKeys ?? []),
    from: last.from,
  }
}

function toFile(written: NonNullable<LayerV1['files']>[number], from: Path): ExtraFile {
  const owner = written.owner ?? 'root:root'
  const common = {
    path: written.path,
    mode: written.mode === undefined ? null : Number.parseInt(written.mode, 8),
    owner: owner.includes(':') ? owner : `${owner}:${owner}`,
    secret: written.secret ?? false,
    from,
  }
  return written.tree === undefined
    ? { ...common, kind: 'text', content: contentOf(written, from) }
    : { ...common, kind: 'tree', tree: { folder: written.tree, from: [...from, 'tree'] } }
}
