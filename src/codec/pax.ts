/** The records of pax headers, `LENGTH KEY=VALUE\n`: values that do not fit into tar's fields. */
import { decodeLatin1, decodeUtf8, encodeUtf8 } from './text.ts'

/** Values by key. */
export type PaxRecords = Readonly<Record<string, string>>

/** The bytes of records. */
export function printPax(records: PaxRecords): Uint8Array {
  const lines = Object.entries(records).map(([key, value]) => printRecord(key, value))
  return encodeUtf8(lines.join(''))
}

/** The length at the start of a record counts its own digits. */
function printRecord(key: string, value: string): string {
  const body = ` ${key}=${value}\n`
  const bodyBytes = encodeUtf8(body).length
  let length = bodyBytes + 1
  while (bodyBytes + String(length).length !== length) length = bodyBytes + String(length).length
  return `${length}${body}`
}

/** The records of bytes, up to the first invalid one. */
export function parsePax(bytes: Uint8Array): PaxRecords {
  const records: [string, string][] = []
  let offset = 0
  while (offset < bytes.length) {
    const head = decodeLatin1(bytes.subarray(offset, offset + 10))
    const [, digits = ''] = /^(\d{1,9}) /.exec(head) ?? []
    const end = offset + Number(digits)
    if (end <= offset + digits.length || end > bytes.length) break
    const record = bytes.subarray(offset + digits.length + 1, end - 1)
    const text = decodeUtf8(record) ?? decodeLatin1(record)
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? []
    records.push([key, value])
    offset = end
  }
  return Object.fromEntries(records)
}
