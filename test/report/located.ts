/** Builds located diagnostics. */
import type { Located } from '../../src/report/located.ts'

/** A diagnostic at the first occurrence of `needle` in the text. */
export function aLocated(text: string, needle: string, more: Partial<Located> = {}): Located {
  return {
    rule: 'spec/unknown-key',
    severity: 'error',
    message: 'it is wrong',
    help: '',
    path: 'a.b',
    file: 'node.yaml',
    text,
    range: rangeOf(text, needle),
    also: [],
    ...more,
  }
}

/** The range of the first occurrence of `needle`. */
export function rangeOf(text: string, needle: string) {
  const start = text.indexOf(needle)
  const before = text.slice(0, start).split('\n')
  return {
    start,
    end: start + needle.length,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
  }
}
