/** Decrypts SOPS files with the program sops. It verifies the MAC itself; no argument is a secret. */
import { spawnSync } from 'node:child_process'
import { isMapping, type PlainMapping } from '../codec/plain.ts'
import type { Decrypted, SopsFailure } from '../index.ts'
import type { Environment } from './age-identities.ts'
import type { SopsMetadata } from './sops-document.ts'

/** The content of the file at an absolute path, which has this text; null where the program is not in PATH. */
export function decryptWithProgram(
  path: string,
  text: string,
  { age }: SopsMetadata,
  environment: Environment,
): Decrypted | SopsFailure | null {
  const args = ['--decrypt', '--input-type', inputType(path, text), '--output-type', 'json', path]
  const { status, signal, stdout, error } = spawnSync('sops', args, {
    env: environment,
    // Its messages are not shown: one about the MAC contains a hash of all values.
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
    maxBuffer: maxOutputBytes,
  })
  const errorCode = error === undefined || !('code' in error) ? null : String(error.code)
  // EACCES: a folder of PATH is not readable.
  if (errorCode === 'ENOENT' || errorCode === 'EACCES') return null
  if (errorCode !== null) return { failed: 'program-failed', reason: errorCode }
  if (status !== 0)
    return toFailure(
      status,
      signal,
      age.map(({ recipient }) => recipient),
    )
  const content = parseJson(stdout)
  return content === null
    ? { failed: 'program-failed', reason: 'its output is not a JSON object' }
    : { content }
}

const maxOutputBytes = 64 << 20

/** The name decides, as for sops. Other names are of binary files, which sops encrypts into JSON. */
function inputType(path: string, text: string): string {
  const [, extension] = /\.(json|ya?ml)$/.exec(path) ?? []
  const isJson = extension === undefined ? text.startsWith('{') : extension === 'json'
  return isJson ? 'json' : 'yaml'
}

/** Exit codes of sops 3.13.2, cmd/sops/codes/codes.go. */
function toFailure(
  status: number | null,
  signal: string | null,
  recipients: readonly string[],
): SopsFailure {
  switch (status) {
    // ErrorDecryptingMac, ErrorDecryptingTree, MacMismatch, MacNotFound
    case 24:
    case 25:
    case 51:
    case 52:
      return { failed: 'edited' }
    // NoEncryptionKeyFound, CouldNotRetrieveKey
    case 111:
    case 128:
      return { failed: 'no-identity', recipients }
    default:
      return {
        failed: 'program-failed',
        reason: `it ended with ${signal ?? `exit code ${status}`}`,
      }
  }
}

function parseJson(text: string): PlainMapping | null {
  try {
    const value: unknown = JSON.parse(text)
    return isMapping(value) ? value : null
  } catch {
    return null
  }
}
