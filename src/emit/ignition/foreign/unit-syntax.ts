/**
 * The reader of unit files that Ignition refuses units with: github.com/coreos/go-systemd v22
 * unit/deserialize.go. It is stricter than systemd, and it finds a long line only where its buffer is
 * filled at that moment, which is repeated here.
 */
import { decodeUtf8, encodeUtf8 } from '../../../codec/text.ts'
import type { unitTexts } from '../../refusal-texts.ts'

/** Why a unit file is refused. */
export type UnitProblem = keyof typeof unitTexts

/** The sections of a unit file that have options, or the reason why Ignition refuses it. */
export type UnitSyntax =
  | { readonly ok: true; readonly sections: ReadonlySet<string> }
  | { readonly ok: false; readonly problem: UnitProblem }

// Bytes; the buffer is that of Go's bufio.
const maxLineLength = 2048
const bufferLength = 4096

/** A file with the part that is buffered: from `read` to `filled`. */
interface Reader {
  readonly bytes: Uint8Array
  read: number
  filled: number
}

/** A state of the reader; each is one step, before which the length of the next line is checked. */
type State =
  | { readonly at: 'before-section' }
  | { readonly at: 'section-name' }
  | { readonly at: 'section-suffix'; readonly section: string }
  | { readonly at: 'in-section'; readonly section: string }
  | { readonly at: 'option-name'; readonly section: string }
  | { readonly at: 'option-value'; readonly section: string }
  | { readonly at: 'comment'; readonly after: State }
  | { readonly at: 'end' }

/** Reads a unit file. */
export function parseUnitSyntax(content: string): UnitSyntax {
  const reader = { bytes: encodeUtf8(content), read: 0, filled: 0 }
  const sections = new Set<string>()
  let state: State = { at: 'before-section' }
  while (state.at !== 'end') {
    if (isLineTooLong(reader)) return { ok: false, problem: 'unit-line-too-long' }
    const next = step(reader, state, sections)
    if (typeof next === 'string') return { ok: false, problem: next }
    state = next
  }
  return { ok: true, sections }
}

function step(reader: Reader, state: State, sections: Set<string>): State | UnitProblem {
  switch (state.at) {
    case 'before-section':
    case 'in-section':
      return nextInSection(reader, state)
    case 'section-name': {
      const name = readThrough(reader, ']')
      if (!name.endsWith(']')) return 'unit-section-open'
      return { at: 'section-suffix', section: name.slice(0, -1) }
    }
    case 'section-suffix':
      if (!isBlank(readThrough(reader, '\n'))) return 'unit-after-section'
      return { at: 'in-section', section: state.section }
    case 'option-name':
      return /[\r\n]|[^=]$/.test(readName(reader))
        ? 'unit-line-without-equals'
        : { at: 'option-value', section: state.section }
    case 'option-value': {
      const line = withoutNewline(readThrough(reader, '\n'))
      if (!isBlank(line) && line.endsWith('\\')) return state
      sections.add(state.section)
      return { at: 'in-section', section: state.section }
    }
    case 'comment': {
      let line = ''
      do line = withoutNewline(readThrough(reader, '\n')).replace(/ $/, '')
      while (line.endsWith('\\'))
      return state.after
    }
    case 'end':
      return state
  }
}

type Between = Extract<State, { at: 'before-section' | 'in-section' }>

function nextInSection(reader: Reader, state: Between): State {
  const character = readCharacter(reader)
  if (character === '') return { at: 'end' }
  if (character === '[') return { at: 'section-name' }
  if (character === '#' || character === ';') return { at: 'comment', after: state }
  if (state.at === 'before-section' || isBlank(character)) return state
  reader.read -= encodeUtf8(character).length
  return { at: 'option-name', section: state.section }
}

/** The characters up to and with `=`, or up to a line break or the end. */
function readName(reader: Reader): string {
  const characters: string[] = []
  for (;;) {
    const character = readCharacter(reader)
    characters.push(character)
    if (character === '' || /[=\r\n]/.test(character)) return characters.join('')
  }
}

function isLineTooLong({ bytes, read, filled }: Reader): boolean {
  if (filled - read < maxLineLength) return false
  const line = bytes.subarray(read, read + maxLineLength)
  return !line.includes(0x0a) && !line.includes(0x0d)
}

/** Go's bufio.Reader.fill: the buffer begins at the position that is read. */
function fill(reader: Reader): boolean {
  const filled = Math.min(reader.read + bufferLength, reader.bytes.length)
  const isFilled = filled > reader.filled
  reader.filled = filled
  return isFilled
}

/** The next character; empty at the end. */
function readCharacter(reader: Reader): string {
  const { bytes, read } = reader
  const length = sequenceLength(bytes[read] ?? 0)
  if (read + length > reader.filled) fill(reader)
  if (read >= bytes.length) return ''
  reader.read += length
  return decodeUtf8(bytes.subarray(read, read + length)) ?? ''
}

function sequenceLength(byte: number): number {
  if (byte < 0x80) return 1
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4
}

/** The text up to and with a delimiter, or up to the end. */
function readThrough(reader: Reader, delimiter: ']' | '\n'): string {
  const { bytes, read } = reader
  const code = delimiter.charCodeAt(0)
  for (let from = read; ; ) {
    const found = bytes.subarray(0, reader.filled).indexOf(code, from)
    if (found >= 0) {
      reader.read = found + 1
      break
    }
    from = reader.filled
    if (from - reader.read >= bufferLength) reader.read = from
    if (!fill(reader)) {
      reader.read = reader.filled
      break
    }
  }
  return decodeUtf8(bytes.subarray(read, reader.read)) ?? ''
}

function withoutNewline(line: string): string {
  return line.replace(/\r$/, '').replace(/\n$/, '')
}

// Go's unicode.IsSpace, which differs from JavaScript's \s in U+0085 and U+FEFF.
function isBlank(text: string): boolean {
  return /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/.test(text)
}
