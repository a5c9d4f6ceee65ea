/** SHA-512 (FIPS 180-4) on pairs of 32-bit halves, which is many times faster than on bigints. */
import { rootsOfPrimes } from './primes.ts'

let tables: { readonly start: Int32Array; readonly rounds: Int32Array } | null = null

function constants() {
  tables ??= { start: halves(rootsOfPrimes(8, 2, 64)), rounds: halves(rootsOfPrimes(80, 3, 64)) }
  return tables
}

function halves(words: readonly bigint[]): Int32Array {
  return Int32Array.from(words.flatMap(word => [Number(word >> 32n), Number(word & 0xffffffffn)]))
}

/** The SHA-512 of bytes in lower-case hex. */
export function sha512(bytes: Uint8Array): string {
  const { start, rounds } = constants()
  const state = Int32Array.from(start)
  const padded = pad(bytes)
  const view = new DataView(padded.buffer)
  const schedule = new Int32Array(160)
  for (let at = 0; at < padded.length; at += 128) {
    for (let i = 0; i < 32; i++) schedule[i] = view.getInt32(at + 4 * i)
    expand(schedule)
    compress(state, schedule, rounds)
  }
  return [...state].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

function pad(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((bytes.length + 17) / 128) * 128)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000))
  view.setUint32(padded.length - 4, bytes.length << 3)
  return padded
}

function expand(w: Int32Array): void {
  for (let i = 32; i < 160; i += 2) {
    const a = at(w, i - 30)
    const b = at(w, i - 4)
    const low = xor(turn(a, 1), turn(a, 8), shift(a, 7))
    const high = xor(turn(b, 19), turn(b, 61), shift(b, 6))
    put(w, i, sum(at(w, i - 32), low, at(w, i - 14), high))
  }
}

function compress(state: Int32Array, w: Int32Array, k: Int32Array): void {
  let [a, b, c, d, e, f, g, h] = [0, 2, 4, 6, 8, 10, 12, 14].map(i => at(state, i)) as Eight
  for (let i = 0; i < 160; i += 2) {
    const choose: Word = [(e[0] & f[0]) ^ (~e[0] & g[0]), (e[1] & f[1]) ^ (~e[1] & g[1])]
    const one = sum(h, xor(turn(e, 14), turn(e, 18), turn(e, 41)), choose, at(k, i), at(w, i))
    const majority: Word = [
      (a[0] & b[0]) ^ (a[0] & c[0]) ^ (b[0] & c[0]),
      (a[1] & b[1]) ^ (a[1] & c[1]) ^ (b[1] & c[1]),
    ]
    const two = sum(xor(turn(a, 28), turn(a, 34), turn(a, 39)), majority)
    ;[h, g, f, e, d, c, b, a] = [g, f, e, sum(d, one), c, b, a, sum(one, two)]
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) {
    put(state, 2 * i, sum(at(state, 2 * i), word))
  }
}

type Word = readonly [high: number, low: number]
type Eight = [Word, Word, Word, Word, Word, Word, Word, Word]

function at(words: Int32Array, i: number): Word {
  return [words[i] as number, words[i + 1] as number]
}

function put(words: Int32Array, i: number, word: Word): void {
  words[i] = word[0]
  words[i + 1] = word[1]
}

function sum(...words: readonly Word[]): Word {
  let low = 0
  let high = 0
  for (const word of words) {
    low += word[1] >>> 0
    high += word[0] >>> 0
  }
  return [(high + Math.floor(low / 0x100000000)) | 0, low | 0]
}

function xor(a: Word, b: Word, c: Word): Word {
  return [a[0] ^ b[0] ^ c[0], a[1] ^ b[1] ^ c[1]]
}

function shift([high, low]: Word, by: number): Word {
  return [high >>> by, (low >>> by) | (high << (32 - by))]
}

function turn([high, low]: Word, by: number): Word {
  const [a, b, rest] = by < 32 ? [high, low, by] : [low, high, by - 32]
  return [(a >>> rest) | (b << (32 - rest)), (b >>> rest) | (a << (32 - rest))]
}
