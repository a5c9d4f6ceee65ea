/** The tree and the findings of a config in a form that is short to compare. */
import { inspect } from '../../src/emit/emitters.ts'

/** The bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text))
}

/** The rules that inspecting reports, in order. */
export function rulesOf(input: string | Uint8Array): readonly string[] {
  return inspected(input).diagnostics.map(({ rule }) => rule)
}

/** A tree in lines: mode owner path content. */
export function linesOf(input: string | Uint8Array): readonly string[] {
  const read = inspected(input)
  if (!read.ok) return [read.diagnostics.map(({ rule }) => rule).join()]
  const { entries, enabled, users } = read.value
  return [
    ...entries.map(entry => {
      const content =
        entry.kind === 'file'
          ? Buffer.from(entry.content).toString()
          : entry.kind === 'link'
            ? `-> ${entry.target}`
            : '/'
      return `${entry.mode.toString(8)} ${entry.owner} ${entry.path} ${content}`
    }),
    ...enabled.map(name => `enabled ${name}`),
    ...users.map(user => `user ${user.name} ${user.authorizedKeys.length}`),
  ]
}

function inspected(input: string | Uint8Array) {
  return inspect(typeof input === 'string' ? bytesOf(input) : input)
}
