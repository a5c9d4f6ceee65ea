/** The texts that a spec names, as bytes: from the spec itself or from what was fetched for it. */
import { decodeUtf8, encodeUtf8 } from '../codec/text.ts'
import type { Supplies } from '../model/needs.ts'
import type { Text } from '../model/spec.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import { report } from './rules.ts'

/** Looks up texts and remembers what was missing. */
export interface Desk {
  readonly bytes: (text: Text) => Uint8Array
  /** The same as UTF-8 text without the line end at its end. */
  readonly line: (text: Text) => string
  /** The same as UTF-8 text. */
  readonly text: (text: Text) => string
  readonly complain: (diagnostic: Diagnostic) => void
  readonly complaints: () => readonly Diagnostic[]
}

/** A desk over what was fetched. */
export function deskOf(supplies: Supplies): Desk {
  const complaints = new Map<string, Diagnostic>()
  // Nodes share most of a spec: the same trouble is told once.
  const complain = (diagnostic: Diagnostic) => {
    complaints.set(JSON.stringify(diagnostic), diagnostic)
  }
  const bytes = (text: Text): Uint8Array => {
    switch (text.kind) {
      case 'inline':
        return encodeUtf8(text.text)
      case 'file': {
        const found = supplies.files.get(text.file)
        if (found === undefined) {
          complain(
            report('spec/file-unreadable', text.from, { file: text.file, why: 'it was not given' }),
          )
        }
        return found ?? new Uint8Array()
      }
      case 'env': {
        const found = supplies.env.get(text.name)
        if (found === undefined || found === '')
          complain(report('spec/variable-unset', text.from, { name: text.name }))
        return encodeUtf8(found ?? '')
      }
    }
  }
  const decoded = (text: Text): string => {
    const found = decodeUtf8(bytes(text))
    if (found === null) complain(report('text/not-utf-8', text.from, { file: nameOf(text) }))
    return found ?? ''
  }
  return {
    bytes,
    text: decoded,
    line: text => decoded(text).replace(/\r?\n$/, ''),
    complain,
    complaints: () => [...complaints.values()],
  }
}

function nameOf(text: Text): string {
  switch (text.kind) {
    case 'inline':
      return 'this text'
    case 'file':
      return text.file
    case 'env':
      return text.name
  }
}

/** The bytes of a certificate or key; what is none in PEM form is complained of. */
export function pem(text: Text, desk: Desk): Uint8Array {
  const bytes = desk.bytes(text)
  const read = desk.text(text)
  if (!/^\s*-----BEGIN [A-Z0-9 ]+-----\r?\n/m.test(read)) {
    desk.complain(report('mirror/file-unreadable', text.from, { what: 'a certificate or a key' }))
  }
  return bytes
}
