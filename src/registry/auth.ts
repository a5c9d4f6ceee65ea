import crypto from 'node:crypto'

// What enters: an htpasswd file. What leaves: a gate that knows whom to let in. A stored password
// is {SCHEME} and base64 of the digest and, behind it, the salt; {SCRYPT} is Node's scrypt of 32
// bytes with its default cost.

const maxRemembered = 1000

/** Tells whether an Authorization header is one of a user of the file. */
export type Gate = (header: string | undefined) => boolean

/** Reads users and passwords; a scheme that Node alone cannot check is refused by its line. */
export function parseAuthFile(text: string): Gate {
  const users = new Map<string, readonly string[]>()
  for (const line of text.split(/\s+/)) {
    const [, name, ...stored] = /^(.+?):\{S?(SHA|SHA256|CRYPT)\}(.+)$/.exec(line) ?? []
    if (name) users.set(name, stored)
    else if (line) {
      throw new Error(
        '--auth-file: bcrypt and others cannot be checked here; use {SSHA256} or {SCRYPT}',
      )
    }
  }
  const passed = new Set<string>()
  return (header = '') => {
    const seen = crypto.createHash('sha256').update(header).digest('hex')
    const [, code = ''] = /^basic +(.*)/i.exec(header) ?? []
    const given = Buffer.from(code, 'base64').toString()
    const [, name = '', password = ''] = /(.*?):(.*)/s.exec(given) ?? []
    const stored = users.get(name)
    const right = passed.has(seen) || (!!stored && isPassword(password, stored))
    // scrypt is slow on purpose: once for each client is enough.
    if (right && passed.size < maxRemembered) passed.add(seen)
    return right
  }
}

function isPassword(password: string, [scheme, code = '']: readonly string[]): boolean {
  const stored = Buffer.from(code, 'base64')
  const [length, algorithm] = scheme === 'SHA' ? [20, 'sha1'] : [32, 'sha256']
  const salt = stored.subarray(length)
  const own =
    scheme === 'CRYPT'
      ? crypto.scryptSync(password, salt, length)
      : crypto.createHash(algorithm).update(password).update(salt).digest()
  return stored.length >= length && crypto.timingSafeEqual(own, stored.subarray(0, length))
}
