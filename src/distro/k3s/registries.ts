/** registries.yaml: the mirrors of the spec in the form of k3s, and the files that it names. */
import { authorityOf, hostDirectory, hostsOfUrl, upstreamUrl } from '../../codec/address.ts'
import type { PlainMapping } from '../../codec/plain.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import type { AnyNode, AnySpec, Content, Mirror, ResolvedSpec } from '../../model/spec.ts'
import type { PlanFile } from '../../plan/plan.ts'
import { andThen, collectOutcomes, type Outcome, success } from '../../report/diagnostic.ts'
import type { ResolvedNode } from '../distro.ts'
import { type CertsTarget, mirrorFiles, registryDirectory } from '../parts/certs-d.ts'
import { lineText, type PemKind, pemBytes } from '../parts/contents.ts'
import { registryNames, registryUrls } from '../parts/registry-address.ts'
import { type Exposure, rootFile } from '../parts/root-file.ts'
import { givenFiles, rewriteOf } from './given-registries.ts'
import { certificatesDirectory, registriesPath } from './paths.ts'

/**
 * Whether k3s must not add its own last endpoint to each mirror: `disable-default-registry-endpoint` is a
 * setting of the node, and removes it from every registry in registries.yaml. Mirrors with
 * `fallback: upstream` then name their upstream as their last endpoint.
 */
export function needsExactMirrors({ mirrors, registries }: AnySpec): boolean {
  if (registries !== null) return registries.fallback === 'none'
  return mirrors.some(mirror => mirror.fallback === 'none' || hasOtherServer(mirror))
}

/** Whether a mirror ends with another URL than the one that k3s derives from its host. */
export function hasOtherServer({ host, server, fallback }: Mirror<unknown>): boolean {
  return fallback === 'upstream' && server !== null && server !== upstreamUrl(host)
}

/** The URL that is the last endpoint of a mirror with `fallback: upstream`; null for `_default`. */
export function upstreamOf({ server, fallback }: Mirror<unknown>): string | null {
  return fallback === 'upstream' ? server : null
}

/** registries.yaml and the certificates that it names. */
export function registriesFiles(
  spec: ResolvedSpec,
  node: ResolvedNode,
): Outcome<readonly PlanFile[]> {
  const files =
    spec.registries === null ? mirrorsFiles(spec, node) : givenFiles(spec.registries, node)
  return andThen(collectOutcomes([files, accessFiles(spec, node)]), lists => success(lists.flat()))
}

/** registries.yaml with the mirrors of the spec. */
function mirrorsFiles(spec: ResolvedSpec, node: AnyNode): Outcome<readonly PlanFile[]> {
  const connections = connectionsOf(spec, node)
  const texts = collectOutcomes(
    connections.map(connection =>
      andThen(configOf(connection), config => success([connection.authority, config] as const)),
    ),
  )
  const document = andThen(texts, configs => {
    const used = configs.filter(([, config]) => Object.keys(config).length > 0)
    const value = {
      mirrors: mirrorsOf(spec, node),
      ...(used.length === 0 ? {} : { configs: Object.fromEntries(used) }),
    }
    const secret = connections.some(({ settings }) => settings.auth !== null)
    const isShared = !secret && spec.mirrors.every(({ endpoints }) => endpoints.length > 0)
    const exposure: Exposure = secret ? 'secret' : isShared ? 'image' : 'instance'
    return success([rootFile(registriesPath, printYaml(value), exposure, [])])
  })
  return andThen(collectOutcomes([document, ...connections.map(certificateFiles)]), lists =>
    success(lists.flat()),
  )
}

/** The endpoints of each registry, in order. */
function mirrorsOf(spec: AnySpec, node: AnyNode): PlainMapping {
  const exact = needsExactMirrors(spec)
  const urls = registryUrls(spec, node)
  const mirrors = spec.mirrors.flatMap(mirror => {
    const endpoints = mirror.endpoints.length === 0 ? urls : mirror.endpoints
    const upstream = exact ? upstreamOf(mirror) : null
    const all = [...new Set([...endpoints, ...(upstream === null ? [] : [upstream])])]
    const host = mirror.host === '_default' ? '*' : mirror.host
    return endpoints.length === 0
      ? []
      : [[host, { endpoint: all, ...rewriteOf(mirror.rewrites) }] as const]
  })
  const own = ownNames(spec, node).map(
    ({ host, urls: endpoint }) => [host, { endpoint: [...endpoint] }] as const,
  )
  return Object.fromEntries([...mirrors, ...own])
}

/** The registry's own names that are not mirrors of the user. */
function ownNames(spec: AnySpec, node: AnyNode) {
  return registryNames(spec, node).filter(({ host }) =>
    spec.mirrors.every(mirror => mirror.host !== host),
  )
}

/** How containerd connects to one host. */
type Settings = Pick<Mirror<Content>, 'ca' | 'client' | 'skipVerify' | 'auth'>

interface Connection {
  readonly authority: string
  readonly settings: Settings
  /** The path of the CA certificates; that of the first boot where they are those of the registry. */
  readonly caPath: string
}

/** The settings of each `host:port` among the endpoints: registries.yaml has them per host, not per mirror. */
function connectionsOf(spec: ResolvedSpec, node: AnyNode): readonly Connection[] {
  const { ca, auth } = spec.registry
  const urls = registryUrls(spec, node)
  const own: Settings = { ca, client: null, skipVerify: false, auth }
  const found = new Map<string, Settings>()
  const add = (url: string, settings: Settings) => {
    const authority = authorityOf(url)
    if (!found.has(authority)) found.set(authority, settings)
  }
  for (const mirror of spec.mirrors) {
    const isLocal = mirror.endpoints.length === 0
    const settings = isLocal
      ? { ...mirror, ca: mirror.ca ?? ca, auth: mirror.auth ?? auth }
      : mirror
    for (const url of isLocal ? urls : mirror.endpoints) add(url, settings)
  }
  for (const name of ownNames(spec, node)) for (const url of name.urls) add(url, own)
  const ownCaPath = `${accessDirectory(spec, node) ?? ''}/${caName}`
  return [...found].map(([authority, settings]) => {
    const isOwn = settings.ca !== null && settings.ca === ca && urls.length > 0
    const caPath = isOwn ? ownCaPath : `${directoryOf(authority)}/${caName}`
    return { authority, settings, caPath }
  })
}

function configOf({ authority, settings, caPath }: Connection): Outcome<PlainMapping> {
  const { ca, client, skipVerify, auth } = settings
  const directory = directoryOf(authority)
  const tls = {
    ...(ca === null ? {} : { ca_file: caPath }),
    ...(client === null
      ? {}
      : { cert_file: `${directory}/client.pem`, key_file: `${directory}/client-key.pem` }),
    ...(skipVerify ? { insecure_skip_verify: true } : {}),
  }
  const withTls = Object.keys(tls).length === 0 ? {} : { tls }
  if (auth === null) return success(withTls)
  return andThen(lineText(auth.password), password =>
    success({ auth: { username: auth.username, password }, ...withTls }),
  )
}

function certificateFiles({
  authority,
  settings,
  caPath,
}: Connection): Outcome<readonly PlanFile[]> {
  const { ca, client } = settings
  const directory = directoryOf(authority)
  const pem = (name: string, content: Content, kind: PemKind, exposure: Exposure) =>
    andThen(pemBytes(content, kind), bytes =>
      success(rootFile(`${directory}/${name}`, bytes, exposure, content.from)),
    )
  return collectOutcomes([
    ...(ca === null || caPath !== `${directory}/${caName}`
      ? []
      : [pem(caName, ca, 'certificate', 'instance')]),
    ...(client === null
      ? []
      : [
          pem('client.pem', client.cert, 'certificate', 'instance'),
          pem('client-key.pem', client.key, 'private key', 'secret'),
        ]),
  ])
}

const caName = 'ca.pem'

function directoryOf(authority: string): string {
  return `${certificatesDirectory}/${hostDirectory(authority)}`
}

/**
 * The directory with the CA and the credentials of the cluster's registry for the first boot; null where
 * it needs neither. k3s itself does not read it.
 */
export function accessDirectory(spec: AnySpec, node: AnyNode): string | null {
  const { ca, auth } = spec.registry
  return ca === null && auth === null ? null : registryDirectory([], accessTarget(spec, node))
}

function accessFiles(spec: ResolvedSpec, node: AnyNode): Outcome<readonly PlanFile[]> {
  return accessDirectory(spec, node) === null
    ? success([])
    : mirrorFiles([], spec.registry, accessTarget(spec, node))
}

function accessTarget(spec: AnySpec, node: AnyNode): CertsTarget {
  const urls = registryUrls(spec, node)
  const [host] = urls.slice(0, 1).flatMap(hostsOfUrl)
  return {
    directory: '/etc/gen-node/certs.d',
    containerd: '2',
    registryUrls: urls,
    registryNames: host === undefined ? [] : [{ host, urls }],
  }
}
