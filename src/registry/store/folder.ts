import fs from 'node:fs'
import { type Extent, fileExtent, type Listing } from './extent.ts'

const maxLinkedFolders = 2

/** Whether the path is that of a folder; throws an error if it does not exist. */
export function isFolder(path: string): boolean {
  return fs.statSync(path).isDirectory()
}

/** Lists the files of a folder; a link out of the folder is reported, and loops of links are limited. */
export function listFolder(root: string, report: (problem: string) => void): Listing {
  const base = fs.realpathSync(root)
  const files = new Map<string, Extent>()

  function walk(folder: string, prefix: string, linksLeft: number): void {
    for (const name of fs.readdirSync(folder).sort()) {
      const path = prefix + name
      try {
        const entry = `${folder}/${name}`
        const target = fs.realpathSync(entry)
        if (!target.startsWith(`${base}/`)) throw new Error('the link leads out of the bundle')
        fs.accessSync(target, fs.constants.R_OK)
        if (!isFolder(target)) files.set(path, fileExtent(target))
        else if (target === entry) walk(target, `${path}/`, linksLeft)
        else if (linksLeft > 0) walk(target, `${path}/`, linksLeft - 1)
      } catch (error) {
        report(`${path} is skipped: ${(error as Error).message}`)
      }
    }
  }

  walk(base, '', maxLinkedFolders)
  return files
}
