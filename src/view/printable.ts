/**
 * Text of foreign configs for terminals: control characters, marks of text direction and characters
 * without a width are visible, and have no effect.
 */

import { decodeUtf8 } from '../codec/text.ts'

const controls =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** The content of a file for a terminal; null for binary content. */
export function renderContent(content: Uint8Array): string | null {
  const text = decodeUtf8(content)
  return text === null || text.includes('\0') ? null : printableText(text)
}

/** A name in one line. */
export function printableName(text: string): string {
  return text.replace(controls, picture)
}

/** A text that keeps its lines and tabs; the carriage return of CRLF is visible. */
export function printableText(text: string): string {
  return text.replace(controls, character =>
    character === '\n' || character === '\t' ? character : picture(character),
  )
}

/** The symbol that Unicode has for a control character, such as `␍`. */
function picture(character: string): string {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '\u2421' : '\ufffd'
}
