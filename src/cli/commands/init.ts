import { distros } from '../../index.ts'
import { reportUsageError } from '../io/findings.ts'
import { writeStdout } from '../io/streams.ts'

/** `gen-node init`: a spec to begin with. */
export function init(flags: { readonly distro?: string }): number {
  const name = flags.distro ?? distros[0]?.name
  const distro = distros.find(row => row.name === name)
  if (distro === undefined) {
    const names = distros.map(row => row.name)
    return reportUsageError(`unknown distribution "${name}"`, `known: ${names.join(', ')}`)
  }
  writeStdout(distro.starter)
  return 0
}
