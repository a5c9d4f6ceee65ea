/** Programs that replace others in a box: each records its arguments and runs a given body of sh. */
import type { BoxEntry } from './box.ts'

/** The file with the calls of all stubs, in order. */
export const callsFile = '/var/log/calls'

/** A program at a path that records its call and then runs a body of sh. */
export function stub(path: string, body: string): BoxEntry {
  const name = path.slice(path.lastIndexOf('/') + 1)
  // 0x1f ends an argument and 0x1e a call, because arguments may contain spaces and newlines.
  const record = `{ printf '%s\\037' ${quoted(name)} "$@"; printf '\\036'; } >> ${callsFile}`
  return { path, content: `#!/bin/sh\n${record}\n${body}\n`, mode: 0o755 }
}

function quoted(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`
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
