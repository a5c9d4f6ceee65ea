/**
 * Decrypts SOPS files: the bytes of a file enter, its verified content leaves. The program sops decrypts
 * them where it is in PATH; otherwise this room does, for files with an age recipient. The room does not
 * know specs, and it prints nothing.
 */
import { decodeUtf8 } from '../codec/text.ts'
import type { Decrypted, SopsFailure } from '../index.ts'
import type { Environment } from './age-identities.ts'
import { openDataKey } from './data-key.ts'
import { parseSops, type SopsDocument } from './sops-document.ts'
import { decryptWithProgram } from './sops-program.ts'
import { decryptDocument } from './sops-values.ts'

/** A file with its absolute path. */
export interface EncryptedFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Decrypts a file with the keys that the environment names, and verifies its MAC. */
export async function decryptSops(
  { path, bytes }: EncryptedFile,
  environment: Environment,
): Promise<Decrypted | SopsFailure> {
  const text = decodeUtf8(bytes)
  const document = text === null ? null : parseSops(text)
  if (text === null || document === null) return { failed: 'not-sops' }
  return (
    decryptWithProgram(path, text, document.metadata, environment) ??
    decryptNatively(document, environment)
  )
}

async function decryptNatively(
  document: SopsDocument,
  environment: Environment,
): Promise<Decrypted | SopsFailure> {
  const { unsupported, age } = document.metadata
  if (unsupported !== null) return { failed: 'unsupported', feature: unsupported }
  const dataKey = await openDataKey(age, environment)
  if ('failed' in dataKey) return dataKey
  return decryptDocument(document, dataKey.bytes) ?? { failed: 'edited' }
}
