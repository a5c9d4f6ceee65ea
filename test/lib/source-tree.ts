/** The sources as the architecture tests read them: files, imports, code without comments. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's root. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** One import of one file: as written, and as a path from the root where it is ours. */
export interface Import {
  readonly file: string
  readonly specifier: string
  readonly target: string | null
}

/** All files below a folder whose name matches, as paths from the root. */
export function filesBelow(folder: string, name: RegExp): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && name.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}

/** A file's text. */
export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** Every import of every source file. */
export function imports(): readonly Import[] {
  return filesBelow('src', /\.(ts|mjs)$/).flatMap(file =>
    [
      ...read(file).matchAll(
        /(?:^|[;\n])\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)import\s+['"]([^'"]+)['"]/g,
      ),
    ].map(([, from, dynamic, bare]) => {
      const specifier = from ?? dynamic ?? bare ?? ''
      const path = specifier.replace(/\?.*$/, '')
      return {
        file,
        specifier,
        target: path.startsWith('.') ? relative(root, join(root, dirname(file), path)) : null,
      }
    }),
  )
}

/** A source without its comments and texts; every line keeps its number. */
export function codeOf(text: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g
  return text.replaceAll(
    token,
    found => (found.startsWith('/') ? '' : "''") + found.replaceAll(/[^\n]/g, ''),
  )
}
