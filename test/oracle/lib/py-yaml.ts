/** User-data as PyYAML reads it, the reader that cloud-init has. */
import { fileURLToPath } from 'node:url'
import { python } from '../../lib/box.ts'
import { runs } from '../../lib/judge.ts'

/** One document, read. */
export interface Read {
  readonly keys: readonly string[]
  /** Scalars that are no text, with their places. */
  readonly odd: readonly string[]
  readonly files: readonly {
    readonly path: string
    readonly owner: string
    readonly permissions: string
    /** Base64 of what cloud-init would write. */
    readonly content: string
  }[]
  readonly runcmd: readonly unknown[]
  /** What cloud-init's schema says, where it was asked; empty where it finds nothing. */
  readonly complaints: string
}

const program = fileURLToPath(new URL('./read-user-data.py', import.meta.url))

/** Reads many documents in one process; `--schema` asks cloud-init's schema too. */
export function readAll(
  documents: readonly Uint8Array[],
  ...flags: readonly '--schema'[]
): readonly Read[] {
  const input = documents.map(bytes => `${Buffer.from(bytes).toString('base64')}\n`).join('')
  const timeout = 60_000 + documents.length * 500
  const { code, stdout, stderr } = runs([python, program, ...flags], input, timeout)
  if (code !== 0) throw new Error(`PyYAML: ${stderr}`)
  return stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Read)
}
