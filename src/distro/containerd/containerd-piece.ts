/** The piece of containerd that must be on a machine before its first boot. */
import type { RequiredPiece } from '../../model/runbook-part.ts'
import type { AnySpec } from '../../model/spec.ts'
import { binary, containerdUnit } from './paths.ts'

/** containerd with its unit and runc; packages install them in different directories. */
export function containerdPiece({ distro }: AnySpec): RequiredPiece {
  const version = distro.version === null ? '' : ` ${distro.version}`
  return {
    what: `containerd${version} with runc and ${containerdUnit}`,
    path: binary,
    remedy: 'install the package of the operating system, or the files of its release',
  }
}
