/**
 * Runs in the page: renders specs with the built library, as the command line does. This is the only
 * place of this test that calls the library.
 */
import { artifactName, defaultFormats, emitPlans, loadSpec, needs, plan } from '/index.mjs'

/** Every artifact of a case as `NODE/NAME` and Base64. */
export function render({ text, files, trees, env }) {
  const source = { name: 'spec.yaml', text, overrides: [] }
  const spec = must(loadSpec(source))
  const asked = needs(spec)
  const plans = must(
    plan(spec, {
      files: new Map(asked.flatMap(({ file }) => (file ? [[file, decode(files[file])]] : []))),
      trees: new Map(
        asked.flatMap(({ folder }) => (folder ? [[folder, itemsOf(trees[folder])]] : [])),
      ),
      env: new Map(Object.entries(env)),
    }),
  )
  return plans.flatMap(plan =>
    defaultFormats.flatMap(format => {
      const platform = spec.nodes.find(node => node.name === plan.name).platform
      const artifacts = must(emitPlans(format, [plan], { gzip: 'auto', options: {}, platform }))
      return artifacts.map(artifact => [artifactName(artifact), encode(artifact.bytes)])
    }),
  )
}

function must(outcome) {
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
