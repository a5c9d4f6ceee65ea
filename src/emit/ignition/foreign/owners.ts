/** Owners of files, directories and links: github.com/coreos/ignition internal/exec/util/file.go. */
import type { PlainMapping } from '../../../codec/plain.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import type { Path } from '../../../report/place.ts'
import { report } from '../../rules.ts'
import { fieldName } from './finding.ts'
import { fieldOf, objectAt, objectsAt, textAt } from './json-values.ts'

/** The owner of a node; the default for what it leaves open, and the owner at its creation. */
export function ownerOf(node: PlainMapping, byDefault = 'root:root', created = byDefault): string {
  const [defaultUser = '', defaultGroup = ''] = byDefault.split(':')
  const [createdUser = '', createdGroup = ''] = created.split(':')
  const user = nameOf(objectAt(node, 'user'), defaultUser, createdUser)
  return `${user}:${nameOf(objectAt(node, 'group'), defaultGroup, createdGroup)}`
}

// lchown takes 32 bits, and changes nothing for an id of which all bits are set.
const unchangedId = 0xffffffff

function nameOf(owner: PlainMapping, byDefault: string, created: string): string {
  const id = fieldOf(owner, 'id')
  if (typeof id !== 'number') return textAt(owner, 'name') || byDefault
  const id32 = Number(BigInt.asUintN(32, BigInt(id)))
  if (id32 === unchangedId) return created
  return id32 === 0 ? 'root' : String(id32)
}

/** One note for each owner that the config does not create: without it Ignition fails. */
export function ownerNotes(config: PlainMapping): readonly Diagnostic[] {
  const passwd = objectAt(config, 'passwd')
  const users = namesAt(passwd, 'users')
  const known = {
    // useradd creates a group with the name of each user.
    user: new Set(['', 'root', ...users]),
    group: new Set(['', 'root', ...users, ...namesAt(passwd, 'groups')]),
  }
  const storage = objectAt(config, 'storage')
  return (['directories', 'files', 'links'] as const).flatMap(list =>
    objectsAt(storage, list).flatMap((node, index) => {
      const path: Path = ['storage', list, index]
      if (fieldOf(node, 'hard') === true) return []
      return (['user', 'group'] as const).flatMap(field => {
        const owner = textAt(objectAt(node, field), 'name') ?? ''
        if (known[field].has(owner)) return []
        known[field].add(owner)
        const args = { where: fieldName(path), owner, tool: 'Ignition' } as const
        return [report('inspect/unknown-owner', [...path, field, 'name'], args)]
      })
    }),
  )
}

function namesAt(passwd: PlainMapping, list: string): readonly string[] {
  return objectsAt(passwd, list)
    .filter(item => fieldOf(item, 'shouldExist') !== false)
    .map(item => textAt(item, 'name') ?? '')
}
