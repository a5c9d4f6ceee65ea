/** The contents of a resolved spec in the notation that a field requires, or the error. */
import { decodeUtf8 } from '../../codec/text.ts'
import type { Content } from '../../model/spec.ts'
import { andThen, failure, type Outcome, success } from '../../report/diagnostic.ts'
import { report } from '../rules.ts'

/** A content as UTF-8 text. */
export function utf8Text({ bytes, from }: Content): Outcome<string> {
  const text = decodeUtf8(bytes)
  return text === null ? failure([report('text/not-utf-8', from, {})]) : success(text)
}

/** A content as UTF-8 text without the line end at its end: passwords and header values. */
export function lineText(content: Content): Outcome<string> {
  return andThen(utf8Text(content), text => success(text.replace(/\r?\n$/, '')))
}

/** The bytes of a certificate or key in PEM form. */
export function pemBytes({ bytes, from }: Content): Outcome<Uint8Array> {
  return /^\s*-----BEGIN [A-Z0-9 ]+-----\r?\n/m.test(decodeUtf8(bytes) ?? '')
    ? success(bytes)
    : failure([report('mirror/file-unreadable', from, { what: 'a certificate or a key' })])
}
