/** Templates, which are compiled at build time, and the grammars of their expressions. */
import runtime from 'handlebars/runtime.js'
import { shellArgument, shellCommand } from './shell.ts'
import { systemdArgument, systemdLine, systemdPath } from './systemd.ts'

/** The grammars that an expression can name. `raw` is for text that already has the grammar of the file. */
export const grammars = {
  sh: (text: unknown) => shellArgument(String(text)),
  shLine: (args: unknown) => shellCommand(args as readonly string[]),
  systemdArg: (text: unknown) => systemdArgument(String(text)),
  systemdPath: (text: unknown) => systemdPath(String(text)),
  line: (text: unknown) => systemdLine(String(text)),
  raw: (text: unknown) => String(text),
} as const

/** A compiled template as a function of its values; it throws where a value is missing. */
export function template(compiled: unknown): (values: Readonly<Record<string, unknown>>) => string {
  const render = (runtime as unknown as Runtime).template(compiled)
  return values => render(values, { helpers: grammars })
}

// The types of the package lack the runtime's `template`.
interface Runtime {
  readonly template: (
    compiled: unknown,
  ) => (values: Readonly<Record<string, unknown>>, options: { readonly helpers: object }) => string
}
