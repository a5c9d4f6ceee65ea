/** The age file format, by the package of its author. Only the room's other files import this file, when they need it. */
import { armor, Decrypter, identityToRecipient } from 'age-encryption'

/** Whether a text is a private key: `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`. */
export function isIdentity(text: string): boolean {
  try {
    new Decrypter().addIdentity(text)
    return true
  } catch {
    return false
  }
}

/** The public key of a private key. */
export function recipientOf(identity: string): Promise<string> {
  return identityToRecipient(identity)
}

/** The content of an age file with armor; null where no private key decrypts it. */
export async function decryptArmored(
  armored: string,
  identities: readonly string[],
): Promise<Uint8Array | null> {
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity)
  try {
    return await decrypter.decrypt(armor.decode(armored))
  } catch {
    return null
  }
}
