/** Processes that unpack one archive into one storage folder, and what crashed processes leave there. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { fileExtent, readExtent } from '../../src/registry/store/extent.ts'
import { unpack } from '../../src/registry/store/unpack.ts'
import { bundleFile } from './lib/bundle.ts'
import { noise } from './lib/image.ts'
import { tempFolder } from './lib/program.ts'

const bytes = noise('unpack', 8_000_000)
const packed = fileExtent(bundleFile('b.tar.gz', gzipSync(bytes, { level: 1 })))

function makeStorage(): string {
  return mkdtempSync(join(tempFolder, 'unpack-'))
}

/** Unpacks as a process does at its start; `progress` is called for each written chunk. */
async function unpackTo(storage: string, progress: (doneBytes: number) => void): Promise<void> {
  const remove = (path: string) => rmSync(path, { force: true })
  const context = { storage, progress, removeCopy: remove, log: () => {} }
  const trust = { verify: undefined, cosignKey: undefined }
  const copy = await unpack(packed, 'b.tar.gz', { ...context, ...trust })
  expect(readExtent(copy).equals(bytes)).toBe(true)
}

/** The name of the only copy in a folder. */
function onlyFile(storage: string): string {
  const names = readdirSync(storage)
  expect(names).toHaveLength(1)
  return `${names[0]}`
}

test('two processes with one id, as in two containers, do not write into one file', async () => {
  const storage = makeStorage()
  let second: Promise<void> | undefined
  await unpackTo(storage, doneBytes => {
    if (doneBytes > bytes.length / 2) second ??= unpackTo(storage, () => {})
  })
  const copy = onlyFile(storage)
  await second
  expect(onlyFile(storage)).toBe(copy)
})

test('a process whose part was removed uses the copy of the other process', async () => {
  const storage = makeStorage()
  let isFirst = true
  await unpackTo(storage, () => {
    if (!isFirst) return
    isFirst = false
    const part = onlyFile(storage)
    writeFileSync(join(storage, part.replace(/\.0\.[^.]+\.part$/, '')), bytes)
    rmSync(join(storage, part))
  })
  expect(onlyFile(storage)).not.toContain('part')
})

test('a part that is not complete is used by no process, and removed when it is of no use', async () => {
  const storage = makeStorage()
  await unpackTo(storage, () => {})
  const copy = onlyFile(storage)
  rmSync(join(storage, copy))
  // The name has the id of this process, of a running process, and of no process.
  const [old, running, ended] = [process.pid, process.ppid, 999_999_999].map(id =>
    join(storage, `${copy}.${id}.part`),
  ) as [string, string, string]
  for (const part of [old, running, ended]) writeFileSync(part, bytes.subarray(0, 1000))
  const twoMinutesAgo = new Date(Date.now() - 120_000)
  utimesSync(old, twoMinutesAgo, twoMinutesAgo)
  const during: boolean[][] = []
  await unpackTo(storage, () => during.push([old, running, ended].map(existsSync)))
  expect(during[0]).toEqual([false, true, true])
  expect(onlyFile(storage)).toBe(copy)
})

test('a part beside a complete copy, as after a crash between two steps, is removed', async () => {
  const storage = makeStorage()
  await unpackTo(storage, () => {})
  const copy = onlyFile(storage)
  writeFileSync(join(storage, `${copy}.1.part`), readFileSync(join(storage, copy)))
  const steps: number[] = []
  await unpackTo(storage, doneBytes => steps.push(doneBytes))
  expect(steps).toEqual([])
  expect(onlyFile(storage)).toBe(copy)
})

test('files of other archives stay', async () => {
  const storage = makeStorage()
  const others = ['note', `sha256:${'0'.repeat(64)}-1-2-3`, `sha256:${'0'.repeat(64)}-1-2-3.1.part`]
  for (const name of others) writeFileSync(join(storage, name), '')
  mkdirSync(join(storage, 'folder'))
  await unpackTo(storage, () => {})
  expect(readdirSync(storage)).toEqual(expect.arrayContaining([...others, 'folder']))
  expect(readdirSync(storage)).toHaveLength(5)
})
