import fs from 'node:fs'
import { type Extent, type Listing, wholeFile } from './extent.ts'

const maxLinkedFolders = 2
// access(2)'s R_OK.
const mayRead = 4

/** Lists a folder; a link that leads out of it, or round in a circle, leads nowhere. */
export function listFolder(root: string, say: (trouble: string) => void): Listing {
  const base = fs.realpathSync(root)
  const files = new Map<string, Extent>()

  function walk(folder: string, prefix: string, links: number): void {
    for (const name of fs.readdirSync(folder).sort()) {
      const path = prefix + name
      try {
        const straight = `${folder}/${name}`
        const real = fs.realpathSync(straight)
        if (!real.startsWith(`${base}/`)) throw new Error('it leads out of the bundle')
        fs.accessSync(real, mayRead)
        if (!fs.statSync(real).isDirectory()) files.set(path, wholeFile(real))
        else if (real === straight) walk(real, `${path}/`, links)
        else if (links) walk(real, `${path}/`, links - 1)
      } catch (error) {
        say(`${path} is left out: ${(error as Error).message}`)
      }
    }
  }

  walk(base, '', maxLinkedFolders)
  return files
}
