/** Writes one line: a message, and fields that programs can read. */
export type Log = (level: 'info' | 'warn', message: string, fields?: object) => void

const maxPendingBytes = 4 << 20

/** Makes the log of the program; it goes to stderr. */
export function makeLog(format: 'json' | 'text'): Log {
  const { stderr } = process
  // A closed stderr must not end the service.
  stderr.on('error', () => {})
  let droppedLines = 0
  return (level, message, fields = {}) => {
    // A log that is not read must not fill the memory.
    if (stderr.writableLength > maxPendingBytes) {
      droppedLines++
      return
    }
    const all = droppedLines > 0 ? { ...fields, lost: `${droppedLines} lines lost` } : fields
    droppedLines = 0
    const line =
      format === 'json'
        ? JSON.stringify({ time: new Date(), level, text: message, ...all })
        : [level === 'warn' ? `warning: ${message}` : message, ...Object.values(all)].join(' ')
    // All lines of a turn are written together: the last uncork() writes.
    stderr.cork()
    setImmediate(() => stderr.uncork())
    // Names come from bundles and requests: control characters must not reach a terminal.
    stderr.write(`${line.replace(/[^ -~]/g, '?')}\n`)
  }
}

/** Prints the error that ends the program and returns the exit code: 1 for a failure, 2 for wrong usage. */
export function endWithError(message: string, exitCode: 1 | 2): number {
  console.error(`registry: ${message}`)
  return exitCode
}
