/** SOPS files of tests, which sops 3.13.2 wrote for the keys in test/secrets/files. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SopsFailure } from '../../src/index.ts'
import { decryptSops } from '../../src/secrets/sops.ts'
import { root } from './source-tree.ts'
import type { Need, Supplies } from './stages.ts'

/** The folder of the files and of the private keys. */
export const sopsFolder = join(root, 'test/secrets/files')

/** An environment with the first key of age, without the program sops. */
export const ageEnvironment = {
  PATH: '',
  HOME: sopsFolder,
  SOPS_AGE_KEY_FILE: join(sopsFolder, 'identity.txt'),
}

/** The SOPS files that a spec needs, read below a folder and decrypted. */
export async function decrypted(
  needed: readonly Need[],
  folder: string,
): Promise<Supplies['sops']> {
  const files = needed.flatMap(need => (need.kind === 'sops' ? [join(folder, need.file)] : []))
  const contents = files.map(path =>
    decryptSops({ path, bytes: readFileSync(path) }, ageEnvironment),
  )
  const names = needed.flatMap(need => (need.kind === 'sops' ? [need.file] : []))
  const values = await Promise.all(contents)
  return new Map(names.map((name, index) => [name, values[index] ?? missing] as const))
}

const missing: SopsFailure = { failed: 'not-sops' }

/** The bytes with one bit inverted. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return changed
}

/** Whether a changed file is refused, lacks the key, or still has the text "correct horse" at it. */
export async function isRefusedOrSame(bytes: Uint8Array, key: string): Promise<boolean> {
  const outcome = await decryptSops({ path: '/secrets.yaml', bytes }, ageEnvironment)
  return 'failed' in outcome || (outcome.content[key] ?? 'correct horse') === 'correct horse'
}
