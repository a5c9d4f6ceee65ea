/** The images and bundles that most tests of the registry use. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { image, layout, type Named, type Tree, treeTar, writeTree } from './image.ts'
import { tempFolder } from './program.ts'

/** An image. */
export const app = image('app')
/** Another image. */
export const tool = image('tool')

/** A bundle; each call writes it to a new folder and gives the path. */
export interface Bundle {
  readonly asFolder: () => string
  readonly asTar: (name?: string) => string
  readonly asTarGz: (name?: string) => string
}

/** Makes a bundle of a tree of files, or of the images of an OCI layout. */
export function aBundle(content: Tree | readonly Named[]): Bundle {
  const tree = content instanceof Map ? content : layout(content as readonly Named[])
  return {
    asFolder: () => writeTree(mkdtempSync(join(tempFolder, 'bundle-')), tree),
    asTar: (name = 'bundle.tar') => bundleFile(name, treeTar(tree)),
    asTarGz: (name = 'bundle.tar.gz') => bundleFile(name, gzipSync(treeTar(tree))),
  }
}

/** Writes a file to a new folder and gives its path. */
export function bundleFile(name: string, bytes: Buffer): string {
  const path = join(mkdtempSync(join(tempFolder, 'bundle-')), name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
  return path
}
