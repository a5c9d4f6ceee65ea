/** Finds equal entries in lists whose entries must differ. */
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { report } from './rules.ts'

/** One value that must be unique. */
export interface Entry {
  readonly value: string
  readonly path: Path
  /** The form that is compared where two different texts can have the same meaning. */
  readonly normalized?: string
}

/** Reports every entry that repeats an earlier one. */
export function findDuplicates(
  entries: readonly Entry[],
  rule:
    | 'mirror/endpoint-twice'
    | 'spec/address-twice'
    | 'spec/hostname-twice'
    | 'spec/mirror-twice'
    | 'spec/node-twice',
): readonly Diagnostic[] {
  const firstPaths = new Map<string, Path>()
  return entries.flatMap(({ value, path, normalized = value }) => {
    const first = firstPaths.get(normalized)
    if (first === undefined) {
      firstPaths.set(normalized, path)
      return []
    }
    return [{ ...report(rule, path, { value }), also: [{ path: first, note: 'first here' }] }]
  })
}
