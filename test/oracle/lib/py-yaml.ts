/** User-data as parsed by PyYAML, the parser of cloud-init. */
import { fileURLToPath } from 'node:url'
import { python } from '../../lib/box.ts'
import { runs } from '../../lib/judge.ts'

/** A parsed document. */
export interface Read {
  readonly keys: readonly string[]
  /** Scalars that are not text, with their paths. */
  readonly nonTexts: readonly string[]
  readonly files: readonly {
    readonly path: string
    readonly owner: string
    readonly permissions: string
    /** Base64 of the bytes that cloud-init writes. */
    readonly content: string
  }[]
  readonly runcmd: readonly unknown[]
  /** The errors of cloud-init's schema, if it was used; otherwise empty. */
  readonly schemaErrors: string
}

const program = fileURLToPath(new URL('./read-user-data.py', import.meta.url))

/** Parses many documents in one process; `--schema` also validates them by cloud-init's schema. */
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
