/** Decrypts the data key of a SOPS file with the age keys that the environment names. */
import type { SopsFailure } from '../index.ts'
import { type Environment, type IdentitySource, identitySources } from './age-identities.ts'
import type { AgeRecipient } from './sops-document.ts'

/** The key of 32 bytes that encrypts all values of the file; any recipient's private key gives it. */
export async function openDataKey(
  recipients: readonly AgeRecipient[],
  environment: Environment,
): Promise<{ readonly bytes: Uint8Array } | SopsFailure> {
  // A file of its own in dist: loading the package takes longer than most calls.
  const age = await import('./age.ts')
  let failure: SopsFailure = {
    failed: 'no-identity',
    recipients: recipients.map(({ recipient }) => recipient),
  }
  for (const { recipient, encryptedKey } of recipients) {
    const places = identitySources(environment, recipient).map(place =>
      readPlace(place, age.isIdentity),
    )
    const identities = places.flatMap(place => ('identities' in place ? place.identities : []))
    const bytes = await age.decryptArmored(encryptedKey, identities)
    if (bytes?.length === 32) return { bytes }
    const owned = await Promise.all(identities.map(age.recipientOf))
    // The file is for this key, but was changed.
    if (bytes !== null || owned.includes(recipient)) return { failed: 'edited' }
    failure = places.find(place => 'failed' in place) ?? failure
  }
  return failure
}

type Place = { readonly identities: readonly string[] } | SopsFailure

/** One identity on a line, and in SOPS_AGE_KEY also several; lines with # are comments. */
function readPlace(place: IdentitySource, isIdentity: (text: string) => boolean): Place {
  const { source } = place
  if ('reason' in place) return { failed: 'identity-unreadable', source, reason: place.reason }
  if (/^(?:-----BEGIN AGE|age-encryption\.org\/)/.test(place.text)) {
    return { failed: 'identity-unreadable', source, reason: 'it is encrypted with a passphrase' }
  }
  const lines = place.text.split(/\r?\n/).filter(line => !line.startsWith('#'))
  const words = lines.flatMap(line => line.split(/\s+/)).filter(word => word !== '')
  // Keys of plugins need other programs, which only sops calls.
  const identities = words.filter(word => !word.startsWith('AGE-PLUGIN-'))
  return identities.every(isIdentity)
    ? { identities }
    : { failed: 'identity-unreadable', source, reason: 'a line is not a private key of age' }
}
