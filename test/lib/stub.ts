/** Programs that stand in for others in a box: each records its arguments, then does as it was told. */
import type { Laid } from './box.ts'

/** Where the calls of all stubs are recorded, in order. */
export const callsFile = '/var/log/calls'

/** A program at a path that records its call and then runs a body of sh. */
export function stub(path: string, body: string): Laid {
  const name = path.slice(path.lastIndexOf('/') + 1)
  // Words end in 0x1f and calls in 0x1e, so that any argument can be told from two.
  const record = `{ printf '%s\\037' ${quoted(name)} "$@"; printf '\\036'; } >> ${callsFile}`
  return { path, content: `#!/bin/sh\n${record}\n${body}\n`, mode: 0o755 }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}

/** The recorded calls: name and arguments of each. */
export function callsOf(record: Uint8Array | null): readonly (readonly string[])[] {
  if (record === null) return []
  return Buffer.from(record)
    .toString()
    .split('\x1e')
    .slice(0, -1)
    .map(call => call.split('\x1f').slice(0, -1))
}
