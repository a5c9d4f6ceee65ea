import crypto from 'node:crypto'
import util from 'node:util'

// What enters: an htpasswd file. What leaves: a gate that knows whom to let in. A stored password
// is {SCHEME} and base64 of the digest and, behind it, the salt; {SCRYPT} is Node's scrypt of 32
// bytes with its default cost.

const maxRemembered = 1000

/** Tells whether an Authorization header is one of a user of the file; nobody asks on behalf of who has left. */
export type Gate = (header: string | undefined, isGone: () => boolean) => Promise<boolean>

const scrypt = util.promisify<string, Buffer, number, Buffer>(crypto.scrypt)

/** Reads users and passwords; a scheme that Node alone cannot check is refused by its line. */
export function parseAuthFile(text: string): Gate {
  const users = new Map<string, readonly string[]>()
  for (const line of text.split(/\s+/)) {
    const [, name, ...stored] = /^(.+?):\{(S?SHA|S?SHA256|SCRYPT)\}(.+)$/.exec(line) ?? []
    if (name) users.set(name, stored)
    else if (line) {
      throw new Error('--auth-file takes {SHA}, {SSHA256}, {SCRYPT}')
    }
  }
  const [anybody = []] = users.values()
  const passed = new Set<string>()
  let turn: Promise<unknown> = Promise.resolve()
  return async (header = '', isGone) => {
    const seen = crypto.createHash('sha256').update(header).digest('hex')
    const check = async () => {
      // Others may have waited with the same header, and who has left need not know.
      if (passed.has(seen) || isGone()) return passed.has(seen)
      const [, code = ''] = /^basic +(.*)/i.exec(header) ?? []
      const given = Buffer.from(code, 'base64').toString()
      const [, name = '', password = ''] = /^(.*?):(.*)/s.exec(given) ?? []
      // A name that nobody has takes as long as one that somebody has.
      const right = (await isPassword(password, users.get(name) ?? anybody)) && users.has(name)
      if (right && passed.size < maxRemembered) passed.add(seen)
      return right
    }
    // scrypt is slow on purpose: once for each client is enough, and one at a time, or whoever
    // guesses takes the threads that files are read by.
    if (passed.has(seen)) return true
    const mine = turn.then(check, check)
    turn = mine
    return mine
  }
}

async function isPassword(
  password: string,
  [scheme = '', code = '']: readonly string[],
): Promise<boolean> {
  const stored = Buffer.from(code, 'base64')
  const [length, algorithm] = /A$/.test(scheme) ? [20, 'sha1'] : [32, 'sha256']
  const salt = stored.subarray(length)
  const own =
    scheme === 'SCRYPT'
      ? await scrypt(password, salt, length)
      : crypto.createHash(algorithm).update(password).update(salt).digest()
  return stored.length >= length && crypto.timingSafeEqual(own, stored.subarray(0, length))
}
