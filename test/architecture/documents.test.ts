/** The files, folders, scripts and links that the documents name exist. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { read, root } from '../lib/source-tree.ts'

const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
const { scripts } = JSON.parse(read('package.json'))

it.each(documents)('%s names files and folders that exist', document => {
  const paths = [...read(document).matchAll(/`((?:src|test|templates|\.ci)\/[^`\s]*)`/g)]
    .map(([, path = '']) => path)
    // The name in angle brackets is of a file that the reader writes.
    .filter(path => !path.includes('<'))
  expect(paths.filter(path => !existsSync(join(root, path)))).toEqual([])
})

it.each(documents)('%s links to files that exist', document => {
  const targets = [...read(document).matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target)
  expect(targets.filter(target => !existsSync(join(root, target)))).toEqual([])
})

it.each(documents)('%s calls scripts of package.json', document => {
  const called = [...read(document).matchAll(/(?:^|`)npm (?:-s |run )*([a-z:]+)/gm)]
  const names = called.map(([, name = '']) => name)
  expect(names.filter(name => !Object.hasOwn(scripts, name))).toEqual([])
})
