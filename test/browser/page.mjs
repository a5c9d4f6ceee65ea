/**
 * Runs in the page: renders specs with the built library, as the command line does. No other code of
 * this test calls the library.
 */
import {
  artifactName,
  defaultFormats,
  load,
  needs,
  nodeNames,
  plan,
  render as renderNode,
} from '/index.mjs'

/** Every artifact of a case as `NODE/NAME` and Base64. */
export function render({ text, files, trees, env }) {
  const spec = unwrap(load({ name: 'spec.yaml', text, overrides: [] }))
  const needed = needs(spec)
  const planned = unwrap(
    plan(spec, {
      files: new Map(needed.flatMap(({ file }) => (file ? [[file, decode(files[file])]] : []))),
      trees: new Map(
        needed.flatMap(({ folder }) => (folder ? [[folder, itemsOf(trees[folder])]] : [])),
      ),
      env: new Map(Object.entries(env)),
      sops: new Map(),
    }),
  )
  return nodeNames(planned).flatMap(node =>
    defaultFormats.flatMap(format => {
      const artifacts = unwrap(renderNode(planned, { format, node }, { gzip: 'auto', options: {} }))
      return artifacts.map(artifact => [artifactName(artifact), encode(artifact.bytes)])
    }),
  )
}

function unwrap(outcome) {
  if (outcome.ok) return outcome.value
  throw new Error(JSON.stringify(outcome.diagnostics))
}

function itemsOf(items) {
  return items.map(item =>
    item.kind === 'file' ? { ...item, content: decode(item.content) } : item,
  )
}

function decode(base64) {
  return Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
}

function encode(bytes) {
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
}
