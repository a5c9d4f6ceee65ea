/** What a spec asks of the world: the core asks, the shell fetches. */
import type { Path } from '../report/place.ts'
import type { Spec, Text } from './spec.ts'

/** One thing that must be fetched before planning. */
export type Need = (
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'tree'; readonly folder: string }
  | { readonly kind: 'env'; readonly name: string }
) & { readonly from: Path }

/** What was fetched, by the words of the spec. */
export interface Supplies {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly trees: ReadonlyMap<string, readonly TreeItem[]>
  readonly env: ReadonlyMap<string, string>
}

/** One entry of a local folder; `path` is relative to it, with `/`. */
export type TreeItem =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly content: Uint8Array
      readonly executable: boolean
    }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory'; readonly path: string }

/** The files, folders and variables that a spec mentions, in the order it mentions them. */
export function needs(spec: Spec): readonly Need[] {
  return [
    ...spec.mirrors.flatMap(mirror => [
      ...ofText(mirror.ca),
      ...ofText(mirror.client?.cert ?? null),
      ...ofText(mirror.client?.key ?? null),
      ...mirror.header.flatMap(([, value]) => ofText(value)),
      ...ofText(mirror.auth?.password ?? null),
    ]),
    ...registryTexts(spec).flatMap(ofText),
    ...spec.nodes.flatMap(node => [
      ...ofText(node.token),
      ...node.files.flatMap(file =>
        file.kind === 'tree'
          ? [{ kind: 'tree' as const, folder: file.folder, from: file.from }]
          : ofText(file.content),
      ),
      ...node.units.flatMap(unit => ofText(unit.content)),
      ...node.manifests.flatMap(manifest => ofText(manifest.content)),
    ]),
  ]
}

function registryTexts({ registry }: Spec): readonly (Text | null)[] {
  const { verify, tls, ca, auth } = registry
  return [verify, tls?.cert ?? null, tls?.key ?? null, ca, auth?.password ?? null]
}

function ofText(text: Text | null): readonly Need[] {
  if (text === null || text.kind === 'inline') return []
  return text.kind === 'file'
    ? [{ kind: 'file', file: text.file, from: text.from }]
    : [{ kind: 'env', name: text.name, from: text.from }]
}
