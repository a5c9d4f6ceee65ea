/** SHA-256 (FIPS 180-4), which the core's world does not have. */
import { rootsOfPrimes } from './primes.ts'

let tables: { readonly start: Int32Array; readonly rounds: Int32Array } | null = null

function constants() {
  tables ??= {
    start: Int32Array.from(rootsOfPrimes(8, 2, 32), Number),
    rounds: Int32Array.from(rootsOfPrimes(64, 3, 32), Number),
  }
  return tables
}

/** The SHA-256 of bytes in lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  const { start, rounds } = constants()
  const state = Int32Array.from(start)
  const padded = pad(bytes)
  const words = new DataView(padded.buffer)
  const schedule = new Int32Array(64)
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) schedule[i] = words.getInt32(at + 4 * i)
    expand(schedule)
    compress(state, schedule, rounds)
  }
  return [...state].map(word => (word >>> 0).toString(16).padStart(8, '0')).join('')
}

function pad(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 0x20000000))
  view.setUint32(padded.length - 4, bytes.length << 3)
  return padded
}

function expand(w: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15] as number
    const b = w[i - 2] as number
    const low = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)
    const high = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10)
    w[i] = ((w[i - 16] as number) + low + (w[i - 7] as number) + high) | 0
  }
}

function compress(state: Int32Array, w: Int32Array, k: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let i = 0; i < 64; i++) {
    const choose = (e & f) ^ (~e & g)
    const high = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const one = (h + high + choose + (k[i] as number) + (w[i] as number)) | 0
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) {
    state[i] = ((state[i] as number) + word) | 0
  }
}

function turn(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by))
}
