/** Sentences and commands that the run books of several distributions have. */
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { loginUser, sudoFor } from './os-paths.ts'
import { registryUrl, runsRegistry } from './registry-address.ts'

/** The beginning of the first node's steps: its registry answers; empty where it runs none. */
export function registryStep(spec: AnySpec, first: AnyNode): string {
  const url = registryUrl(spec)
  return runsRegistry(spec, first) && url !== null
    ? `its registry answers on ${url}/v2/, then `
    : ''
}

/** The command that copies a local file with a token to a path on a node, readable by root only. */
export function tokenCommand(node: AnyNode, path: string, file: string): string {
  const install = `${sudoFor(node)}install -D -m 0600 /dev/stdin ${path}`
  // ssh expects an IPv6 address without brackets.
  return `ssh ${loginUser(node)}@${node.address ?? node.name} '${install}' < ${file}`
}
