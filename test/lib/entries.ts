/** The files of a folder of this machine as files of a box or node. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { BoxEntry } from './box.ts'

/** All files below a folder, at the same places below a directory of the node. */
export function entriesBelow(folder: string, directory: string): readonly BoxEntry[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => {
      const file = join(entry.parentPath, entry.name)
      return { path: `${directory}/${relative(folder, file)}`, content: readFileSync(file) }
    })
}
