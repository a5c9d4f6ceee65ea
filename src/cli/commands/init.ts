import { distroNames, starterOf } from '../../index.ts'
import { reportUsageError } from '../io/findings.ts'
import { writeStdout } from '../io/streams.ts'

/** `gen-node init`: prints a commented starter spec. */
export function init({ distro = distroNames[0] ?? '' }: { readonly distro?: string }): number {
  const starter = starterOf(distro)
  if (starter === null) {
    return reportUsageError(
      `there is no distribution "${distro}"`,
      `use one of ${distroNames.join(', ')}`,
    )
  }
  writeStdout(starter)
  return 0
}
