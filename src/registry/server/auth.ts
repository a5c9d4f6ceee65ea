import crypto from 'node:crypto'
import util from 'node:util'
import { readChecked } from '../checked-file.ts'

// Input: an htpasswd file. Output: the check of an Authorization header. A stored password is {SCHEME}
// and base64 of the digest followed by the salt; {SCRYPT} is Node's scrypt with 32 bytes and the
// default cost.

const schemes = 'SHA|SSHA|SHA256|SSHA256|SCRYPT'
const userForm = new RegExp(`^(.+?):{(${schemes})}(.+)$`)

/** Checks an Authorization header; skips hashing when the client has disconnected. */
export type Authenticate = (
  header: string | undefined,
  socket: { readonly destroyed: boolean },
) => Promise<boolean>

interface StoredPassword {
  readonly scheme: string
  readonly code: string
}

const scrypt = util.promisify<string, Buffer, number, Buffer>(crypto.scrypt)

/** Reads users and passwords; an unsupported scheme is an error with its line number. */
export function readAuthFile(path: string): Authenticate {
  const users = readChecked(path, 'file of users', parseUsers)
  // At most one for each user.
  const accepted = new Set<string>()
  let lastCheck: Promise<unknown> = Promise.resolve()

  return async (header = '', socket) => {
    const [, credentials = ''] = /^basic +(.*)/i.exec(header) ?? []
    const decoded = Buffer.from(credentials, 'base64').toString()
    const key = crypto.createHash('sha256').update(decoded).digest('hex')
    if (!accepted.has(key)) {
      // scrypt shares libuv's thread pool with file reads: one hash at a time.
      lastCheck = lastCheck.then(check, check)
      await lastCheck
    }
    return accepted.has(key)

    async function check(): Promise<void> {
      if (accepted.has(key) || socket.destroyed || decoded === '') return
      const [, name = '', password = ''] = /^(.*?):(.*)/s.exec(decoded) ?? []
      // The check of an unknown name takes as long, and no password has an empty hash.
      const stored = users.get(name) ?? { scheme: '', code: '' }
      if (await isPassword(password, stored)) accepted.add(key)
    }
  }
}

function parseUsers(content: Buffer): ReadonlyMap<string, StoredPassword> {
  const users = new Map<string, StoredPassword>()
  for (const [index, line] of content.toString().split('\n').entries()) {
    if (line.trim() === '') continue
    const [, name, scheme = '', code = ''] = userForm.exec(line.trim()) ?? []
    if (name === undefined) {
      throw new Error(`line ${index + 1} has an unsupported form; use NAME:{${schemes}}HASH`)
    }
    users.set(name, { scheme, code })
  }
  if (users.size === 0) throw new Error('it is empty')
  return users
}

async function isPassword(password: string, { scheme, code }: StoredPassword): Promise<boolean> {
  const stored = Buffer.from(code, 'base64')
  const isSha1 = /^S?SHA$/.test(scheme)
  const length = isSha1 ? 20 : 32
  const salt = stored.subarray(length)
  const hash = crypto
    .createHash(isSha1 ? 'sha1' : 'sha256')
    .update(password)
    .update(salt)
    .digest()
  // The time of a check must not tell whether a name exists, or its scheme.
  const slowHash = await scrypt(password, salt, length)
  const digest = scheme === 'SCRYPT' ? slowHash : hash
  return stored.length >= length && crypto.timingSafeEqual(digest, stored.subarray(0, length))
}
