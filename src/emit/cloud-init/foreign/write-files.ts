/** The effect of write_files: cloudinit/config/cc_write_files.py of 22.4.2. */

import { parseLooseBase64 } from '../../../codec/base64.ts'
import { concatBytes } from '../../../codec/bytes.ts'
import { gunzip } from '../../../codec/gzip.ts'
import { isList, isMapping, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import { decodeLatin1, encodeUtf8 } from '../../../codec/text.ts'
import type { TreeEntry } from '../../../plan/tree.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import { maxBytes } from '../../envelope.ts'
import { absolute, type MachineState, withEntries } from '../../foreign/machine-state.ts'
import { type Cause, report } from '../../rules.ts'

/** The state after one module of cloud-init, with the diagnostics about its part of the config. */
export interface Step {
  readonly state: MachineState
  readonly diagnostics: readonly Diagnostic[]
}

/** Writes the files without `defer`, then those with it. */
export function writeFiles(state: MachineState, list: Yaml11): Step {
  if (!isList(list)) return { state, diagnostics: [stops(0, 'not-a-list')] }
  // Both modules evaluate `'defer' in entry` for every entry first; Python raises a TypeError for
  // numbers and null.
  const firstInvalid = list.findIndex(
    item => !isMapping(item) && !isList(item) && typeof item !== 'string',
  )
  if (firstInvalid >= 0) {
    return { state, diagnostics: [stops(0, 'entry-not-a-mapping', String(firstInvalid))] }
  }
  const direct = writeAll(state, list, entry => !isTrue(entry.get('defer')))
  const mappings = list.map(item => (isMapping(item) ? item : null))
  const deferred = writeAll(direct.state, mappings, entry => isTrue(entry.get('defer')))
  return { state: deferred.state, diagnostics: [...direct.diagnostics, ...deferred.diagnostics] }
}

function writeAll(
  state: MachineState,
  list: readonly Yaml11[],
  isDue: (entry: Yaml11Map) => boolean,
): Step {
  const written = new Map<string, TreeEntry>()
  const diagnostics: Diagnostic[] = []
  for (const [index, entry] of list.entries()) {
    if (entry !== null && !isMapping(entry)) {
      diagnostics.push(stops(index, 'not-a-mapping'))
      break
    }
    if (entry === null || !isDue(entry)) continue
    const path = entry.get('path')
    if (path === undefined || path === null || path === '') {
      diagnostics.push(ignored(index, 'an entry of write_files', 'no-path'))
      continue
    }
    const file = typeof path === 'string' ? fileFrom(entry, absolute(path)) : 'path-not-text'
    if (typeof file === 'string') {
      diagnostics.push(stops(index, file))
      break
    }
    const before = written.get(file.path) ?? state.entries.get(file.path)
    written.set(file.path, applyModeAndAppend(entry, file, before))
    diagnostics.push(...contentWarnings(entry, file.path, before, index))
  }
  return { state: withEntries(state, ...written.values()), diagnostics }
}

function stops(index: number, cause: Cause, detail = ''): Diagnostic {
  const where = `write_files[${index}]`
  return report('inspect/stops', ['write_files', index], { where, cause, detail })
}

function ignored(index: number, what: string, cause: Cause): Diagnostic {
  return report('inspect/ignored', ['write_files', index], { what, cause, detail: '' })
}

type File = Extract<TreeEntry, { kind: 'file' }>

/** The file of an entry, or the reason why cloud-init stops at it. */
function fileFrom(entry: Yaml11Map, path: string): File | Cause {
  const owner = ownerOf(entry.get('owner'))
  if (owner === null) return 'owner-not-text'
  const content = contentOf(entry)
  if (typeof content === 'string') return content
  return { kind: 'file', path, mode: modeOf(entry.get('permissions')), owner, content }
}

/** The file after the earlier content where it is appended, with the mode after chmod and chown. */
function applyModeAndAppend(entry: Yaml11Map, file: File, before: TreeEntry | undefined): File {
  const old = before?.kind === 'file' ? before : null
  const content =
    isTrue(entry.get('append')) && old !== null
      ? concatBytes([old.content, file.content])
      : file.content
  // util.chmod does nothing for mode 0; the chown after it clears setuid, and setgid where the
  // group may execute (tried).
  const requested = file.mode === 0 ? (old?.mode ?? 0o644) : file.mode
  const mode = requested & ~((requested & 0o010) !== 0 ? 0o6000 : 0o4000)
  return { ...file, mode, content }
}

function contentWarnings(
  entry: Yaml11Map,
  path: string,
  before: TreeEntry | undefined,
  index: number,
): readonly Diagnostic[] {
  const unknownContent = (cause: Cause) => [
    report('inspect/unknown-content', ['write_files', index], { path, cause, detail: '' }),
  ]
  if (isMapping(entry.get('source'))) return unknownContent('fetched-since-24.3')
  if (isTrue(entry.get('append')) && before?.kind !== 'file') {
    return unknownContent('appended-to-existing')
  }
  const encoding = entry.get('encoding')
  return typeof encoding === 'string' && decodersOf(encoding) === null
    ? [ignored(index, `the encoding "${encoding}"`, 'unknown-encoding')]
    : []
}

function contentOf(entry: Yaml11Map): Uint8Array | Cause {
  const encoding = entry.get('encoding') ?? null
  if (encoding !== null && typeof encoding !== 'string') return 'encoding-not-text'
  const content = entry.has('content') ? entry.get('content') : ''
  if (typeof content !== 'string' && !(content instanceof Uint8Array)) return 'content-not-text'
  let bytes = typeof content === 'string' ? encodeUtf8(content) : content
  for (const decoder of decodersOf(encoding ?? '') ?? []) {
    const decoded = decoder === 'gzip' ? decompress(bytes) : parseLooseBase64(decodeLatin1(bytes))
    if (decoded === null) return decoder === 'gzip' ? 'bad-gzip' : 'bad-base64'
    bytes = decoded
  }
  return bytes
}

function decompress(bytes: Uint8Array): Uint8Array | null {
  // Python's GzipFile accepts empty input.
  return bytes.length === 0 ? bytes : gunzip(bytes, maxBytes)
}

/** The decoders of an encoding, in order; null for an unknown encoding, which cloud-init treats as plain text. */
function decodersOf(encoding: string): readonly ('base64' | 'gzip')[] | null {
  const name = encoding.toLowerCase().trim()
  if (name === '' || name === 'text/plain') return []
  if (/^(gz|gzip)$/.test(name)) return ['gzip']
  if (/^(b64|base64)$/.test(name)) return ['base64']
  return /^(gz|gzip)\+(b64|base64)$/.test(name) ? ['base64', 'gzip'] : null
}

/** `user:group`; a missing part is root. */
function ownerOf(value: Yaml11 | undefined): string | null {
  if (value === undefined || value === null || value === '') return 'root:root'
  if (typeof value !== 'string') return null
  const [user = '', group = ''] = value.split(/:(.*)/s).map(part => part.trim())
  const nameOf = (part: string) => (/^(-1|none|)$/i.test(part) ? 'root' : part)
  return `${nameOf(user)}:${nameOf(group)}`
}

/** A number is the mode itself, text is octal, any other value means 0644. */
function modeOf(value: Yaml11 | undefined): number {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) & 0o7777 : 0o644
  if (value === true) return 1
  if (value === false) return 0
  const digits = /^\s*\+?(?:0[oO]_?)?([0-7]+(?:_[0-7]+)*)\s*$/.exec(
    typeof value === 'string' ? value : '',
  )
  return digits === null
    ? 0o644
    : Number.parseInt((digits[1] as string).replaceAll('_', ''), 8) & 0o7777
}

/** Python's util.is_true. */
function isTrue(value: Yaml11 | undefined): boolean {
  return value === true || /^(true|1|on|yes)$/.test(String(value).toLowerCase().trim())
}
