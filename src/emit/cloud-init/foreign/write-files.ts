/** The effect of write_files: cloudinit/config/cc_write_files.py of 22.4.2. */
import { isList, isMapping, isSet, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import { parentsOf } from '../../../plan/path.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import type { Unmodelled } from '../../emitter.ts'
import { type MachineState, withEntries } from '../../foreign/machine-state.ts'
import { type Cause, report } from '../../rules.ts'
import {
  decodeEntry,
  decodersOf,
  type FileEntry,
  isFalsy,
  isTrue,
  type Problem,
  problem,
} from './file-entry.ts'
import { isUnknown } from './unknown.ts'
import { type Accounts, systemAccounts } from './users.ts'
import {
  addUnknown,
  chown,
  type Disk,
  emptyDisk,
  type Item,
  knownFiles,
  leaveOut,
  obstacleAt,
  withoutContent,
  writeFile,
} from './written-files.ts'

/** The state after one module of cloud-init, with the diagnostics about its part of the config. */
export interface Step {
  readonly state: MachineState
  readonly diagnostics: readonly Diagnostic[]
  /** Parts that a warning names as unknown. */
  readonly unknown: readonly Unmodelled[]
}

/** Writes the files without `defer`, then those with it; `accounts` exist for the second. */
export function writeFiles(
  state: MachineState,
  list: Yaml11,
  accounts: Accounts,
): Step & Pick<Disk, 'modes'> {
  const disk = emptyDisk()
  const diagnostics = writeDue(disk, list, accounts)
  return {
    state: withEntries(state, ...knownFiles(disk)),
    diagnostics,
    unknown: [...disk.unknown.values()],
    modes: disk.modes,
  }
}

function writeDue(disk: Disk, list: Yaml11, accounts: Accounts): readonly Diagnostic[] {
  if (isUnknown(list) && !isList(list)) return [addUnknown(disk, list, null)]
  // Python iterates over the characters of a text, and over the keys of a mapping.
  if (!isList(list)) {
    const isEmpty = isFalsy(list) && (typeof list === 'string' || isMapping(list) || isSet(list))
    return isEmpty ? [] : [stops(0, problem('not-a-list'))]
  }
  // Both modules first evaluate `defer` for every entry.
  const firstInvalid = list.findIndex(item => deferOf(item) === null)
  if (firstInvalid >= 0) return [stops(0, problem('entry-not-a-mapping', String(firstInvalid)))]
  return [false, true].flatMap(isDeferred => writeAll(disk, list, { isDeferred, accounts }))
}

/** Whether an entry is deferred; null where Python raises a TypeError. */
function deferOf(item: Yaml11): boolean | null {
  if (isMapping(item)) return isTrue(item.get('defer'))
  if (typeof item === 'string') return item.includes('defer') && !isUnknown(item) ? null : false
  if (isSet(item)) return item.set.includes('defer') ? null : false
  return isList(item) && !item.includes('defer') ? false : null
}

interface Pass {
  readonly isDeferred: boolean
  /** The accounts that exist from the creation of users on, which is before the deferred files. */
  readonly accounts: Accounts
}

interface Written {
  readonly stops: boolean
  readonly diagnostics: readonly Diagnostic[]
}

function writeAll(disk: Disk, list: readonly Yaml11[], pass: Pass): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  for (const [index, item] of list.entries()) {
    if (deferOf(item) !== pass.isDeferred) continue
    const written = writeEntry(disk, item, index, pass)
    diagnostics.push(...written.diagnostics)
    if (written.stops) break
  }
  return diagnostics
}

function writeEntry(disk: Disk, written: Yaml11, index: number, pass: Pass): Written {
  const known = isUnknown(written) ? withoutContent(written) : written
  if (isUnknown(known)) return continues([addUnknown(disk, written, index)])
  if (!isMapping(known) || !isMapping(written)) return stopsAt(index, problem('not-a-mapping'))
  if (isFalsy(known.get('path'))) {
    return continues([ignored(index, 'an entry of write_files', 'no-path')])
  }
  const entry = decodeEntry(known)
  if ('cause' in entry) return stopsAt(index, entry)
  const obstacle = obstacleAt(disk, entry.path)
  if (obstacle !== null) return stopsAt(index, obstacle)
  return writeDecoded(disk, { entry, written, index }, pass)
}

function writeDecoded(disk: Disk, item: Item, pass: Pass): Written {
  const { entry, written, index } = item
  const isNewFolder = !disk.directories.has(parentsOf(entry.path).at(-1) ?? '/')
  const notes = [...writeFile(disk, item), ...encodingNote(written, index)]
  if (entry.mode === null) return stopsAt(index, problem('mode-too-large'), notes)
  const owner = ownerProblem(entry, pass)
  if (owner !== null) {
    return stopsAt(index, owner, [...notes, ...(isNewFolder ? newFolderNote(disk, item) : [])])
  }
  chown(disk, entry)
  return continues([...notes, ...ownerNote(entry, pass, index)])
}

function continues(diagnostics: readonly Diagnostic[]): Written {
  return { stops: false, diagnostics }
}

function stopsAt(index: number, problem: Problem, before: readonly Diagnostic[] = []): Written {
  return { stops: true, diagnostics: [...before, stops(index, problem)] }
}

function stops(index: number, { cause, detail }: Problem): Diagnostic {
  const where = `write_files[${index}]`
  return report('inspect/stops', ['write_files', index], { where, cause, detail })
}

function ignored(index: number, what: string, cause: Cause): Diagnostic {
  return report('inspect/ignored', ['write_files', index], { what, cause, detail: '' })
}

function encodingNote(item: Yaml11Map, index: number): readonly Diagnostic[] {
  const encoding = item.get('encoding')
  return typeof encoding === 'string' && decodersOf(encoding) === null
    ? [ignored(index, `the encoding "${encoding}"`, 'unknown-encoding')]
    : []
}

/** Since 23.1 cloud-init changes the owner of new folders first, and fails before it writes the file. */
function newFolderNote(disk: Disk, item: Item): readonly Diagnostic[] {
  leaveOut(disk, item)
  const args = { what: item.entry.path, before: 'written', after: 'not written', since: '23.1' }
  return [report('inspect/version-dependent', ['write_files', item.index], args)]
}

/** A user or group that does not exist, which stops cloud-init. */
function ownerProblem({ user, group }: FileEntry, { isDeferred, accounts }: Pass): Problem | null {
  const missing = (name: string | null, names: ReadonlySet<string>): Problem | null => {
    if (name === null || name === 'root' || (isDeferred && names.has(name))) return null
    if (names.has(name) && !systemAccounts.has(name)) return problem('owner-not-yet', name)
    return /^[0-9]+$/.test(name) ? problem('owner-is-number', name) : null
  }
  return missing(user, accounts.users) ?? missing(group, accounts.groups)
}

/** The image decides whether an owner exists that neither the config creates nor every image has. */
function ownerNote(
  { user, group }: FileEntry,
  { isDeferred, accounts }: Pass,
  index: number,
): readonly Diagnostic[] {
  const isKnown = (name: string | null, names: ReadonlySet<string>) =>
    name === null || name === 'root' || (isDeferred && names.has(name))
  if (isKnown(user, accounts.users) && isKnown(group, accounts.groups)) return []
  const owner = [user ?? '', ...(group === null ? [] : [group])].join(':')
  const where = `write_files[${index}]`
  return [
    report('inspect/unknown-owner', ['write_files', index], { where, owner, tool: 'cloud-init' }),
  ]
}
