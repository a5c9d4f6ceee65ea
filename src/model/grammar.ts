/** Words with a grammar of their own, which a pattern of the schema could not name so well. */
import type { Diagnostic } from '../report/diagnostic.ts'
import type { Path } from '../report/place.ts'
import { report } from './rules.ts'

/** What is wrong with a path on a node; the root folder itself is one for a tree. */
export function pathMistakes(
  path: string | null,
  place: Path,
  root: 'root' | 'no root' = 'no root',
): readonly Diagnostic[] {
  if (path === null || (path === '/' && root === 'root')) return []
  if (!path.startsWith('/')) return [report('spec/relative-path', place, { path })]
  if (isInvisible(path)) return [report('spec/path-characters', place, {})]
  const steps = path.split('/')
  // PATH_MAX and NAME_MAX of Linux, in bytes; the first may be reached below a folder of the tool's.
  if (path.length > 3900 || steps.some(step => step.length > 255)) {
    return [report('spec/malformed', place, { found: 'this text', expected: 'a path: too long' })]
  }
  const plain = steps.slice(1).every(step => step !== '' && step !== '.' && step !== '..')
  return plain ? [] : [report('spec/path-not-plain', place, { path })]
}

/** Whether a path has what nobody sees: control characters, halves of one, turned text, a space at its end. */
export function isInvisible(path: string): boolean {
  return /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\s(?:\/|$)/u.test(
    path,
  )
}

/** Complains of a word that is none of its kind; null and undefined are not there to be judged. */
export function malformed(
  value: string | null | undefined,
  path: Path,
  good: (text: string) => boolean,
  expected: string,
): readonly Diagnostic[] {
  if (value === null || value === undefined || good(value)) return []
  const found = value.length > 60 ? 'this text' : JSON.stringify(value)
  return [report('spec/malformed', path, { found, expected })]
}

/** Complains of a mapping that has none, or more than one, of keys that exclude each other. */
export function oneOf(value: object, keys: readonly string[], path: Path): readonly Diagnostic[] {
  const given = keys.filter(key => Object.hasOwn(value, key))
  if (given.length === 1) return []
  return [report('spec/one-of', path, { keys: keys.join(', '), given: given.join(' and ') })]
}

// Names and types of systemd.unit(5); templates are named with their instance or `@`.
/** Whether systemd takes this for the name of a unit. */
export function isUnitName(text: string): boolean {
  return /^(?!@)[A-Za-z0-9:_.\\@-]{1,240}\.(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)$/.test(
    text,
  )
}

/** Whether a header of this name says who asks. */
export function isSecretHeader(name: string): boolean {
  return /authorization|cookie|token|secret|passw|key/i.test(name)
}
