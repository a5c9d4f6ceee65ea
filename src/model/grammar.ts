/** Grammars of fields, with more exact findings than the patterns of the schema give. */
import { encodeUtf8 } from '../codec/text.ts'
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { report } from './rules.ts'

/** PATH_MAX of Linux is 4096; the difference is for the directory below which Ignition writes. */
const maxPathBytes = 3900
/** NAME_MAX of Linux. */
const maxComponentBytes = 255

/** Checks an absolute path on a node; `/` itself is allowed for the root of a tree only. */
export function checkPath(
  path: string | null,
  specPath: Path,
  allowed: 'any' | 'below root' = 'below root',
): readonly Diagnostic[] {
  if (path === null || (path === '/' && allowed === 'any')) return []
  if (!path.startsWith('/')) return [report('spec/relative-path', specPath, { path })]
  if (hasInvisibleCharacters(path)) return [report('spec/path-characters', specPath, {})]
  if (encodeUtf8(path).length > maxPathBytes) {
    return [report('spec/path-too-long', specPath, { part: 'path', maxBytes: maxPathBytes })]
  }
  const components = path.split('/').slice(1)
  if (components.some(component => encodeUtf8(component).length > maxComponentBytes)) {
    return [
      report('spec/path-too-long', specPath, { part: 'component', maxBytes: maxComponentBytes }),
    ]
  }
  const isPlain = components.every(component => !['', '.', '..'].includes(component))
  return isPlain ? [] : [report('spec/path-not-plain', specPath, { path })]
}

/**
 * Whether a path has characters that a terminal does not show: control characters, unpaired
 * surrogates, characters that change the text direction, or white space at the end of a component.
 */
export function hasInvisibleCharacters(path: string): boolean {
  return /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\s(?:\/|$)/u.test(
    path,
  )
}

/** Checks a value by its grammar; null and undefined mean that the field is not set. */
export function checkGrammar(
  value: string | null | undefined,
  path: Path,
  isValid: (text: string) => boolean,
  expected: string,
): readonly Diagnostic[] {
  if (value === null || value === undefined || isValid(value)) return []
  const found = value.length > 60 ? 'this text' : JSON.stringify(value)
  return [report('spec/malformed', path, { found, expected })]
}

/** Checks that a mapping has exactly one of several keys. */
export function checkOneOf(
  value: object,
  keys: readonly string[],
  path: Path,
): readonly Diagnostic[] {
  const present = keys.filter(key => Object.hasOwn(value, key))
  if (present.length === 1) return []
  return [report('spec/one-of', path, { keys: keys.join(', '), present: present.join(' and ') })]
}

// Names and types of systemd.unit(5); the name of a template contains `@`, with or without an instance.
/** Whether systemd accepts this as the name of a unit. */
export function isUnitName(text: string): boolean {
  return /^(?!@)[A-Za-z0-9:_.\\@-]{1,240}\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/.test(
    text,
  )
}

/** Whether the values of a header with this name are credentials. */
export function isSecretHeader(name: string): boolean {
  return /authorization|cookie|token|secret|passw|key/i.test(name)
}
