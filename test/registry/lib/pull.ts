import { expect } from 'vitest'
import { digestOf } from './image.ts'
import { get, type Running } from './program.ts'

interface PulledManifest {
  readonly config?: { readonly digest: string; readonly size: number }
  readonly layers?: readonly { readonly digest: string; readonly size: number }[]
  readonly manifests?: readonly { readonly digest: string }[]
}

/** Pulls an image as a client does, compares all content with its digests, and gives the digests. */
export async function pull(
  registry: Running,
  name: string,
  ref: string,
  query = '',
): Promise<{ readonly digest: string; readonly config: string | undefined }> {
  const answer = await get(registry, `/v2/${name}/manifests/${ref}${query}`)
  expect([name, ref, answer.status]).toEqual([name, ref, 200])
  const digest = digestOf(answer.body)
  expect(answer.headers['docker-content-digest']).toBe(digest)
  const manifest: PulledManifest = JSON.parse(`${answer.body}`)
  for (const { digest: child } of manifest.manifests ?? []) {
    await pull(registry, name, child, query)
  }
  for (const blob of [manifest.config ?? [], manifest.layers ?? []].flat()) {
    const { body, status } = await get(registry, `/v2/${name}/blobs/${blob.digest}${query}`)
    expect([blob.digest, status, digestOf(body), body.length]).toEqual([
      blob.digest,
      200,
      blob.digest,
      blob.size,
    ])
  }
  return { digest, config: manifest.config?.digest }
}

/** All repositories and tags in the catalog of the registry. */
export async function names(registry: Running): Promise<readonly string[]> {
  const { body } = await get(registry, '/v2/_catalog')
  const found: string[] = []
  for (const repository of JSON.parse(`${body}`).repositories) {
    const { body: tags } = await get(registry, `/v2/${repository}/tags/list`)
    for (const tag of JSON.parse(`${tags}`).tags ?? []) found.push(`${repository}:${tag}`)
  }
  return found
}
