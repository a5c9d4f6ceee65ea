/** Templates compiled at build time, and the grammars that their holes may name. */
import runtime from 'handlebars/runtime.js'
import { shellLine, shellWord } from './shell.ts'
import { systemdArgument, systemdLine, systemdPath } from './systemd.ts'

/** Every hole names its grammar; `raw` is for text that already is in the file's own grammar. */
export const holes = {
  sh: (text: unknown) => shellWord(String(text)),
  shLine: (words: unknown) => shellLine(words as readonly string[]),
  systemdArg: (text: unknown) => systemdArgument(String(text)),
  systemdPath: (text: unknown) => systemdPath(String(text)),
  line: (text: unknown) => systemdLine(String(text)),
  raw: (text: unknown) => String(text),
} as const

/** Makes a template a function of its holes; a hole without a value throws. */
export function template(compiled: unknown): (values: Readonly<Record<string, unknown>>) => string {
  const render = (runtime as unknown as Runtime).template(compiled)
  return values => render(values, { helpers: holes })
}

// The package's own types leave `template` out of its runtime.
interface Runtime {
  readonly template: (
    compiled: unknown,
  ) => (values: Readonly<Record<string, unknown>>, options: { readonly helpers: object }) => string
}
