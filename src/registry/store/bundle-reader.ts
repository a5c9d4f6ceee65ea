import type { Name } from '../names.ts'
import type { Extent } from './extent.ts'
import type { Trust } from './signature.ts'

/** A manifest that a bundle offers by itself, and the names that it gives it. */
export interface Root {
  readonly digest: string
  readonly type?: string | undefined
  readonly names: readonly (Name | undefined)[]
  readonly from: string
  /** The layout's index.json that lists it, or that lies beside. */
  readonly index?: Extent | undefined
  /** Its manifest was made here: a name that a layout in the same place gives stays with that. */
  readonly made?: boolean
}

/** Takes what the readers of the several forms find; the order of calls is the order of bundles. */
export interface Finder {
  /** Takes a content by the digest that is stated for it, or else by its own, and gives that. */
  readonly blob: (extent: Extent, stated?: string) => Promise<string>
  /** What was taken: nothing of it is looked into as an archive. */
  readonly taken: Set<Extent>
  readonly roots: Root[]
  readonly say: (text: string, level?: 'info') => void
}

/** What reading a bundle needs beside its path. */
export interface Reading extends Finder, Trust {
  readonly storage: string
  /** Removes an unpacked copy that has a successor; what is still served must outlive this reading. */
  readonly drop: (path: string) => void
}
