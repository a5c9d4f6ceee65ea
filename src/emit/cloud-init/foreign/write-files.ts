/** What write_files leaves on a machine: cloudinit/config/cc_write_files.py of 22.4.2. */

import { parseLooseBase64 } from '../../../codec/base64.ts'
import { gunzip } from '../../../codec/gzip.ts'
import { isList, isMapping, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import { decodeLatin1, encodeUtf8 } from '../../../codec/text.ts'
import type { TreeEntry } from '../../../plan/tree.ts'
import type { Diagnostic } from '../../../report/diagnostic.ts'
import { maxBytes } from '../../envelope.ts'
import { absolute, type Machine, place } from '../../foreign/machine-state.ts'
import { report } from '../../rules.ts'

/** A machine after a step, and what is worth saying about it. */
export interface Step {
  readonly machine: Machine
  readonly diagnostics: readonly Diagnostic[]
}

/** Writes the files that are not deferred, then those that are. */
export function writeFiles(machine: Machine, list: Yaml11): Step {
  if (list === null || !isList(list)) {
    return { machine, diagnostics: [stops(0, 'write_files is no list')] }
  }
  // Both modules ask `'defer' in entry` of every entry first, which numbers and nulls do not bear.
  const deaf = list.findIndex(item => !isMapping(item) && !isList(item) && typeof item !== 'string')
  if (deaf >= 0) return { machine, diagnostics: [stops(0, `entry ${deaf} is no mapping`)] }
  const now = writeAll(machine, list, entry => !isTrue(entry.get('defer')))
  const mappings = list.map(item => (isMapping(item) ? item : null))
  const later = writeAll(now.machine, mappings, entry => isTrue(entry.get('defer')))
  return {
    machine: later.machine,
    diagnostics: [...now.diagnostics, ...later.diagnostics],
  }
}

function writeAll(
  machine: Machine,
  list: readonly Yaml11[],
  due: (entry: Yaml11Map) => boolean,
): Step {
  const written = new Map<string, TreeEntry>()
  const diagnostics: Diagnostic[] = []
  for (const [at, entry] of list.entries()) {
    if (entry !== null && !isMapping(entry)) {
      diagnostics.push(stops(at, 'it is no mapping'))
      break
    }
    if (entry === null || !due(entry)) continue
    const path = entry.get('path')
    if (path === undefined || path === null || path === '') {
      diagnostics.push(
        report('inspect/ignored', ['write_files', at], {
          what: 'an entry of write_files',
          why: 'it has no path',
        }),
      )
      continue
    }
    const file = typeof path === 'string' ? fileFrom(entry, absolute(path)) : 'its path is no text'
    if (typeof file === 'string') {
      diagnostics.push(stops(at, file))
      break
    }
    const before = written.get(file.path) ?? machine.entries.get(file.path)
    written.set(file.path, settled(entry, file, before))
    diagnostics.push(...doubts(entry, file.path, before, at))
  }
  return { machine: place(machine, ...written.values()), diagnostics }
}

function stops(at: number, why: string): Diagnostic {
  return report('inspect/stops', ['write_files', at], { where: `write_files[${at}]`, why })
}

type File = Extract<TreeEntry, { kind: 'file' }>

/** The file as the entry asks for it, or why cloud-init stops there. */
function fileFrom(entry: Yaml11Map, path: string): File | string {
  const owner = ownerOf(entry.get('owner'))
  if (owner === null) return 'its owner is no text'
  const content = contentOf(entry)
  if (typeof content === 'string') return content
  return { kind: 'file', path, mode: modeOf(entry.get('permissions')), owner, content }
}

/** The file as it ends up: appended to, and with what cloud-init's chmod and chown leave. */
function settled(entry: Yaml11Map, file: File, before: TreeEntry | undefined): File {
  const old = before?.kind === 'file' ? before : null
  const content =
    isTrue(entry.get('append')) && old !== null
      ? Uint8Array.from([...old.content, ...file.content])
      : file.content
  // util.chmod does nothing for mode 0; the chown after it clears setuid, and setgid where the
  // group may execute (tried).
  const asked = file.mode === 0 ? (old?.mode ?? 0o644) : file.mode
  const mode = asked & ~((asked & 0o010) !== 0 ? 0o6000 : 0o4000)
  return { ...file, mode, content }
}

function doubts(
  entry: Yaml11Map,
  path: string,
  before: TreeEntry | undefined,
  at: number,
): readonly Diagnostic[] {
  const place = ['write_files', at]
  if (isMapping(entry.get('source'))) {
    const why = 'cloud-init fetches it since 24.3 and leaves it out before'
    return [report('inspect/unknown-content', place, { path, why })]
  }
  if (isTrue(entry.get('append')) && before?.kind !== 'file') {
    return [report('inspect/unknown-content', place, { path, why: 'it is added to what is there' })]
  }
  const encoding = entry.get('encoding')
  return typeof encoding === 'string' && stepsOf(encoding) === null
    ? [
        report('inspect/ignored', place, {
          what: `the encoding "${encoding}"`,
          why: 'it knows no such encoding',
        }),
      ]
    : []
}

function contentOf(entry: Yaml11Map): Uint8Array | string {
  const encoding = entry.get('encoding') ?? null
  if (encoding !== null && typeof encoding !== 'string') return 'its encoding is no text'
  const content = entry.has('content') ? entry.get('content') : ''
  if (typeof content !== 'string' && !(content instanceof Uint8Array)) {
    return 'its content is neither text nor binary'
  }
  let bytes = typeof content === 'string' ? encodeUtf8(content) : content
  for (const step of stepsOf(encoding ?? '') ?? []) {
    const next = step === 'gzip' ? unzipped(bytes) : parseLooseBase64(decodeLatin1(bytes))
    if (next === null) return step === 'gzip' ? 'its gzip is broken' : 'its Base64 is broken'
    bytes = next
  }
  return bytes
}

function unzipped(bytes: Uint8Array): Uint8Array | null {
  // Python's GzipFile reads nothing as nothing.
  return bytes.length === 0 ? bytes : gunzip(bytes, maxBytes)
}

/** What to undo, in order; null for an encoding that cloud-init takes for plain text. */
function stepsOf(encoding: string): readonly ('base64' | 'gzip')[] | null {
  const name = encoding.toLowerCase().trim()
  if (name === '' || name === 'text/plain') return []
  if (/^(gz|gzip)$/.test(name)) return ['gzip']
  if (/^(b64|base64)$/.test(name)) return ['base64']
  return /^(gz|gzip)\+(b64|base64)$/.test(name) ? ['base64', 'gzip'] : null
}

/** `user:group`; what is not said stays root's. */
function ownerOf(value: Yaml11 | undefined): string | null {
  if (value === undefined || value === null || value === '') return 'root:root'
  if (typeof value !== 'string') return null
  const [user = '', group = ''] = value.split(/:(.*)/s).map(part => part.trim())
  const named = (part: string) => (/^(-1|none|)$/i.test(part) ? 'root' : part)
  return `${named(user)}:${named(group)}`
}

/** A number is taken as it is, a text as octal, anything else is 0644. */
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

/** util.is_true. */
export function isTrue(value: Yaml11 | undefined): boolean {
  return value === true || /^(true|1|on|yes)$/.test(String(value).toLowerCase().trim())
}
