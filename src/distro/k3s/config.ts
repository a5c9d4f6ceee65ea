/** config.yaml of a server or an agent without internet. */
import { hostPort, isIpv4, isIpv6 } from '../../codec/address.ts'
import { isMapping, type Plain, type PlainMapping } from '../../codec/plain.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import { firstController, isController } from '../../model/controllers.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { merge } from '../parts/config-merge.ts'
import { configFields } from './options.ts'
import { agentTokenPath, tokenPath } from './paths.ts'
import { needsExactMirrors } from './registries.ts'

/** The token files of a node. */
export interface TokenFiles {
  /** Whether the node reads a token. */
  readonly token: boolean
  /** Whether a server sets another token for agents. */
  readonly agentToken: boolean
}

/** The text of config.yaml: the settings of the spec merged over the generated ones. */
export function configYaml(spec: AnySpec, node: AnyNode, tokens: TokenFiles): string {
  return printYaml(merge(generatedConfig(spec, node, tokens), userConfig(spec, node)))
}

/** The first controller starts the cluster; all other nodes join it. */
export function joins(spec: AnySpec, node: AnyNode): boolean {
  return node.name !== firstController(spec)?.name
}

/** The configuration before that of the spec is merged over it. */
export function generatedConfig(spec: AnySpec, node: AnyNode, tokens: TokenFiles): PlainMapping {
  const { address } = node
  const isExternal = usesExternalDatastore(spec)
  const taints = node.taints.map(({ text }) => text)
  // A server always runs a kubelet. The packaged components of k3s tolerate this taint (docs/datastore/ha.md).
  const ownTaints =
    node.workloads || !isController(node) ? [] : ['CriticalAddonsOnly=true:NoExecute']
  const serverUrl = joins(spec, node) && !(isExternal && isController(node)) ? serverOf(spec) : null
  return {
    ...(serverUrl === null ? {} : { server: serverUrl }),
    ...(tokens.token ? { 'token-file': tokenPath } : {}),
    ...(tokens.agentToken ? { 'agent-token-file': agentTokenPath } : {}),
    // Other servers can join etcd only; a single node uses SQLite.
    ...(node.role === 'controller' && !joins(spec, node) && !isExternal
      ? { 'cluster-init': true }
      : {}),
    ...(isController(node) ? sansOf(spec, node) : {}),
    ...(address !== null && isIp(address) ? { 'node-ip': [address] } : {}),
    ...ifAny(
      'node-label',
      node.labels.map(({ key, value }) => `${key}=${value}`),
    ),
    ...ifAny('node-taint', [...ownTaints, ...taints]),
    ...(needsExactMirrors(spec) ? { 'disable-default-registry-endpoint': true } : {}),
  }
}

/** `distro.config` for the role of a node: an agent has no settings of servers. A single item of a list is a list. */
export function userConfig({ distro }: AnySpec, node: AnyNode): PlainMapping {
  if (!isMapping(distro.config)) return {}
  const { fields } = configFields(isController(node) ? 'server' : 'agent')
  const settings = Object.entries(distro.config).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(
    settings.flatMap(([key, value]) => {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined
      if (field === undefined) return []
      const isItem = field.kind === 'list' && !Array.isArray(value) && value !== null
      return [[key, isItem ? [value] : value] as const]
    }),
  )
}

/** The value of a setting in `distro.config`, or undefined. */
export function settingOf({ distro }: AnySpec, name: string): Plain | undefined {
  const { config } = distro
  return isMapping(config) && Object.hasOwn(config, name) ? config[name] : undefined
}

/** The port of the API server, which nodes join. */
export function apiPort(spec: AnySpec): number {
  return Number(settingOf(spec, 'https-listen-port') ?? 6443)
}

/** The URL that a node joins; null where the spec has no address for it. */
export function serverOf(spec: AnySpec): string | null {
  return spec.bootstrap === null ? null : `https://${hostPort(spec.bootstrap, apiPort(spec))}`
}

function usesExternalDatastore(spec: AnySpec): boolean {
  return settingOf(spec, 'datastore-endpoint') !== undefined
}

function sansOf({ bootstrap }: AnySpec, { address }: AnyNode): PlainMapping {
  const sans = [...new Set([address, bootstrap].filter(name => name !== null))]
  return ifAny('tls-san', sans)
}

function ifAny(key: string, items: readonly string[]): PlainMapping {
  return items.length === 0 ? {} : { [key]: items }
}

function isIp(address: string): boolean {
  return isIpv4(address) || isIpv6(address)
}
