/** The source files for the architecture tests: paths, texts, imports. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's root. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** One import of one file. */
export interface Import {
  readonly file: string
  /** As written. */
  readonly specifier: string
  /** The path from the root of an imported file of this project, without a query; otherwise null. */
  readonly target: string | null
  /** Only types are imported. */
  readonly typeOnly: boolean
}

/** All files below a folder whose name matches, as paths from the root. */
export function filesBelow(folder: string, name: RegExp): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && name.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}

/** The text of a file. */
export function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

const importPattern =
  /(?:^|[;\n])\s*((?:import|export)\b[^'"`;]*?)\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)import\s+['"]([^'"]+)['"]/g

/** Every import of every source file. */
export function imports(): readonly Import[] {
  return filesBelow('src', /\.(ts|mjs)$/).flatMap(file =>
    [...read(file).matchAll(importPattern)].map(([, clause = '', from, dynamic, bare]) => {
      const specifier = from ?? dynamic ?? bare ?? ''
      const path = specifier.replace(/\?.*$/, '')
      return {
        file,
        specifier,
        target: path.startsWith('.') ? relative(root, join(root, dirname(file), path)) : null,
        typeOnly: isTypeOnly(clause),
      }
    }),
  )
}

/** `import type { A }`, or a list in which every name is marked `type`. */
function isTypeOnly(clause: string): boolean {
  if (/^(?:import|export)\s+type\b/.test(clause)) return true
  const names = /\{([^}]*)\}/
    .exec(clause)?.[1]
    ?.split(',')
    .map(name => name.trim())
  return names?.filter(name => name !== '').every(name => name.startsWith('type ')) ?? false
}

/** A source without its comments and texts; every line keeps its number. */
export function codeOf(text: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g
  return text.replaceAll(
    token,
    found => (found.startsWith('/') ? '' : "''") + found.replaceAll(/[^\n]/g, ''),
  )
}
