import { expect } from 'vitest'
import { digestOf } from './image.ts'
import { get, type Running } from './program.ts'

interface Pointing {
  readonly config?: { readonly digest: string; readonly size: number }
  readonly layers?: readonly { readonly digest: string; readonly size: number }[]
  readonly manifests?: readonly { readonly digest: string }[]
}

/** Pulls an image as a client does, checks every byte against its digest, and gives what it is. */
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
  const manifest: Pointing = JSON.parse(`${answer.body}`)
  for (const { digest: child } of manifest.manifests ?? []) {
    await pull(registry, name, child, query)
  }
  for (const one of [manifest.config ?? [], manifest.layers ?? []].flat()) {
    const { body, status } = await get(registry, `/v2/${name}/blobs/${one.digest}${query}`)
    expect([one.digest, status, digestOf(body), body.length]).toEqual([
      one.digest,
      200,
      one.digest,
      one.size,
    ])
  }
  return { digest, config: manifest.config?.digest }
}

/** Every repository and tag that the registry says it has. */
export async function names(registry: Running): Promise<readonly string[]> {
  const { body } = await get(registry, '/v2/_catalog')
  const found: string[] = []
  for (const repository of JSON.parse(`${body}`).repositories) {
    const { body: tags } = await get(registry, `/v2/${repository}/tags/list`)
    for (const tag of JSON.parse(`${tags}`).tags ?? []) found.push(`${repository}:${tag}`)
  }
  return found
}
