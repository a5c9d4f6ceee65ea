import crypto from 'node:crypto'
import util from 'node:util'

// Input: an htpasswd file. Output: the check of an Authorization header. A stored password is {SCHEME}
// and base64 of the digest followed by the salt; {SCRYPT} is Node's scrypt with 32 bytes and the
// default cost.

const maxAcceptedHeaders = 1000

/** Checks an Authorization header; skips hashing when the client has disconnected. */
export type Authenticate = (
  header: string | undefined,
  isDisconnected: () => boolean,
) => Promise<boolean>

interface StoredPassword {
  readonly scheme: string
  readonly code: string
}

const scrypt = util.promisify<string, Buffer, number, Buffer>(crypto.scrypt)

/** Reads users and passwords; an unsupported scheme is an error with its line number. */
export function parseAuthFile(text: string): Authenticate {
  const users = parseUsers(text)
  const [anyPassword = { scheme: '', code: '' }] = users.values()
  const accepted = new Set<string>()
  let lastCheck: Promise<unknown> = Promise.resolve()

  return async (header = '', isDisconnected) => {
    const headerHash = crypto.createHash('sha256').update(header).digest('hex')
    if (accepted.has(headerHash)) return true
    // scrypt shares libuv's thread pool with file reads: cache accepted headers, run one hash at a
    // time.
    const result = lastCheck.then(check, check)
    lastCheck = result
    return result

    async function check(): Promise<boolean> {
      // The same header may have been accepted while this check waited.
      if (accepted.has(headerHash) || isDisconnected()) return accepted.has(headerHash)
      const [, credentials = ''] = /^basic +(.*)/i.exec(header) ?? []
      const decoded = Buffer.from(credentials, 'base64').toString()
      const [, name = '', password = ''] = /^(.*?):(.*)/s.exec(decoded) ?? []
      // The check of an unknown name takes as long as that of a known name.
      const stored = users.get(name) ?? anyPassword
      const isAccepted = (await isPassword(password, stored)) && users.has(name)
      if (isAccepted && accepted.size < maxAcceptedHeaders) accepted.add(headerHash)
      return isAccepted
    }
  }
}

function parseUsers(text: string): ReadonlyMap<string, StoredPassword> {
  const users = new Map<string, StoredPassword>()
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const [, name, scheme = '', code = ''] =
      /^(.+?):\{(S?SHA|S?SHA256|SCRYPT)\}(.+)$/.exec(line.trim()) ?? []
    if (name === undefined) {
      const schemes = '{SHA}, {SSHA}, {SHA256}, {SSHA256} or {SCRYPT}'
      throw new Error(`line ${index + 1} of --auth-file: unsupported form; use NAME:${schemes}`)
    }
    users.set(name, { scheme, code })
  }
  return users
}

async function isPassword(password: string, { scheme, code }: StoredPassword): Promise<boolean> {
  const stored = Buffer.from(code, 'base64')
  const isSha1 = scheme === 'SHA' || scheme === 'SSHA'
  const length = isSha1 ? 20 : 32
  const salt = stored.subarray(length)
  const hash = crypto.createHash(isSha1 ? 'sha1' : 'sha256').update(password)
  const digest =
    scheme === 'SCRYPT' ? await scrypt(password, salt, length) : hash.update(salt).digest()
  return stored.length >= length && crypto.timingSafeEqual(digest, stored.subarray(0, length))
}
