import fs from 'node:fs'

/** Reads a file of a known kind and parses it; every error names the file and what it must be. */
export function readChecked<T>(path: string, kind: string, parse: (content: Buffer) => T): T {
  try {
    return parse(fs.readFileSync(path))
  } catch (error) {
    throw new Error(`${path} is not a readable ${kind}: ${(error as Error).message}`)
  }
}
