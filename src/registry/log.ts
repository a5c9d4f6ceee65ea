/** Writes one line: a message, and fields that programs can read. */
export type Log = (level: 'info' | 'warn', message: string, fields?: object) => void

/** Makes the log of the program; it goes to stderr. */
export function makeLog(format: 'json' | 'text'): Log {
  return (level, message, fields = {}) => {
    const line =
      format === 'json'
        ? JSON.stringify({ time: new Date(), level, text: message, ...fields })
        : [level === 'warn' ? `warning: ${message}` : message, ...Object.values(fields)].join(' ')
    // Names come from bundles and requests: control characters must not reach a terminal.
    console.error(line.replace(/[^ -~]/g, '?'))
  }
}

/** Prints the error that ends the program and returns the exit code: 1 for a failure, 2 for wrong usage. */
export function endWithError(message: string, exitCode: 1 | 2): number {
  console.error(`registry: ${message}`)
  return exitCode
}
