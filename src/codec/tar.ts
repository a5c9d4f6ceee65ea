/**
 * Tar archives: written as POSIX ustar with pax headers where a field is too short, read also with
 * GNU long names. Format: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html.
 */
import { concatBytes } from './bytes.ts'
import { type PaxRecords, parsePax, printPax } from './pax.ts'
import {
  blockBytes,
  headerFields as fields,
  hasChecksum,
  numberIn,
  printHeader,
  printOctal,
  textBeforeNul,
  textIn,
} from './tar-header.ts'
import { encodeUtf8 } from './text.ts'

/** One entry that can be written. */
export type TarEntry = TarHeader &
  (
    | { readonly kind: 'file'; readonly content: Uint8Array }
    | { readonly kind: 'directory' }
    | { readonly kind: 'link'; readonly target: string }
    | { readonly kind: 'hard-link'; readonly target: string }
  )

/** A device, a pipe, or an entry of a type that POSIX does not define. */
export type SpecialTarEntry = TarHeader & { readonly kind: 'special'; readonly type: string }

interface TarHeader {
  /** The path in the archive, without the slash at the end of a directory. */
  readonly path: string
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Owner names; empty where only the numbers are given. */
  readonly user: string
  readonly group: string
  /** The pax record `comment`, which extraction ignores; null where there is none. */
  readonly comment: string | null
}

/** An archive; its own comment is in a global pax header. */
export interface Tar<Entry = TarEntry> {
  readonly comment: string | null
  readonly entries: readonly Entry[]
}

/** The largest owner number that its field can hold. */
const maxId = 0o7777777

const types = { file: '0', 'hard-link': '1', link: '2', directory: '5' } as const

/** The bytes of an archive, with modification times of 0. */
export function printTar({ comment, entries }: Tar): Uint8Array {
  const parts = [
    ...(comment === null ? [] : paxHeader('g', { comment })),
    ...entries.flatMap(printEntry),
    new Uint8Array(2 * blockBytes),
  ]
  return concatBytes(parts)
}

function printEntry(entry: TarEntry): readonly Uint8Array[] {
  const path = entry.kind === 'directory' ? `${entry.path}/` : entry.path
  const target = 'target' in entry ? entry.target : ''
  const content = entry.kind === 'file' ? entry.content : new Uint8Array(0)
  const split = splitPath(path)
  const records = {
    ...(split === null ? { path } : {}),
    ...(encodeUtf8(target).length > fields.target[1] ? { linkpath: target } : {}),
    ...(entry.uid > maxId ? { uid: String(entry.uid) } : {}),
    ...(entry.gid > maxId ? { gid: String(entry.gid) } : {}),
    ...(entry.comment === null ? {} : { comment: entry.comment }),
  }
  const header = printHeader(types[entry.kind], content.length, {
    name: split?.name ?? path,
    prefix: split?.prefix ?? '',
    target,
    mode: printOctal(entry.mode, 'mode'),
    uid: printOctal(Math.min(entry.uid, maxId), 'uid'),
    gid: printOctal(Math.min(entry.gid, maxId), 'gid'),
    user: entry.user,
    group: entry.group,
  })
  const pax = Object.keys(records).length === 0 ? [] : paxHeader('x', records)
  return [...pax, header, ...padded(content)]
}

/** The path in the fields `prefix` and `name`, or null where it does not fit. */
function splitPath(path: string): { readonly prefix: string; readonly name: string } | null {
  if (encodeUtf8(path).length <= fields.name[1]) return { prefix: '', name: path }
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)]
    if (encodeUtf8(prefix).length > fields.prefix[1]) return null
    if (name !== '' && encodeUtf8(name).length <= fields.name[1]) return { prefix, name }
  }
  return null
}

function paxHeader(type: 'g' | 'x', records: PaxRecords): readonly Uint8Array[] {
  const content = printPax(records)
  const header = printHeader(type, content.length, {
    name: 'pax_header',
    mode: printOctal(0o644, 'mode'),
    uid: printOctal(0, 'uid'),
    gid: printOctal(0, 'gid'),
  })
  return [header, ...padded(content)]
}

function padded(content: Uint8Array): readonly Uint8Array[] {
  return [content, new Uint8Array((blockBytes - (content.length % blockBytes)) % blockBytes)]
}

/** Whether bytes begin with the header of a POSIX or GNU archive. */
export function isTar(bytes: Uint8Array): boolean {
  if (bytes.length < blockBytes) return false
  const header = bytes.subarray(0, blockBytes)
  return textIn(header, 'magic').startsWith('ustar') && hasChecksum(header)
}

/** The archive of the bytes, or null where a header is invalid or the content is cut off. */
export function parseTar(bytes: Uint8Array): Tar<TarEntry | SpecialTarEntry> | null {
  const entries: (TarEntry | SpecialTarEntry)[] = []
  let comment: string | null = null
  /** The records that apply to the next entry. */
  let pending: PaxRecords = {}
  let offset = 0
  while (offset + blockBytes <= bytes.length) {
    const header = bytes.subarray(offset, offset + blockBytes)
    if (header.every(byte => byte === 0)) return { comment, entries }
    const size = sizeOf(header, pending)
    const start = offset + blockBytes
    if (!hasChecksum(header) || size === null || start + size > bytes.length) return null
    const content = bytes.subarray(start, start + size)
    offset = start + Math.ceil(size / blockBytes) * blockBytes
    const type = textIn(header, 'type')
    const records = recordsOf(type, content)
    if (records === null) {
      entries.push(entryOf(header, type, content, pending))
      pending = {}
    } else if (type === 'g') comment = records.comment ?? comment
    else pending = { ...pending, ...records }
  }
  // Some programs omit the two empty blocks at the end.
  return offset >= bytes.length && entries.length > 0 ? { comment, entries } : null
}

/** The records of a header that describes later entries; null for an entry itself. */
function recordsOf(type: string, content: Uint8Array): PaxRecords | null {
  if (type === 'g' || type === 'x') return parsePax(content)
  // GNU: the name or the target of the next entry.
  if (type === 'L') return { path: textBeforeNul(content) }
  return type === 'K' ? { linkpath: textBeforeNul(content) } : null
}

function entryOf(
  header: Uint8Array,
  type: string,
  content: Uint8Array,
  records: PaxRecords,
): TarEntry | SpecialTarEntry {
  // Only POSIX archives have a prefix; GNU archives use its place for other fields.
  const prefix = textIn(header, 'version') === '00' ? textIn(header, 'prefix') : ''
  const name = textIn(header, 'name')
  const path = records.path ?? (prefix === '' ? name : `${prefix}/${name}`)
  const target = records.linkpath ?? textIn(header, 'target')
  const common = {
    path: path.replace(/(?<=.)\/+$/, ''),
    mode: (numberIn(header, 'mode') ?? 0) & 0o7777,
    uid: numberFrom(records.uid) ?? numberIn(header, 'uid') ?? 0,
    gid: numberFrom(records.gid) ?? numberIn(header, 'gid') ?? 0,
    user: records.uname ?? textIn(header, 'user'),
    group: records.gname ?? textIn(header, 'group'),
    comment: records.comment ?? null,
  }
  if (type === types.directory) return { ...common, kind: 'directory' }
  if (type === types.link) return { ...common, kind: 'link', target }
  if (type === types['hard-link']) return { ...common, kind: 'hard-link', target }
  // The oldest archives have NUL for a file, and mark a directory by its final slash.
  if (type === '' && path.endsWith('/')) return { ...common, kind: 'directory' }
  // The content of a sparse file in pax form is a map and pieces, and its path is a made-up one.
  const isSparse = Object.keys(records).some(key => key.startsWith('GNU.sparse.'))
  if (isSparse)
    return { ...common, path: records['GNU.sparse.name'] ?? path, kind: 'special', type }
  const isFile = type === types.file || type === '' || type === '7'
  return isFile ? { ...common, kind: 'file', content } : { ...common, kind: 'special', type }
}

function sizeOf(header: Uint8Array, records: PaxRecords): number | null {
  return numberFrom(records.size) ?? numberIn(header, 'size')
}

function numberFrom(digits: string | undefined): number | null {
  return digits !== undefined && /^\d{1,15}$/.test(digits) ? Number(digits) : null
}
