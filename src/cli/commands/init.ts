import { schemaAt, starter } from '../../index.ts'
import { reportUsageError } from '../io/findings.ts'
import { writeStdout } from '../io/streams.ts'

/** `gen-node init`: a spec to begin with. */
export function init({ distro = 'k0s' }: { readonly distro?: string }): number {
  const known = schemaAt(['distro', 'name'])?.enum ?? []
  if (!known.includes(distro)) {
    return reportUsageError(
      `there is no starter for "${distro}"`,
      `there is one for ${known.join(', ')}`,
    )
  }
  writeStdout(starter)
  return 0
}
