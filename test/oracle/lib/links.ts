/** Symbolic links that a tool has made. */
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** The links below a folder, `path -> target`, sorted. */
export function linksBelow(place: string): readonly string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isSymbolicLink())
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => `${path.slice(place.length)} -> ${readlinkSync(path)}`)
    .sort()
}
