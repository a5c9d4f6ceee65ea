import fs from 'node:fs'
import { type Extent, fileExtent, type Listing } from './extent.ts'

/** Whether the path is that of a folder; throws an error if it does not exist. */
export function isFolder(path: string): boolean {
  return fs.statSync(path).isDirectory()
}

/** Lists the files of a folder, without linked folders in linked folders; a link out of it is reported. */
export function listFolder(root: string, report: (problem: string) => void): Listing {
  const base = fs.realpathSync(root)
  const files = new Map<string, Extent>()

  function walk(folder: string, prefix: string, isLinked: boolean): void {
    for (const name of fs.readdirSync(folder).sort()) {
      const path = prefix + name
      try {
        const entry = `${folder}/${name}`
        const isLink = fs.lstatSync(entry).isSymbolicLink()
        const target = isLink ? fs.realpathSync(entry) : entry
        if (!`${target}/`.startsWith(`${base}/`)) throw new Error('a link out of the bundle')
        fs.accessSync(target, fs.constants.R_OK)
        if (!isFolder(target)) files.set(path, fileExtent(target))
        else if (!isLink || !isLinked) walk(target, `${path}/`, isLink || isLinked)
      } catch (error) {
        report(`${path} is not served: ${(error as Error).message}`)
      }
    }
  }

  walk(base, '', false)
  return files
}
