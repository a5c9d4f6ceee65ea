import fs from 'node:fs'
import paths from 'node:path'
import { type Extent, type Listing, openIndexed, readAt } from './extent.ts'

// What enters: a tar, anywhere in a file. What leaves: where each of its files lies. Headers are
// read and contents are not, so a tar of 20 GB costs as much as its number of entries.

const block = 512
const maxFiles = 1 << 20
const maxLongSize = 1 << 16
const fieldForm = /^\d+ (path|linkpath|size|GNU\.sparse)[^=]*=(.*)/gm

/** What headers before an entry say about it: a name or link too long for it, a size, sparseness. */
type Fields = Record<string, string>

/** Lists an archive; damage ends the list where it lies, and is said. */
export function listArchive(archive: Extent, say: (trouble: string) => void): Listing {
  const files = new Map<string, Extent>()
  const links = new Map<string, string>()
  const end = archive.at + archive.size
  let fields: Fields = {}
  let at = archive.at
  const fd = openIndexed(archive)
  try {
    while (at + block <= end && files.size < maxFiles) {
      const raw = readAt(fd, at, block)
      if (!raw[0]) break
      const type = text(raw, 156, 157)
      const name = fields.path ?? nameIn(raw)
      const link = fields.linkpath ?? text(raw, 157, 257)
      // A link may state the size of its target, but nothing follows it.
      const size = /[1-6]/.test(type) ? 0 : Number(fields.size ?? numberIn(raw, 124, 136))
      const from = at + block
      if (!isWhole(raw) || size < 0 || size % 1 !== 0) {
        if (files.size) say(`damaged tar header at byte ${at - archive.at}`)
        break
      }
      if (from + size > end) {
        say(`${name} is cut off`)
        break
      }
      at = from + Math.ceil(size / block) * block
      if (/[LKx]/.test(type)) {
        const long = readAt(fd, from, Math.min(size, maxLongSize))
        const said =
          type === 'x' ? `${long}` : `0 ${type === 'L' ? 'path' : 'linkpath'}=${text(long)}`
        for (const [, key = '', value = ''] of said.matchAll(fieldForm)) {
          fields[key] = value
        }
        continue
      }
      const path = cleanPath(name)
      const isSparse = type === 'S' || fields['GNU.sparse']
      fields = {}
      if (isSparse) say(`${name} is sparse and cannot be served`)
      else if (!path || name.endsWith('/')) continue
      else if (type === '1') links.set(path, link)
      else if (type === '2') links.set(path, `${path}/../${link}`)
      else if (/^[07]?$/.test(type)) files.set(path, { ...archive, at: from, size })
    }
    if (files.size && at < end && at + block > end) say('it is cut off')
  } finally {
    fs.closeSync(fd)
  }
  for (const start of links.keys()) {
    let path = start
    for (let hops = 0; hops < 9 && !files.has(path); hops++) {
      path = cleanPath(links.get(path) ?? '')
    }
    const target = files.get(path)
    if (target) files.set(start, target)
  }
  return files
}

/** A path without `.`, `x/..` and empty parts; one that climbs out is empty. */
export function cleanPath(path: string): string {
  const clean = paths.resolve('/_', `./${path}`)
  return clean.startsWith('/_/') ? clean.slice(3) : ''
}

function isWhole(raw: Buffer): boolean {
  const sum = raw.reduce((total, byte, i) => total + (i < 148 || i > 155 ? byte : 32), 0)
  return numberIn(raw, 148, 156) === sum
}

function nameIn(raw: Buffer): string {
  // Only POSIX's magic makes the last field a prefix; in GNU's form other things lie there.
  const prefix = text(raw, 257, 264) === 'ustar' && text(raw, 345, 500)
  return (prefix ? `${prefix}/` : '') + text(raw, 0, 100)
}

function text(bytes: Buffer, from?: number, to?: number): string {
  const [value = ''] = bytes.toString('utf8', from, to).split('\0')
  return value
}

// Octal text, or base-256 for what octal cannot say: files of 8 GiB and more.
function numberIn(raw: Buffer, from: number, to: number): number {
  if ((raw[from] ?? 0) > 127) return Number(raw.readBigUInt64BE(to - 8))
  return Number(`0o${text(raw, from, to).trim() || 0}`)
}
