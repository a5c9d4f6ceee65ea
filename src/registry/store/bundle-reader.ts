import type { Log } from '../log.ts'
import type { Name } from '../names.ts'
import type { Extent } from './extent.ts'
import type { Trust } from './signature.ts'

/** A manifest that a bundle lists, with its names in the bundle. */
export interface Root {
  readonly digest: string
  /** An invalid name is undefined. */
  readonly names: readonly (Name | undefined)[]
  /** The path of the image in the bundle, for messages. */
  readonly path: string
  /** Hauler and `cosign save` give the name of an image to its signatures too: `dev.hauler/sigs`. */
  readonly kind: string | undefined
}

/** Collects the images that the readers of the different forms find, in the order of the bundles. */
export interface ImageSink {
  /** Adds a blob by its stated digest, or else by the computed digest, and returns the digest. */
  readonly addBlob: (extent: Extent, statedDigest?: string) => Promise<string>
  /** Blobs are not searched for nested archives. */
  readonly blobExtents: Set<Extent>
  readonly roots: Root[]
  readonly log: Log
}

/** The settings and functions for reading bundles. */
export interface ReadContext extends Trust {
  /** The folder for unpacked copies of .tar.gz archives. */
  readonly storage: string
  readonly log: Log
  /** Removes an unpacked copy that is out of date; a copy that is still served must stay. */
  readonly removeCopy: (path: string) => void
  /** Receives the progress of unpacking an archive: how many of its bytes are unpacked. */
  readonly progress: (doneBytes: number) => void
}
