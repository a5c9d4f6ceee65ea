/** One entry of write_files, decoded: cloudinit/config/cc_write_files.py of 22.4.2. */
import { parseLooseBase64 } from '../../../codec/base64.ts'
import { gunzip } from '../../../codec/gzip.ts'
import { strip } from '../../../codec/python-text.ts'
import { isMapping, type Yaml11, type Yaml11Map } from '../../../codec/pyyaml.ts'
import { decodeLatin1, encodeUtf8 } from '../../../codec/text.ts'
import { maxBytes } from '../../envelope.ts'
import { absolute } from '../../foreign/machine-state.ts'
import type { Cause } from '../../rules.ts'

/** The values of an entry. */
export interface FileEntry {
  readonly path: string
  readonly content: Uint8Array
  /** Null leaves the owner as it is. */
  readonly user: string | null
  readonly group: string | null
  /** The mode for chmod; 0 leaves the mode as it is, null is more than a mode can be. */
  readonly mode: number | null
  readonly appends: boolean
  /** Whether cloud-init 24.3 and later fetch the content. */
  readonly isFetched: boolean
}

/** Why cloud-init stops at an entry. */
export interface Problem {
  readonly cause: Cause
  readonly detail: string
}

/** The decoded entry, or the problem that stops cloud-init before it writes the file. */
export function decodeEntry(entry: Yaml11Map): FileEntry | Problem {
  const path = entry.get('path')
  if (typeof path !== 'string') return problem('path-not-text')
  const content = contentOf(entry)
  if ('cause' in content) return content
  const owner = ownerOf(entry.has('owner') ? entry.get('owner') : 'root:root')
  if ('cause' in owner) return owner
  const mode = modeOf(entry.get('permissions'))
  if (mode === Number.POSITIVE_INFINITY) return problem('mode-too-large')
  const normalized = absolute(path)
  if (!isPath(normalized)) return problem('path-invalid')
  return {
    path: normalized,
    content: content.bytes,
    ...owner,
    mode: Math.abs(mode) > 0x7fffffff ? null : mode,
    appends: isTrue(entry.get('append')),
    isFetched: isFetched(entry.get('source')),
  }
}

/** A problem with a value that its text quotes. */
export function problem(cause: Cause, detail = ''): Problem {
  return { cause, detail }
}

/** The limits of Linux: 255 bytes in a name, 4095 in a path; a character without a UTF-8 form fails too. */
function isPath(path: string): boolean {
  const names = path.split('/')
  return (
    !/[\0\p{Surrogate}]/u.test(path) &&
    encodeUtf8(path).length < 4096 &&
    names.every(name => encodeUtf8(name).length <= 255)
  )
}

function isFetched(source: Yaml11 | undefined): boolean {
  if (source === undefined || source === null) return false
  return !isMapping(source) || !isFalsy(source.get('uri'))
}

function contentOf(entry: Yaml11Map): { readonly bytes: Uint8Array } | Problem {
  const encoding = entry.get('encoding')
  if (!isFalsy(encoding) && typeof encoding !== 'string') return problem('encoding-not-text')
  const content = entry.has('content') ? entry.get('content') : ''
  if (content === null) return problem('null-content')
  if (typeof content === 'string' && /\p{Surrogate}/u.test(content)) return problem('surrogate')
  const isText = typeof content === 'string'
  if (!isText && !(content instanceof Uint8Array)) return problem('content-not-text')
  let bytes = isText ? encodeUtf8(content) : content
  for (const decoder of decodersOf(typeof encoding === 'string' ? encoding : '') ?? []) {
    const decoded = decoder === 'gzip' ? decompress(bytes) : decodeBase64(bytes, isText)
    if (decoded === null) return problem(decoder === 'gzip' ? 'bad-gzip' : 'bad-base64')
    bytes = decoded
  }
  return { bytes }
}

/** Python refuses other characters than ASCII in a text, and skips them in bytes. */
function decodeBase64(bytes: Uint8Array, isText: boolean): Uint8Array | null {
  return parseLooseBase64(decodeLatin1(isText ? bytes : bytes.filter(byte => byte < 0x80)))
}

function decompress(bytes: Uint8Array): Uint8Array | null {
  // Python's GzipFile accepts empty input.
  return bytes.length === 0 ? bytes : gunzip(bytes, maxBytes)
}

/** The decoders of an encoding, in order; null for an unknown encoding, which cloud-init treats as plain text. */
export function decodersOf(encoding: string): readonly ('base64' | 'gzip')[] | null {
  const name = strip(encoding.toLowerCase())
  if (name === '' || name === 'text/plain') return []
  if (/^(gz|gzip)$/.test(name)) return ['gzip']
  if (/^(b64|base64)$/.test(name)) return ['base64']
  return /^(gz|gzip)\+(b64|base64)$/.test(name) ? ['base64', 'gzip'] : null
}

/** `user:group`; a missing part, `-1` and `none` leave the owner as it is. */
function ownerOf(value: Yaml11 | undefined): Pick<FileEntry, 'user' | 'group'> | Problem {
  if (isFalsy(value)) return { user: null, group: null }
  if (typeof value !== 'string') return problem('owner-not-text')
  if (/[\0\p{Surrogate}]/u.test(value)) return problem('owner-not-text')
  const [user = '', group = ''] = value.split(/:(.*)/s).map(strip)
  const nameOf = (part: string) => (/^(-1|none|)$/i.test(part) ? null : part)
  return { user: nameOf(user), group: nameOf(group) }
}

/** A number is the mode itself, text is octal, any other value means 0644. */
function modeOf(value: Yaml11 | undefined): number {
  if (typeof value === 'number') return Number.isNaN(value) ? 0o644 : Math.trunc(value)
  if (typeof value === 'boolean') return Number(value)
  const [, sign, digits] =
    /^([-+]?)(?:0[oO]_?)?([0-7]+(?:_[0-7]+)*)$/.exec(
      typeof value === 'string' ? strip(value) : '',
    ) ?? []
  if (digits === undefined) return 0o644
  const mode = Number.parseInt(digits.replaceAll('_', ''), 8)
  return sign === '-' ? -mode : mode
}

/** Whether Python takes a value for false. */
export function isFalsy(value: Yaml11 | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (value instanceof Uint8Array) return value.length === 0
  return isMapping(value) ? value.size === 0 : !value
}

/** Python's util.is_true. */
export function isTrue(value: Yaml11 | undefined): boolean {
  return value === true || /^(true|1|on|yes)$/.test(strip(String(value).toLowerCase()))
}
