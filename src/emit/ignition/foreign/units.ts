/**
 * The units and drop-ins that Ignition writes: github.com/coreos/ignition
 * internal/exec/stages/files/units.go and internal/exec/util/unit.go.
 */
import type { PlainMapping } from '../../../codec/plain.ts'
import { encodeUtf8 } from '../../../codec/text.ts'
import { unitDirectory } from '../../../plan/tree.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import type { Path } from '../../../report/place.ts'
import { absolute } from '../../foreign/machine-state.ts'
import { report } from '../../rules.ts'
import { failsAt } from './finding.ts'
import { fieldOf, objectsAt, textAt } from './json-values.ts'
import {
  type Obstacle,
  obstacleAt,
  removeAll,
  resolvePath,
  type Sysroot,
  writeEntry,
} from './sysroot.ts'

const presetPath = '/etc/systemd/system-preset/20-ignition.preset'

/** Writes the units of `systemd` in their order: the drop-ins, the unit, then its mask. */
export function writeUnits(systemd: PlainMapping, sysroot: Sysroot): readonly Diagnostic[] {
  const units = objectsAt(systemd, 'units')
  const written = units.flatMap((unit, index) =>
    writeUnit(unit, ['systemd', 'units', index], sysroot),
  )
  return [...written, ...appendToPreset(units, sysroot)]
}

/** Ignition lists enabled and disabled units in a preset file, which the tree has as enabled units. */
function appendToPreset(units: readonly PlainMapping[], sysroot: Sysroot): readonly Diagnostic[] {
  const path = ['systemd', 'units']
  const isEnabled = units.some(unit => fieldOf(unit, 'enabled') === true)
  const problems = isEnabled ? writeAt(sysroot, presetPath, path, obstacleAt) : []
  if (problems.length > 0) return problems
  // Whether a line for a disabled unit is written depends on the machine.
  const isWritten = isEnabled || units.some(unit => fieldOf(unit, 'enabled') === false)
  const args = { path: presetPath, cause: 'appended-by-ignition', detail: '' } as const
  return isWritten && sysroot.entries.has(presetPath)
    ? [report('inspect/unknown-content', path, args)]
    : []
}

/** Unlike a unit, a drop-in is also written where its contents are empty. */
function writeUnit(unit: PlainMapping, path: Path, sysroot: Sysroot): readonly Diagnostic[] {
  const name = textAt(unit, 'name') ?? ''
  const directory = absolute(`${unitDirectory}/${name}.d`)
  const dropIns = objectsAt(unit, 'dropins').flatMap((dropIn, index) => {
    const contents = textAt(dropIn, 'contents')
    const filePath = `${directory}/${textAt(dropIn, 'name') ?? ''}`
    return contents === null
      ? []
      : writeAt(sysroot, filePath, [...path, 'dropins', index], fileWith(contents))
  })
  const contents = textAt(unit, 'contents') ?? ''
  const filePath = `${unitDirectory}/${name}`
  const mask = fieldOf(unit, 'mask')
  return [
    ...dropIns,
    ...(contents === '' ? [] : writeAt(sysroot, filePath, path, fileWith(contents))),
    ...(mask === true ? writeAt(sysroot, filePath, path, maskAt) : []),
    ...(mask === false ? writeAt(sysroot, filePath, path, unmaskAt) : []),
  ]
}

/** A change at a path without links. */
type Change = (sysroot: Sysroot, path: string) => Obstacle | null

/** Makes a change at the path that a path leads to over the links of the config. */
function writeAt(
  sysroot: Sysroot,
  filePath: string,
  path: Path,
  change: Change,
): readonly Diagnostic[] {
  const resolved = resolvePath(sysroot, filePath)
  if (resolved.kind === 'unknown') {
    const args = { path: absolute(filePath), cause: 'through-links', detail: '' } as const
    return [report('inspect/unknown-content', path, args)]
  }
  const obstacle = resolved.kind === 'obstacle' ? resolved.obstacle : change(sysroot, resolved.path)
  return obstacle === null ? [] : [failsAt(path, obstacle.cause, obstacle.detail)]
}

function fileWith(contents: string): Change {
  const content = encodeUtf8(contents)
  return (sysroot, path) =>
    writeEntry(sysroot, path, group => {
      const owner = `root:${group ?? 'root'}`
      return { kind: 'file', path, mode: 0o644, owner, content }
    })
}

const nowhere = '/dev/null'

/** A mask replaces whatever is at the path of the unit. */
function maskAt(sysroot: Sysroot, path: string): Obstacle | null {
  const obstacle = obstacleAt(sysroot, path)
  if (obstacle !== null) return obstacle
  removeAll(sysroot, path)
  return writeEntry(sysroot, path, group => {
    const owner = `root:${group ?? 'root'}`
    return { kind: 'link', path, mode: 0o777, owner, target: nowhere }
  })
}

/** Removing a mask removes a link to /dev/null, and nothing else. */
function unmaskAt(sysroot: Sysroot, path: string): Obstacle | null {
  const entry = sysroot.entries.get(path)
  if (entry?.kind === 'link' && entry.target === nowhere) removeAll(sysroot, path)
  return obstacleAt(sysroot, path)
}
