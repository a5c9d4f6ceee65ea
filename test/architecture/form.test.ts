/** The form of files and code: names, extensions, declarations. The linter covers the rest (biome.json). */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { codeOf, filesBelow, imports, read, root } from '../lib/source-tree.ts'

const sources = filesBelow('src', /\.(ts|mjs)$/)

/** The lines of a file's code, without comments and texts, that match a pattern: `FILE:LINE code`. */
function matches(pattern: RegExp): readonly string[] {
  return sources.flatMap(file =>
    codeOf(read(file))
      .split('\n')
      .flatMap((line, at) => (pattern.test(line) ? [`${file}:${at + 1} ${line.trim()}`] : [])),
  )
}

it('a source file has a name of lower-case words with hyphens', () => {
  const wrong = sources.filter(
    file => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.m?ts$|\.mjs$/.test(basename(file)),
  )
  expect(wrong).toEqual([])
})

it('a relative import names an existing file, with its extension', () => {
  const wrong = imports()
    .filter(({ target }) => target !== null && !existsSync(join(root, target)))
    .map(({ file, specifier }) => `${file}: ${specifier}`)
  expect(wrong).toEqual([])
})

it('src/index.ts is the only file that consists of exports from other files', () => {
  const statement = /^(import|export)\b[^;=(]*?\bfrom\s*''/gm
  const barrels = sources.filter(file => codeOf(read(file)).replaceAll(statement, '').trim() === '')
  expect(barrels).toEqual([])
})

it('no class is declared', () => {
  expect(matches(/\bclass\s+\w|\bclass\s*\{/)).toEqual([])
})

it('no decorator, enum or namespace is declared', () => {
  expect(matches(/^\s*@\w|^\s*(export\s+|declare\s+|const\s+)*(enum|namespace)\s+\w/)).toEqual([])
})

it('no linter rule is switched off in a source file', () => {
  expect(sources.filter(file => /biome-ignore|@ts-/.test(read(file)))).toEqual([])
})
