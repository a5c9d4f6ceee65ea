/** The header block of a tar entry: its fields, its numbers and its checksum. */
import { decodeLatin1, decodeUtf8, encodeUtf8 } from './text.ts'

/** The size of a header, and of the blocks that content is padded to. */
export const blockBytes = 512

/** Offset and length of each field. */
export const headerFields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  target: [157, 100],
  magic: [257, 6],
  version: [263, 2],
  user: [265, 32],
  group: [297, 32],
  prefix: [345, 155],
} as const satisfies Readonly<Record<string, readonly [offset: number, length: number]>>

/** The name of a header field. */
export type HeaderField = keyof typeof headerFields

/** A ustar header with a modification time of 0; fields without a value are empty. */
export function printHeader(
  type: string,
  size: number,
  values: Partial<Readonly<Record<HeaderField, string>>>,
): Uint8Array {
  const header = new Uint8Array(blockBytes)
  const texts: Partial<Record<HeaderField, string>> = {
    ...values,
    size: printOctal(size, 'size'),
    mtime: printOctal(0, 'mtime'),
    type,
    magic: 'ustar',
    version: '00',
  }
  for (const [field, text] of Object.entries(texts)) {
    const [offset, length] = headerFields[field as HeaderField]
    header.set(encodeUtf8(text).subarray(0, length), offset)
  }
  const checksum = `${checksumOf(header).toString(8).padStart(6, '0')}\0 `
  header.set(encodeUtf8(checksum), headerFields.checksum[0])
  return header
}

/** An octal number that fills its field up to the final NUL. */
export function printOctal(value: number, field: HeaderField): string {
  return value.toString(8).padStart(headerFields[field][1] - 1, '0')
}

/** The number in a field: octal, or GNU's base-256 where the first bit is set; null where it is neither. */
export function numberIn(header: Uint8Array, field: HeaderField): number | null {
  const [offset, length] = headerFields[field]
  const bytes = header.subarray(offset, offset + length)
  if (bytes[0] === 0x80) {
    const value = bytes.subarray(1).reduce((total, byte) => total * 256 + byte, 0)
    return Number.isSafeInteger(value) ? value : null
  }
  const text = decodeLatin1(bytes).replaceAll('\0', ' ').trim()
  if (text === '') return 0
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : null
}

/** The text in a field, up to the first NUL. */
export function textIn(header: Uint8Array, field: HeaderField): string {
  const [offset, length] = headerFields[field]
  return textBeforeNul(header.subarray(offset, offset + length))
}

/** The text of bytes up to the first NUL; Latin-1 where they are not UTF-8. */
export function textBeforeNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  const text = end < 0 ? bytes : bytes.subarray(0, end)
  return decodeUtf8(text) ?? decodeLatin1(text)
}

/** Whether a header contains its checksum. */
export function hasChecksum(header: Uint8Array): boolean {
  return numberIn(header, 'checksum') === checksumOf(header)
}

/** The sum of all bytes; the bytes of the checksum count as spaces. */
function checksumOf(header: Uint8Array): number {
  const [start, length] = headerFields.checksum
  return header.reduce((sum, byte, offset) => {
    return sum + (offset >= start && offset < start + length ? 0x20 : byte)
  }, 0)
}
