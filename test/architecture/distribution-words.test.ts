/** The name of a distribution is in its own folders only, so that a new distribution changes no other file. */
import { expect, it } from 'vitest'
import { distros } from '../../src/distro/distros.ts'
import { filesBelow, read } from '../lib/source-tree.ts'

// Names of units, paths and flags contain the name: k0scontroller.service, /etc/k0s, --k0s-version.
// Addons are fields of the spec, which its schema documents; their names are not listed here.
const known = ['k0s', 'k3s', 'rancher']
const ofTable = distros.map(({ name }) => name)
// containerd is a program of several distributions.
const names = [...new Set([...known, ...ofTable])].filter(name => name !== 'containerd')
const anyName = new RegExp(names.join('|'), 'i')

const table = 'src/distro/distros.ts'
const schema = 'src/model/v1.schema.json'

it('the name of a distribution is only in its folders, its row and its value of the schema', () => {
  const own = distros.flatMap(({ name }) => [`src/distro/${name}/`, `templates/${name}/`])
  const files = [...filesBelow('src', /./), ...filesBelow('templates', /\.hbs$/)]
  const found = files
    .filter(file => !own.some(folder => file.startsWith(folder)))
    .filter(file => !read(file).includes('Generated from v1.schema.json'))
    .flatMap(file =>
      linesOf(file)
        .filter(line => anyName.test(line))
        .map(line => `${file}: ${line.trim()}`),
    )
  expect(found).toEqual([])
})

/** The lines of a file without its row of the table or its value of the schema's list. */
function linesOf(file: string): readonly string[] {
  const lines = read(file).split('\n')
  if (file === table) return lines.filter(line => !isRow(line))
  if (file !== schema) return lines
  // The list of names, with the default and the example that each field of the schema has.
  return lines.filter(line => !line.startsWith('    "distroName": {'))
}

function isRow(line: string): boolean {
  return /^import \{ (\w+) \} from '\.\/\1\/\1\.ts'$|^export const distros\b/.test(line)
}
