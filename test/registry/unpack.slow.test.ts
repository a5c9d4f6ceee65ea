/** Processes that unpack one archive into one storage folder, and what crashed processes leave there. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import zlib, { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { fileExtent, readExtent } from '../../src/registry/store/extent.ts'
import { unpack } from '../../src/registry/store/unpack.ts'
import { runOrThrow } from '../lib/judge.ts'
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
  const copies = readdirSync(storage).filter(name => !name.endsWith('.part'))
  await second
  expect([onlyFile(storage)]).toEqual(copies)
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
  for (const part of [running, ended]) utimesSync(part, twoMinutesAgo, twoMinutesAgo)
  await unpackTo(storage, () => {})
  expect(onlyFile(storage)).toBe(copy)
})

test('with a key, a storage that other users can write to is refused', async () => {
  const storage = makeStorage()
  const context = { storage, progress: () => {}, removeCopy: () => {}, log: () => {} }
  const trust = { verify: undefined, cosignKey: 'cosign.pub' }
  const unpackSigned = () => unpack(packed, 'b.tar.gz', { ...context, ...trust })
  await unpackSigned()
  for (const mode of [0o777, 0o770, 0o702]) {
    chmodSync(storage, mode)
    await expect(unpackSigned()).rejects.toThrow('other users can write to it: chmod go-w')
  }
  chmodSync(storage, 0o755)
  await unpackSigned()
})

test('a zstd archive is unpacked where Node has zstd, else the error has the remedy', async () => {
  const storage = makeStorage()
  const [plain, path] = [bundleFile('z.tar', bytes), bundleFile('z.tar.zst', Buffer.alloc(0))]
  runOrThrow('zstd', '-q', '-f', plain, '-o', path)
  const context = { storage, progress: () => {}, removeCopy: () => {}, log: () => {} }
  const trust = { verify: undefined, cosignKey: undefined }
  const unpacked = unpack(fileExtent(path), 'z.tar.zst', { ...context, ...trust })
  if ('createZstdDecompress' in zlib) {
    expect(readExtent(await unpacked).equals(bytes)).toBe(true)
  } else {
    await expect(unpacked).rejects.toThrow('no zstd in Node: use zstd -d')
  }
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
