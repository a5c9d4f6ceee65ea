/** The built library in Chromium: it loads, renders the bytes of the command line, and sends no requests. */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { folderWith, genNode } from '../cli/gen-node.ts'
import { type Case, cases, treeBelow } from '../lib/cases.ts'
import { describeWith } from '../lib/judge.ts'
import { root } from '../lib/source-tree.ts'
import { chromium, openPage, type Page } from './lib/chromium.ts'

const served: ReadonlyMap<string, readonly [type: string, body: string | Buffer]> = new Map([
  ['/', ['text/html', '<!doctype html><title>gen-node</title><link rel="icon" href="data:,">']],
  ['/page.mjs', ['text/javascript', readFileSync(join(import.meta.dirname, 'page.mjs'))]],
  ['/index.mjs', ['text/javascript', readFileSync(join(root, 'dist/index.mjs'))]],
])
const env = { GOLDEN_PASSWORD: 'correct horse' }

describeWith([chromium], 'the library in Chromium', () => {
  const requested: string[] = []
  let server: Server
  let page: Page
  let origin = ''

  beforeAll(async () => {
    server = createServer((request, response) => {
      requested.push(request.url ?? '')
      const [type, body] = served.get(request.url ?? '') ?? []
      // The policy of a strict site: no eval, and no other origin.
      const policy = "default-src 'none'; script-src 'self'; img-src data:"
      response.writeHead(body === undefined ? 404 : 200, {
        ...{ 'content-type': type ?? 'text/plain', 'content-security-policy': policy },
      })
      response.end(body)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    page = await openPage()
    await page.open(`${origin}/`)
  })
  afterAll(async () => {
    await page?.close()
    server?.close()
  })

  it('loads', async () => {
    expect(await page.evaluate("import('/page.mjs').then(module => typeof module.render)")).toBe(
      'function',
    )
  })

  // The command line writes no files for a case over the size limit of its platform.
  const rendered = cases().flatMap(golden => {
    const expected = artifactsOfCommandLine(golden)
    return expected === null ? [] : [{ name: golden.name, golden, expected }]
  })

  it.each(rendered)("renders the command line's bytes for $name", async ({ golden, expected }) => {
    const input = JSON.stringify(inputOf(golden))
    const made = await page.evaluate(`import('/page.mjs').then(({ render }) => render(${input}))`)
    expect(new Map(made as [string, string][])).toEqual(expected)
  })

  it('renders at least ten cases', () => expect(rendered.length).toBeGreaterThanOrEqual(10))

  it('requests its own three files only, and reports no error', () => {
    const own = [...served.keys()]
    expect(requested).toEqual(own)
    const network = page.requests.filter(url => !url.startsWith('data:'))
    expect(network).toEqual(own.map(path => `${origin}${path}`))
    expect(page.errors).toEqual([])
  })
})

/** The bytes of every node in Base64 by `NODE/NAME`, or null if the case is over a size limit. */
function artifactsOfCommandLine({ folder }: Case): ReadonlyMap<string, string> | null {
  const out = folderWith({})
  const { code, stderr } = genNode([join(folder, 'spec.yaml'), '-q', '-o', `${out}/`], { env })
  if (code === 4) return null
  if (code !== 0) throw new Error(stderr)
  return new Map(
    readdirSync(out, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && entry.parentPath !== out)
      .map(entry => join(entry.parentPath, entry.name))
      .map(path => [relative(out, path), readFileSync(path).toString('base64')]),
  )
}

/** A spec with every file and folder of its case. */
function inputOf({ source, folder }: Case): object {
  const below = readdirSync(folder, { recursive: true, withFileTypes: true })
    .map(entry => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ path }) => !path.startsWith(join(folder, 'out')))
  const files = below
    .filter(({ entry }) => entry.isFile())
    .map(({ path }) => [relative(folder, path), readFileSync(path).toString('base64')])
  const trees = below
    .filter(({ entry }) => entry.isDirectory())
    .map(({ path }) => [
      relative(folder, path),
      treeBelow(path).map(item =>
        item.kind === 'file'
          ? { ...item, content: Buffer.from(item.content).toString('base64') }
          : item,
      ),
    ])
  return {
    text: source.text,
    files: Object.fromEntries(files),
    trees: Object.fromEntries(trees),
    env,
  }
}
