/** The last step of a plan: the manifest by which a node knows that it is whole. */
import { sha256 } from '../codec/hash.ts'
import { encodeUtf8 } from '../codec/text.ts'
import type { NodePlan } from './plan.ts'
import { treeOf } from './tree.ts'

/** Where the manifest lies: a line for every other file, as sha256sum writes it. */
export const manifestPath = '/etc/gen-node/manifest.sha256'

/** The plan with its manifest. */
export function sealPlan(plan: NodePlan): NodePlan {
  const lines = treeOf(plan).entries.flatMap(entry =>
    entry.kind === 'file' ? [`${sha256(entry.content)}  ${entry.path}\n`] : [],
  )
  const manifest = {
    path: manifestPath,
    content: encodeUtf8(lines.join('')),
    mode: 0o644,
    owner: 'root:root',
    secret: false,
    from: [],
  }
  return { ...plan, files: [...plan.files, manifest] }
}
