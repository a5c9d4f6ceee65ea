/**
 * From references to bytes. The core does no I/O: `needs` lists the files, folders, variables and SOPS
 * files, the command line reads and decrypts them, and `resolve` puts their bytes into the spec or reports failed reads.
 */
import { encodeUtf8 } from '../codec/text.ts'
import { checked, type Diagnostic, failure, type Outcome } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { report } from './rules.ts'
import {
  type Decrypted,
  type SopsFailure,
  type SopsText,
  secretAt,
  sopsFailure,
} from './sops-texts.ts'
import type { Content, Folder, ResolvedSpec, Spec, Text, TreeItem } from './spec.ts'
import { mapTexts, type TextField } from './texts.ts'

/** One file, folder, variable or SOPS file that must be read before planning. */
export type Need = (
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'tree'; readonly folder: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'sops'; readonly file: string }
) & { readonly from: Path }

/** Why a file or folder could not be read. */
export type FetchFailure =
  | { readonly failed: 'outside-folder' }
  | { readonly failed: 'unreadable'; readonly reason: string }

/** The files, folders and variables that were read, by their names in the spec; without unset variables. */
export interface Supplies {
  readonly files: ReadonlyMap<string, Uint8Array | FetchFailure>
  readonly trees: ReadonlyMap<string, readonly TreeItem[] | FetchFailure>
  readonly env: ReadonlyMap<string, string>
  /** The decrypted contents of SOPS files. */
  readonly sops: ReadonlyMap<string, Decrypted | SopsFailure | FetchFailure>
}

/** The files, folders, variables and SOPS files that a spec refers to, in the order of the spec's fields. */
export function needs(spec: Spec): readonly Need[] {
  const list: Need[] = []
  mapTexts(spec, {
    text: text => {
      if (text.kind !== 'inline') list.push(text)
    },
    folder: ({ folder, from }) => {
      list.push({ kind: 'tree', folder, from })
    },
  })
  return list
}

/** The spec with the bytes of its texts; a reference that failed is reported where it is first used. */
export function resolve(spec: Spec, supplies: Supplies): Outcome<ResolvedSpec> {
  const failures = new Map<string, Diagnostic>()
  const addFailure = (kind: Need['kind'], name: string, diagnostic: Diagnostic) => {
    const key = `${kind} ${name}`
    if (!failures.has(key)) failures.set(key, diagnostic)
  }
  const valueOrFailure = <T extends object>(
    kind: 'file' | 'tree',
    name: string,
    from: Path,
    supply: T | FetchFailure = notSupplied,
  ): T | null => {
    if (!('failed' in supply)) return supply
    addFailure(kind, name, failureOf(supply, name, from))
    return null
  }
  const bytesOf = (text: Text): Uint8Array => {
    switch (text.kind) {
      case 'inline':
        return encodeUtf8(text.text)
      case 'file':
        return (
          valueOrFailure('file', text.file, text.from, supplies.files.get(text.file)) ?? noBytes
        )
      case 'env': {
        const value = supplies.env.get(text.name) ?? ''
        if (value === '') {
          const unset = report('spec/variable-unset', text.from, { name: text.name })
          addFailure('env', text.name, unset)
        }
        return encodeUtf8(value)
      }
      case 'sops': {
        const secret = readSecret(text, supplies.sops.get(text.file))
        if (secret.ok) return encodeUtf8(secret.value)
        // A failure of the file is reported once, a failure of a key once for each key.
        for (const finding of secret.diagnostics) {
          const isOfKey = finding.path.at(-1) === 'key'
          addFailure('sops', isOfKey ? `${text.file} ${text.key}` : text.file, finding)
        }
        return noBytes
      }
    }
  }
  const resolved = mapTexts(spec, {
    text: (text, { secret }: TextField): Content => ({
      bytes: bytesOf(text),
      secret,
      from: text.from,
    }),
    folder: ({ folder, from }: Folder): readonly TreeItem[] =>
      valueOrFailure('tree', folder, from, supplies.trees.get(folder)) ?? [],
  })
  return checked(resolved, [...failures.values()])
}

const noBytes = new Uint8Array()
const notSupplied: FetchFailure = { failed: 'unreadable', reason: 'it was not supplied' }

function readSecret(text: SopsText, supply: ReturnType<Supplies['sops']['get']>): Outcome<string> {
  const source = supply ?? notSupplied
  if ('content' in source) return secretAt(source, text)
  return failure([
    source.failed === 'outside-folder' || source.failed === 'unreadable'
      ? failureOf(source, text.file, text.from)
      : sopsFailure(source, text),
  ])
}

function failureOf(failure: FetchFailure, file: string, from: Path): Diagnostic {
  return failure.failed === 'outside-folder'
    ? report('spec/outside-folder', from, { file })
    : report('spec/file-unreadable', from, { file, reason: failure.reason })
}
