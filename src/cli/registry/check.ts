/** The list of images, the check of all digests, and the progress of `gen-node registry`. */
import type { Flags } from '../../registry/flags.ts'
import { endWithError, type Log } from '../../registry/log.ts'
import type { OpenStore } from '../../registry/serve.ts'
import { type BundleContents, readBundles } from '../../registry/store/bundle.ts'
import type { ReadContext, Root } from '../../registry/store/bundle-reader.ts'
import { type Extent, findIntact } from '../../registry/store/extent.ts'
import { objectsIn, readJson } from '../../registry/store/json-file.ts'
import type { Manifest } from '../../registry/store/manifest.ts'
import { indexContents, type Store } from '../../registry/store/store.ts'

const progressStepBytes = 256 << 20

/** Makes the function that opens the store and reports its progress; `deep` checks all digests. */
export function openWithProgress(deep: boolean): OpenStore {
  return async (paths, context) => {
    const { log } = context
    const progress = inSteps(doneBytes => log('info', `${doneBytes} bytes are unpacked`))
    const { blobs, roots } = await readEachBundle(paths, { ...context, progress })
    const checked = deep ? await intactBlobs(blobs, log) : blobs
    const store = await indexContents({ blobs: checked, roots }, log)
    logAbsent(store, log)
    logUnnamed(roots, store, log)
    return store
  }
}

/** Reads the bundles; one without an image is reported. */
async function readEachBundle(
  paths: readonly string[],
  context: ReadContext,
): Promise<BundleContents> {
  const all = new Map<string, readonly Extent[]>()
  const allRoots: Root[] = []
  for (const path of paths) {
    const { blobs, roots } = await readBundles([path], context)
    if (roots.length === 0) context.log('warn', `${path} contains no image`)
    for (const [digest, copies] of blobs) all.set(digest, [...(all.get(digest) ?? []), ...copies])
    allRoots.push(...roots)
  }
  return { blobs: all, roots: allRoots }
}

/** Names the platforms that the index of an image lists and the bundles lack. */
function logAbsent({ blobs, manifests, repositories }: Store, log: Log): void {
  for (const [repository, tags] of repositories) {
    for (const [tag, { digest }] of tags) {
      const [file] = blobs.get(digest) ?? []
      const listed = objectsIn(file && readJson(file).manifests)
      const absent = listed.filter(({ digest: child }) => !manifests.has(`${child}`))
      const platforms = absent.map(({ platform, digest: child }) => platform?.architecture ?? child)
      if (absent.length > 0) log('info', `${repository}:${tag} lacks ${platforms.join(', ')}`)
    }
  }
}

/** Names the images that no tag, no index and no subject leads to: clients cannot pull them by a name. */
function logUnnamed(roots: readonly Root[], { manifests, repositories }: Store, log: Log): void {
  const tagged = [...repositories.values()].flatMap(tags => [...tags.values()])
  const listed = [...manifests.values()].flatMap(({ children }) => children)
  const reachable = new Set([...tagged, ...listed].map(({ digest }) => digest))
  for (const { digest, names, path } of roots) {
    const manifest = manifests.get(digest)
    if (names.length > 0 || reachable.has(digest) || manifest === undefined || manifest.subject)
      continue
    log('info', `${path}: ${digest} has no name, it is served by digest only`)
  }
}

/** Calls `progress` after every `progressStepBytes` bytes, and not for smaller steps. */
function inSteps(progress: (doneBytes: number) => void): (doneBytes: number) => void {
  let nextBytes = progressStepBytes
  return doneBytes => {
    // Another archive starts from the beginning.
    if (doneBytes < nextBytes - progressStepBytes) nextBytes = progressStepBytes
    if (doneBytes < nextBytes) return
    nextBytes += progressStepBytes
    progress(doneBytes)
  }
}

/** The copies that have their digest; the problem of each other copy is reported. */
async function intactBlobs(
  blobs: BundleContents['blobs'],
  log: Log,
): Promise<BundleContents['blobs']> {
  const intact = new Map<string, readonly Extent[]>()
  for (const [digest, copies] of blobs) {
    for (const copy of copies) {
      try {
        intact.set(digest, [...(intact.get(digest) ?? []), await findIntact([copy], digest)])
      } catch (error) {
        log('warn', `${digest} is not served: ${(error as Error).message}`)
      }
    }
  }
  return intact
}

/** `--check`: prints the images; the exit code is 1 after a warning. */
export async function checkBundles(
  flags: Flags,
  open: OpenStore,
  log: Log,
  print: (text: string) => void,
): Promise<number> {
  let warnings = 0
  const countingLog: Log = (level, message, fields) => {
    if (level === 'warn') warnings++
    log(level, message, fields)
  }
  // A running registry may serve the unpacked copies: they are not removed.
  const context = { ...flags, log: countingLog, removeCopy: () => {}, progress: () => {} }
  try {
    print(printImages(await open(flags.bundlePaths, context)))
  } catch (error) {
    return endWithError(error instanceof Error ? error.message : String(error), 1)
  }
  return warnings > 0 ? 1 : 0
}

/** The images, a line each: name, platforms, size, digest. */
function printImages(store: Store): string {
  const lines = [...store.repositories].flatMap(([repository, tags]) =>
    [...tags].map(([tag, manifest]) => {
      const parts = [...withChildren(manifest)]
      const platforms = new Set(
        parts.flatMap(({ platform }) =>
          platform ? `${platform.os}/${platform.architecture}` : [],
        ),
      )
      const sizes = parts.flatMap(({ size, blobs }) => [size, ...blobs.map(blob => blob.size ?? 0)])
      const bytes = sizes.reduce((total, size) => total + size, 0)
      const platformList = [...platforms].join() || '-'
      return `${repository}:${tag}  ${platformList}  ${bytes} B  ${manifest.digest}\n`
    }),
  )
  return lines.join('')
}

/** A manifest and all manifests that it refers to, directly or indirectly, without repetitions. */
function withChildren(manifest: Manifest, seen = new Set<Manifest>()): ReadonlySet<Manifest> {
  if (seen.has(manifest)) return seen
  seen.add(manifest)
  for (const child of manifest.children) withChildren(child, seen)
  return seen
}
