import { schemaAt, starter } from '../../index.ts'
import { misuse } from '../io/findings.ts'
import { print } from '../io/world.ts'

/** `gen-node init`: a spec to begin with. */
export function init({ distro = 'k0s' }: { readonly distro?: string }): number {
  const known = schemaAt(['distro', 'name'])?.enum ?? []
  if (!known.includes(distro)) {
    return misuse(`there is no starter for "${distro}"`, `there is one for ${known.join(', ')}`)
  }
  print(starter)
  return 0
}
