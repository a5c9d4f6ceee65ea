/**
 * Ignition's checks of files, directories and links: github.com/coreos/ignition
 * config/v3_6/types/{node,path,mode,file,storage,config}.go and their earlier versions.
 */
import type { Plain, PlainMapping } from '../../../codec/plain.ts'
import { unitDirectory } from '../../../plan/tree.ts'
import type { Path } from '../../../report/place.ts'
import { absolute } from '../../foreign/machine-state.ts'
import { type Finding, refusal, warning } from './finding.ts'
import { fieldOf, objectAt, objectsAt, textAt } from './json-values.ts'

const maxMode = 0o7777
const specialBits = 0o7000

/** The problem of an absolute path in its shortest form, or none. */
export function checkPath(value: Plain | undefined, path: Path): readonly Finding[] {
  const text = typeof value === 'string' ? value : ''
  if (text === '') return [refusal(path, 'path-missing')]
  if (!text.startsWith('/')) return [refusal(path, 'path-relative', text)]
  return absolute(text) === text ? [] : [refusal(path, 'path-unclean', absolute(text))]
}

/** Checks what files, directories and links have in common. */
export function checkNode(node: PlainMapping, path: Path): readonly Finding[] {
  return checkPath(fieldOf(node, 'path'), [...path, 'path'])
}

/** Checks a directory. */
export function checkDirectory(
  directory: PlainMapping,
  path: Path,
  minor: number,
): readonly Finding[] {
  return [...checkNode(directory, path), ...checkMode(directory, path, minor)]
}

/** Checks a file. */
export function checkFile(file: PlainMapping, path: Path, minor: number): readonly Finding[] {
  const overwrites = fieldOf(file, 'overwrite') === true
  const hasSource = textAt(objectAt(file, 'contents'), 'source') !== null
  return [
    ...checkDirectory(file, path, minor),
    ...(overwrites && !hasSource
      ? [refusal([...path, 'overwrite'], 'overwrite-without-source')]
      : []),
  ]
}

function checkMode(node: PlainMapping, path: Path, minor: number): readonly Finding[] {
  const mode = fieldOf(node, 'mode')
  if (typeof mode !== 'number') return []
  const modePath = [...path, 'mode']
  if (mode < 0 || mode > maxMode) return [refusal(modePath, 'mode-out-of-range', String(mode))]
  return minor < 6 && (mode & specialBits) !== 0
    ? [warning(modePath, 'mode-special-bits', `${mode} is ${mode.toString(8)}`)]
    : []
}

/** Checks the user or the group of a node. */
export function checkOwner(owner: PlainMapping, path: Path): readonly Finding[] {
  const hasBoth = typeof fieldOf(owner, 'id') === 'number' && (textAt(owner, 'name') ?? '') !== ''
  return hasBoth ? [refusal(path, 'id-and-name')] : []
}

/** Checks the nodes of `storage` against each other. */
export function checkStorageNodes(
  storage: PlainMapping,
  path: Path,
  minor: number,
): readonly Finding[] {
  const links = objectsAt(storage, 'links')
  const linkPaths = new Set(links.map(pathOf))
  const belowLinks = (['directories', 'files', 'links'] as const).flatMap(list =>
    objectsAt(storage, list).flatMap((node, index) => {
      const link = parentIn(linkPaths, pathOf(node))
      return link === undefined ? [] : [refusal([...path, list, index], 'below-link', link)]
    }),
  )
  const directories = new Set(objectsAt(storage, 'directories').map(pathOf))
  const ofLinks = links.flatMap((link, index) =>
    checkLink(link, [...path, 'links', index], directories, minor),
  )
  return [...belowLinks, ...ofLinks]
}

function pathOf(node: PlainMapping): string {
  return textAt(node, 'path') ?? ''
}

/** The first of the paths that a path is below, compared as texts. */
function parentIn(paths: ReadonlySet<string>, path: string): string | undefined {
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const parent = path.slice(0, slash)
    if (paths.has(parent)) return parent
  }
  return undefined
}

function checkLink(
  link: PlainMapping,
  path: Path,
  directories: ReadonlySet<string>,
  minor: number,
): readonly Finding[] {
  const target = textAt(link, 'target') ?? ''
  if (target === '' && minor >= 3) return [refusal([...path, 'target'], 'target-missing')]
  if (fieldOf(link, 'hard') !== true) return []
  const isAbsolute = target.startsWith('/')
  const targetPath = isAbsolute ? absolute(target) : absolute(`${pathOf(link)}/${target}`)
  const owners = (['user', 'group'] as const).flatMap(owner =>
    (['id', 'name'] as const).flatMap(field => {
      const value = fieldOf(objectAt(link, owner), field) ?? null
      return value === null ? [] : [warning([...path, owner, field], 'hard-link-owner')]
    }),
  )
  return directories.has(targetPath)
    ? [refusal(path, 'hard-link-to-directory', targetPath), ...owners]
    : owners
}

// Ignition 2.15 and later refuse this in every version of the specification; 2.14 writes both.
/** Checks that no node has the path of a unit or drop-in. */
export function checkUnitPaths(config: PlainMapping): readonly Finding[] {
  const unitPaths = new Set(objectsAt(objectAt(config, 'systemd'), 'units').flatMap(pathsOfUnit))
  const storage = objectAt(config, 'storage')
  return (['files', 'directories', 'links'] as const).flatMap(list =>
    objectsAt(storage, list).flatMap((node, index) =>
      unitPaths.has(pathOf(node))
        ? [refusal(['storage', list, index, 'path'], 'path-of-unit', pathOf(node))]
        : [],
    ),
  )
}

function pathsOfUnit(unit: PlainMapping): readonly string[] {
  const path = `${unitDirectory}/${textAt(unit, 'name') ?? ''}`
  const dropIns = objectsAt(unit, 'dropins').filter(hasContents)
  return [
    ...(hasContents(unit) ? [path] : []),
    ...dropIns.map(dropIn => `${path}.d/${textAt(dropIn, 'name') ?? ''}`),
  ]
}

function hasContents(item: PlainMapping): boolean {
  return (textAt(item, 'contents') ?? '') !== ''
}
