/** A tree as a list: for people and for programs. */

import { sha256 } from '../cli/io/world.ts'
import type { Tree, TreeEntry } from '../index.ts'

/** One object for each entry, sorted by path. */
export async function listJson({ entries }: Tree): Promise<string> {
  return `${JSON.stringify(await Promise.all(entries.map(jsonOf)), null, 2)}\n`
}

/** One line for each entry: mode, owner, size, sha256, path. */
export async function listText({ entries }: Tree): Promise<string> {
  return table(await Promise.all(entries.map(rowOf)))
}

async function jsonOf(entry: TreeEntry) {
  const isFile = entry.kind === 'file'
  return {
    path: entry.path,
    kind: entry.kind,
    mode: modeOf(entry),
    owner: entry.owner,
    size: isFile ? entry.content.length : null,
    sha256: isFile ? await sha256(entry.content) : null,
    target: entry.kind === 'link' ? entry.target : null,
  }
}

async function rowOf(entry: TreeEntry): Promise<readonly string[]> {
  const { size, sha256: digest } = await jsonOf(entry)
  const path = entry.kind === 'link' ? `${entry.path} -> ${entry.target}` : entry.path
  const shown = entry.kind === 'directory' ? `${path}/` : path
  return [modeOf(entry), entry.owner, String(size ?? '-'), digest ?? '-'.padEnd(64), visible(shown)]
}

function modeOf({ mode }: TreeEntry): string {
  return mode.toString(8).padStart(4, '0')
}

function table(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(0, ...rows.map(row => row[column]?.length ?? 0))
  const [owner, size] = [width(1), width(2)]
  return rows
    .map(
      ([mode, who = '', bytes = '', digest, path]) =>
        `${mode} ${who.padEnd(owner)} ${bytes.padStart(size)} ${digest} ${path}\n`,
    )
    .join('')
}

/** Enabled units and people, which have no line among the files. */
export function listBesides({ enabled, users }: Tree): string {
  const units = enabled.length === 0 ? '' : `enabled: ${visible(enabled.join(' '))}\n`
  const people = users.map(user => `${user.name} (${user.authorizedKeys.length} keys)`)
  return people.length === 0 ? units : `${units}users: ${visible(people.join(', '))}\n`
}

/** A name from a foreign config may hold anything, also what moves the cursor. */
function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd')
}
