import paths from 'node:path'
import { type Extent, type Listing, partOf, type ReadBytes, withFile } from './extent.ts'

// Input: a tar archive, in a file or nested in another archive. Output: the offset and size of each file.
// Only headers are read, so that the time depends on the number of files, not on sizes.

const blockBytes = 512
const maxFiles = 1 << 19
const maxRecordBytes = 1 << 16
const maxLinkHops = 9
const paxForm = /^\d+ (path|linkpath|size|GNU\.sparse).*?=(.*)\n$/s

/** Records of extension headers about the next entry: a long path or link, a large size, sparseness. */
type Extensions = Record<string, string>

/** Lists the files of an archive; the list ends at the first damaged header, which is reported. */
export function listArchive(archive: Extent, report: (problem: string) => void): Listing {
  return withFile(archive, read => listEntries(archive, read, report))
}

function listEntries(archive: Extent, read: ReadBytes, report: (problem: string) => void): Listing {
  const files = new Map<string, Extent>()
  const links = new Map<string, string>()
  let extensions: Extensions = {}
  let offset = 0
  for (;;) {
    const header = read(offset, blockBytes)
    if (header[0] === 0) break
    const type = textIn(header, 156, 157)
    const name = extensions.path ?? nameIn(header)
    const link = extensions.linkpath ?? textIn(header, 157, 257)
    // A link may state the size of its target, but no content follows it.
    const size = /[1-6]/.test(type) ? 0 : Number(extensions.size ?? numberIn(header, 124, 136))
    const start = offset + blockBytes
    const isWhole = header.length === blockBytes && hasValidChecksum(header)
    const isValid = isWhole && size >= 0 && size % 1 === 0
    if (!isValid || start + size > archive.size || files.size + links.size === maxFiles) {
      if (files.size > 0) report(`damaged or too many files at byte ${offset}`)
      break
    }
    offset = start + Math.ceil(size / blockBytes) * blockBytes
    if (/[LKx]/.test(type)) {
      const record = read(start, Math.min(size, maxRecordBytes))
      if (type === 'L') extensions.path = textIn(record)
      else if (type === 'K') extensions.linkpath = textIn(record)
      else extensions = { ...extensions, ...readPax(record) }
      continue
    }
    const path = cleanPath(name)
    const isSparse = type === 'S' || extensions['GNU.sparse']
    extensions = {}
    if (isSparse) report(`${name} is a sparse file: not served`)
    else if (path === '' || name.endsWith('/')) continue
    else if (type === '1') links.set(path, link)
    else if (type === '2') links.set(path, `${path}/../${link}`)
    else if (/^[07]?$/.test(type)) files.set(path, partOf(archive, start, size))
  }
  return withLinks(files, links)
}

/** Reads the records of an extended header; each starts with its length in bytes. */
function readPax(header: Buffer): Extensions {
  const extensions: Extensions = {}
  for (let rest = header, length = 1; length > 0; rest = rest.subarray(length)) {
    length = Number.parseInt(textIn(rest, 0, 9), 10)
    const [, key, value = ''] = paxForm.exec(textIn(rest, 0, length)) ?? []
    if (key) extensions[key] = value
  }
  return extensions
}

/** A path without `.`, `x/..` and empty components; empty for a path that leads out of the archive. */
export function cleanPath(path: string): string {
  const clean = paths.resolve('/_', `./${path}`)
  return clean.startsWith('/_/') ? clean.slice(3) : ''
}

/** Adds each link to a file as another path of that file. */
function withLinks(files: Listing, links: ReadonlyMap<string, string>): Listing {
  const listing = new Map(files)
  for (const start of links.keys()) {
    let path = start
    for (let hops = 0; hops < maxLinkHops && !files.has(path); hops++) {
      path = cleanPath(links.get(path) ?? '')
    }
    const target = files.get(path)
    if (target) listing.set(start, target)
  }
  return listing
}

function hasValidChecksum(header: Buffer): boolean {
  // The field of the checksum counts as spaces.
  const counted = Buffer.from(header).fill(' ', 148, 156)
  return numberIn(header, 148, 156) === counted.reduce((sum, byte) => sum + byte)
}

function nameIn(header: Buffer): string {
  // Only in the POSIX form, the last field is a prefix; GNU's form has other fields there.
  const prefix = textIn(header, 257, 264) === 'ustar' ? textIn(header, 345, 500) : ''
  return (prefix && `${prefix}/`) + textIn(header, 0, 100)
}

function textIn(bytes: Buffer, from?: number, to?: number): string {
  const [text = ''] = bytes.toString('utf8', from, to).split('\0')
  return text
}

// Octal text, or base-256 for numbers that do not fit, such as sizes of 8 GiB and more.
function numberIn(header: Buffer, from: number, to: number): number {
  if ((header[from] ?? 0) > 127) return Number(header.readBigUInt64BE(to - 8))
  return Number(`0o${textIn(header, from, to).trim() || 0}`)
}
