/** The standard streams: stdout for data, stderr for messages. */
import * as fs from 'node:fs'
import process from 'node:process'
import type { Read } from './files.ts'
import { describeError, errorCode } from './system-error.ts'

/** Whether a stream is a terminal. */
export function isTerminal(stream: 'stdin' | 'stdout' | 'stderr'): boolean {
  // Loaded on demand: the module loads streams and sockets with it.
  const { isatty } = process.getBuiltinModule('node:tty')
  return isatty(['stdin', 'stdout', 'stderr'].indexOf(stream))
}

/** Writes data to stdout; exits with 141 where the reader of a pipe has closed it. */
export function writeStdout(data: string | Uint8Array): void {
  write(1, data)
}

/** Writes a message to stderr. */
export function writeStderr(text: string): void {
  write(2, text)
}

function write(descriptor: 1 | 2, data: string | Uint8Array): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += fs.writeSync(descriptor, bytes, offset)
    } catch (error) {
      // The pipe is full and non-blocking: wait until its reader has read.
      if (errorCode(error) === 'EAGAIN') Atomics.wait(sleeper, 0, 0, 5)
      else if (errorCode(error) === 'EPIPE') process.exit(brokenPipeCode)
      else if (descriptor === 2) return
      else exitOnWriteError(error)
    }
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** The bytes of stdin, up to the chunk that exceeds `maxBytes`; SIGINT ends the asynchronous wait. */
export async function readStdin(maxBytes: number): Promise<Read<Uint8Array>> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of process.stdin) {
      chunks.push(chunk)
      length += chunk.length
      if (length > maxBytes) break
    }
  } catch (error) {
    return { ok: false, reason: describeError(error) }
  }
  return { ok: true, value: Buffer.concat(chunks) }
}

// 128 + SIGPIPE, as in a shell: truncated output is not a success.
const brokenPipeCode = 141

/** Handles broken pipes of code that writes to process.stdout directly. */
export function exitOnBrokenPipe(): void {
  process.stdout.on('error', error => {
    if (errorCode(error) === 'EPIPE') process.exit(brokenPipeCode)
    exitOnWriteError(error)
  })
}

function exitOnWriteError(error: unknown): never {
  write(2, `gen-node: cannot write to stdout: ${describeError(error)}\n`)
  process.exit(1)
}
