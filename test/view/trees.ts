/** Trees for the tests of views. */
import { encodeUtf8 } from '../../src/codec/text.ts'
import type { InspectedTree } from '../../src/emit/emitter.ts'
import type { TreeEntry } from '../../src/plan/tree.ts'

/** A tree with these parts and nothing else. */
export function aTree(parts: Partial<InspectedTree> = {}): InspectedTree {
  return {
    entries: [],
    enabled: [],
    users: [],
    hardLinks: new Map(),
    unmodelled: [],
    details: { format: 'test', parts: [] },
    ...parts,
  }
}

/** A file of root with mode 0644. */
export function aFile(
  path: string,
  text: string,
  parts: Partial<Omit<TreeEntry, 'kind'>> = {},
): TreeEntry {
  return {
    kind: 'file',
    path,
    mode: 0o644,
    owner: 'root:root',
    content: encodeUtf8(text),
    ...parts,
  }
}
