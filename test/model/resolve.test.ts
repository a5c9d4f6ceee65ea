/** The walk over all texts, the needed files, and the findings of a failed fetch. */
import { describe, expect, it } from 'vitest'
import { decodeUtf8, encodeUtf8 } from '../../src/codec/text.ts'
import { type FetchFailure, needs, resolve, type Supplies } from '../../src/model/resolve.ts'
import type { TreeItem } from '../../src/model/spec.ts'
import { mapTexts } from '../../src/model/texts.ts'
import { good, sourceOf, specOf } from '../lib/cases.ts'

const everyText = sourceOf(`apiVersion: gen-node/v1
bootstrap: 10.0.0.1
mirrors:
  - host: quay.io
    endpoints: ["https://m.site"]
    ca: {file: mirror-ca}
    client: {cert: {file: client-cert}, key: {file: client-key}}
    header: {X-Site: hull, X-Key: {env: HEADER}, X-Zone: {file: zone}}
  - {host: docker.io, auth: {username: u, password: {env: MIRROR_PASSWORD}}}
registry:
  verify: {key: {file: cosign}}
  tls: {cert: {file: tls-cert}, key: {file: tls-key}}
  ca: {file: registry-ca}
  auth: {username: u, password: {env: REGISTRY_PASSWORD}}
nodes:
  - name: c1
    role: controller
    token: {env: TOKEN}
    files:
      - {path: /a, file: open-file}
      - {path: /b, file: secret-file, secret: true}
      - {path: /c, tree: open-tree}
      - {path: /d, tree: secret-tree, secret: true}
    units: [{name: a.service, file: unit}]
    manifests: [{name: m, file: manifest}]
`)

const failure = (reason: string): FetchFailure => ({ failed: 'unreadable', reason })
const nothing: Supplies = { files: new Map(), trees: new Map(), env: new Map(), sops: new Map() }

function findings(text: string, supplies: Partial<Supplies>): readonly string[] {
  const { diagnostics } = resolve(specOf(sourceOf(text)), { ...nothing, ...supplies })
  return diagnostics.map(({ rule, path, args }) =>
    [rule, path.join('.'), args.reason].filter(part => part !== undefined).join(' '),
  )
}

describe('mapTexts', () => {
  it('visits every text and folder once, with its secrecy', () => {
    const visited: string[] = []
    const visit = (name: string, secret: boolean) => {
      visited.push(secret ? `${name} secret` : name)
    }
    mapTexts(specOf(everyText), {
      text: (text, { secret }) =>
        visit(
          text.kind === 'env' ? text.name : text.kind === 'inline' ? text.text : text.file,
          secret,
        ),
      folder: ({ folder }, { secret }) => visit(folder, secret),
    })
    expect(visited).toEqual([
      'mirror-ca',
      'client-cert',
      'client-key secret',
      'hull',
      'HEADER secret',
      'zone secret',
      'MIRROR_PASSWORD secret',
      'cosign',
      'tls-cert',
      'tls-key secret',
      'registry-ca',
      'REGISTRY_PASSWORD secret',
      'TOKEN secret',
      'open-file',
      'secret-file secret',
      'open-tree',
      'secret-tree secret',
      'unit',
      'manifest',
    ])
  })
})

describe('needs', () => {
  it('are all references, and no inline text', () => {
    const needed = needs(specOf(everyText))
    expect(needed.filter(need => need.kind === 'file')).toHaveLength(12)
    expect(needed.filter(need => need.kind === 'tree')).toHaveLength(2)
    expect(needed.filter(need => need.kind === 'env')).toHaveLength(4)
    expect(needed[0]).toEqual({
      kind: 'file',
      file: 'mirror-ca',
      from: ['mirrors', 0, 'ca', 'file'],
    })
  })
})

describe('resolve', () => {
  const head = 'apiVersion: gen-node/v1\nbootstrap: 10.0.0.1\n'
  const nodes = 'nodes: [{name: w1, role: worker}, {name: w2, role: worker}]\n'
  const file = `${head}defaults: {files: [{path: /a, file: a}]}\n${nodes}`
  const tree = `${head}defaults: {files: [{path: /a, tree: t}]}\n${nodes}`
  const env = `${head}token: {env: A}\n${nodes}`

  it('gives the bytes of every text and the entries of every folder', () => {
    const items: readonly TreeItem[] = [{ kind: 'directory', path: 'd' }]
    const files = needs(specOf(everyText)).flatMap(need =>
      need.kind === 'file' ? [[need.file, encodeUtf8(need.file)] as const] : [],
    )
    const spec = good(
      everyText,
      resolve(specOf(everyText), {
        files: new Map(files),
        trees: new Map([
          ['open-tree', items],
          ['secret-tree', items],
        ]),
        env: new Map([
          ['HEADER', 'h'],
          ['MIRROR_PASSWORD', 'm'],
          ['REGISTRY_PASSWORD', 'r'],
          ['TOKEN', 't'],
        ]),
        sops: new Map(),
      }),
    )
    const [node] = spec.nodes
    expect(decodeUtf8(node?.token?.bytes ?? new Uint8Array())).toBe('t')
    expect(node?.token?.from).toEqual(['nodes', 0, 'token', 'env'])
    expect(node?.files[3]).toMatchObject({ kind: 'tree', tree: items })
    const header = spec.mirrors[0]?.header.map(([name, value]) => [name, decodeUtf8(value.bytes)])
    expect(header).toEqual([
      ['X-Site', 'hull'],
      ['X-Key', 'h'],
      ['X-Zone', 'zone'],
    ])
  })

  it('reports an unreadable file once, at its first use', () => {
    const files = new Map([['a', failure('EACCES')]])
    expect(findings(file, { files })).toEqual(['spec/file-unreadable defaults.files.0.file EACCES'])
    const twice = file.replace('file: a}', 'file: a}, {path: /b, file: a}')
    expect(findings(twice, { files })).toHaveLength(1)
  })

  it('reports missing supplies', () => {
    expect(findings(file, {})).toEqual([
      'spec/file-unreadable defaults.files.0.file it was not supplied',
    ])
    expect(findings(tree, {})).toEqual([
      'spec/file-unreadable defaults.files.0.tree it was not supplied',
    ])
  })

  it('reports files and folders outside the spec’s folder', () => {
    const outside: FetchFailure = { failed: 'outside-folder' }
    expect(findings(file, { files: new Map([['a', outside]]) })).toEqual([
      'spec/outside-folder defaults.files.0.file',
    ])
    expect(findings(tree, { trees: new Map([['t', outside]]) })).toEqual([
      'spec/outside-folder defaults.files.0.tree',
    ])
  })

  it('reports variables that are not set or empty', () => {
    expect(findings(env, {})).toEqual(['spec/variable-unset token.env'])
    expect(findings(env, { env: new Map([['A', '']]) })).toEqual(['spec/variable-unset token.env'])
  })
})
