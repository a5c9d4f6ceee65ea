/** The pieces that a machine needs before its first boot: bootstrap.sh checks them, the run book lists them. */

import type { RequiredPiece } from '../../model/runbook-part.ts'
import type { AnyNode, AnySpec } from '../../model/spec.ts'
import { paths } from './os-paths.ts'
import { runsRegistry } from './registry-address.ts'

/** The distribution's binary, as `name` in the directory of programs. */
export function binaryPiece({ distro }: AnySpec, { os }: AnyNode, name: string): RequiredPiece {
  const version = distro.version === null ? '' : ` ${distro.version}`
  const path = `${paths[os].bin}/${name}`
  return { what: `the ${name}${version} binary`, path, remedy: copyProgram(path) }
}

/** The Node binary that runs the registry. */
export function nodePiece({ registry }: AnySpec, { os }: AnyNode): RequiredPiece {
  const path = registry.node ?? `${paths[os].bin}/node`
  return { what: 'Node 18.3 or later', path, remedy: copyProgram(path) }
}

/** The images that the registry serves. */
export function bundlePiece({ registry }: AnySpec): RequiredPiece {
  const path = registry.bundle
  return { what: 'the image bundle', path, remedy: `copy it to ${path}` }
}

/** All pieces of one node; `program` is that of its distribution. */
export function requiredPieces(
  spec: AnySpec,
  node: AnyNode,
  program: RequiredPiece,
): readonly RequiredPiece[] {
  const served = runsRegistry(spec, node) ? [nodePiece(spec, node), bundlePiece(spec)] : []
  return [program, ...served]
}

function copyProgram(path: string): string {
  return `copy it to ${path} with mode 0755`
}
