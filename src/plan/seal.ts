/** Adds the manifest to a plan: a node compares its files with it. */
import { sha256 } from '../codec/hash.ts'
import { encodeUtf8 } from '../codec/text.ts'
import type { NodePlan, PlanFile } from './plan.ts'
import { treeOf } from './tree.ts'

/**
 * The manifest's path on the node. The manifest has one line of sha256sum for every other file that is not
 * shared, and a last line with the hash of the lines before it, which a cut or empty manifest does not have.
 */
export const manifestPath = '/etc/gen-node/manifest.sha256'

/** The plan with its manifest. */
export function sealPlan(plan: NodePlan): NodePlan {
  const files = plan.files.filter(({ shared }) => !shared)
  const lines = treeOf({ ...plan, files }).entries.flatMap(entry =>
    entry.kind === 'file' ? [`${sha256(entry.content)}  ${entry.path}\n`] : [],
  )
  const text = lines.join('')
  const manifest: PlanFile = {
    path: manifestPath,
    content: encodeUtf8(`${text}# ${sha256(encodeUtf8(text))}  -\n`),
    // Other users could compare the hash of a file that has a password with the hashes of guesses.
    mode: 0o600,
    owner: 'root:root',
    secret: false,
    shared: false,
    layer: 'instance',
    from: [],
  }
  return { ...plan, files: [...plan.files, manifest] }
}
