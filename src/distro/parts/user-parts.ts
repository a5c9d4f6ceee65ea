/** What the user adds to any node: files, trees, units, people, a host name, a route. */

import route from '../../../templates/route.service.hbs'
import { encodeUtf8 } from '../../codec/text.ts'
import { isInvisible } from '../../model/grammar.ts'
import type { Supplies, TreeItem } from '../../model/needs.ts'
import type { ExtraFile, Node } from '../../model/spec.ts'
import type { NodePlan, PlanFile } from '../../plan/plan.ts'
import { report } from '../rules.ts'
import type { Desk } from '../supply.ts'
import { paths } from './os-paths.ts'

/** The part of a plan that is the user's own. */
export function extras(
  node: Node,
  supplies: Supplies,
  desk: Desk,
  services: readonly string[],
): Omit<NodePlan, 'name'> {
  const trees = node.files.flatMap(file =>
    file.kind === 'tree' ? treeItems(file, supplies, desk) : [],
  )
  return {
    files: [
      ...node.files.flatMap(file => (file.kind === 'text' ? [oneFile(file, desk)] : [])),
      ...trees.flatMap(({ item, ...place }) =>
        item.kind === 'file'
          ? [
              {
                ...place,
                content: item.content,
                mode: place.mode ?? (item.executable ? 0o755 : 0o644),
              },
            ]
          : [],
      ),
      ...sudoers(node),
      ...hostnameFile(node),
    ],
    directories: trees
      .flatMap(({ path, owner, from, item }) =>
        item.kind === 'directory' ? [{ path, owner, from, mode: 0o755 }] : [],
      )
      // Trees of two layers may share folders.
      .filter(
        (one, at, all) =>
          all.findIndex(other => other.path === one.path && other.owner === one.owner) === at,
      ),
    links: trees.flatMap(({ path, from, item }) =>
      item.kind === 'link' ? [{ path, from, target: item.target }] : [],
    ),
    users:
      node.ssh === null
        ? []
        : [{ name: userOf(node), authorizedKeys: node.ssh.authorizedKeys, from: node.ssh.from }],
    units: [
      ...node.units.map(({ name, content, enabled, from }) => ({
        name,
        content: desk.text(content),
        enabled,
        from: [...from, 'name'],
      })),
      ...(node.isolated
        ? [
            {
              name: 'gen-node-route.service',
              content: route({ before: services.join(' ') }),
              enabled: true,
              from: node.from,
            },
          ]
        : []),
    ],
  }
}

function oneFile(file: ExtraFile & { readonly kind: 'text' }, desk: Desk): PlanFile {
  const { path, owner, secret } = file
  const mode = file.mode ?? (secret ? 0o600 : 0o644)
  const from = [...file.from, 'path']
  return { path, content: desk.bytes(file.content), mode, owner, secret, from }
}

interface Placed extends Omit<PlanFile, 'content' | 'mode'> {
  readonly item: TreeItem
  readonly mode: number | null
}

function treeItems(
  file: ExtraFile & { readonly kind: 'tree' },
  supplies: Supplies,
  desk: Desk,
): readonly Placed[] {
  const items = supplies.trees.get(file.folder)
  if (items === undefined) {
    desk.complain(
      report('spec/file-unreadable', [...file.from, 'tree'], {
        file: file.folder,
        why: 'it was not given',
      }),
    )
  }
  const { owner, secret, from } = file
  const hidden = (items ?? []).some(item => isInvisible(item.path))
  if (hidden) desk.complain(report('spec/path-characters', [...from, 'tree'], {}))
  return (items ?? []).map(item => ({
    path: `${file.path === '/' ? '' : file.path}/${item.path}`,
    mode: file.mode ?? (secret ? 0o600 : null),
    owner,
    secret,
    from: [...from, 'path'],
    item,
  }))
}

function userOf(node: Node): string {
  return node.ssh?.user ?? paths[node.os].user
}

/** A person with a key and without a password administers the node by sudo. */
function sudoers(node: Node): readonly PlanFile[] {
  const user = userOf(node)
  if (node.ssh === null || user === 'root') return []
  return [
    {
      path: `/etc/sudoers.d/90-gen-node-${user}`,
      content: encodeUtf8(`${user} ALL=(ALL) NOPASSWD:ALL\n`),
      mode: 0o440,
      owner: 'root:root',
      secret: false,
      from: node.ssh.from,
    },
  ]
}

function hostnameFile(node: Node): readonly PlanFile[] {
  if (node.hostname === null) return []
  return [
    {
      path: '/etc/hostname',
      content: encodeUtf8(`${node.hostname}\n`),
      mode: 0o644,
      owner: 'root:root',
      secret: false,
      from: [...node.from, 'hostname'],
    },
  ]
}
