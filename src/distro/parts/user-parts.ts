/** The user's items of a node: files, directories, units, a login, a host name, a route. */

import route from '../../../templates/route.service.hbs'
import { hasInvisibleCharacters } from '../../model/grammar.ts'
import type { AnyNode, Content, ExtraFile, TreeItem } from '../../model/spec.ts'
import { isIdentityPath, isSharedPath } from '../../plan/path.ts'
import type { Layer, PlanDirectory, PlanFile, PlanUnit } from '../../plan/plan.ts'
import {
  andThen,
  collectOutcomes,
  failure,
  type Outcome,
  success,
} from '../../report/diagnostic.ts'
import type { Path } from '../../report/place.ts'
import type { ResolvedNode } from '../distro.ts'
import { report } from '../rules.ts'
import { utf8Text } from './contents.ts'
import { loginUser } from './os-paths.ts'
import { joinParts, type PlanPart, planPart } from './plan-part.ts'
import { rootFile } from './root-file.ts'

type ResolvedFile = ExtraFile<Content, readonly TreeItem[]>

/** The user's part of a plan; the route of an isolated node is up before `services` start. */
export function userPart(node: ResolvedNode, services: readonly string[]): Outcome<PlanPart> {
  const parts = [
    ...node.files.map(fileItems),
    ...node.units.map(unitItem),
    success(loginItems(node)),
    success(planPart({ files: hostnameFile(node), units: routeUnit(node, services) })),
  ]
  return andThen(collectOutcomes(parts), list => {
    const part = joinParts(list)
    return success({ ...part, directories: withoutRepetitions(part.directories) })
  })
}

/** Items of one node, and secrets, must not be baked into a shared image. */
export function layerOf(from: Path, secret = false): Layer {
  return secret || from[0] === 'nodes' ? 'instance' : 'image'
}

function fileLayer(path: string, from: Path, secret: boolean): Layer {
  return isIdentityPath(path) ? 'instance' : layerOf(from, secret)
}

function fileItems(file: ResolvedFile): Outcome<PlanPart> {
  return file.kind === 'tree' ? treeItems(file) : success(planPart({ files: [textFile(file)] }))
}

function textFile(file: ResolvedFile & { readonly kind: 'text' }): PlanFile {
  const { path, owner, secret } = file
  return {
    path,
    content: file.content.bytes,
    mode: file.mode ?? (secret ? 0o600 : 0o644),
    owner,
    secret,
    shared: isSharedPath(path),
    layer: fileLayer(path, file.from, secret),
    from: [...file.from, 'path'],
  }
}

function treeItems(file: ResolvedFile & { readonly kind: 'tree' }): Outcome<PlanPart> {
  const { owner, secret } = file
  if (file.tree.some(item => hasInvisibleCharacters(item.path))) {
    return failure([report('spec/path-characters', [...file.from, 'tree'], {})])
  }
  const root = file.path === '/' ? '' : file.path
  const from = [...file.from, 'path']
  const common = (item: TreeItem) => {
    const path = `${root}/${item.path}`
    return { path, layer: fileLayer(path, file.from, secret), from }
  }
  const defaultMode = (executable: boolean) => (secret ? 0o600 : executable ? 0o755 : 0o644)
  return success(
    planPart({
      files: file.tree.flatMap(item => {
        if (item.kind !== 'file') return []
        const mode = file.mode ?? defaultMode(item.executable)
        const shared = isSharedPath(`${root}/${item.path}`)
        return [{ ...common(item), content: item.content, mode, owner, secret, shared }]
      }),
      directories: file.tree.flatMap(item =>
        item.kind === 'directory' ? [{ ...common(item), mode: 0o755, owner }] : [],
      ),
      links: file.tree.flatMap(item =>
        item.kind === 'link' ? [{ ...common(item), target: item.target }] : [],
      ),
    }),
  )
}

/** The trees of several layers of the spec may contain the same directory. */
function withoutRepetitions(directories: readonly PlanDirectory[]): readonly PlanDirectory[] {
  const seen = new Set<string>()
  return directories.filter(({ path, owner }) => {
    const key = `${owner} ${path}`
    const repeated = seen.has(key)
    seen.add(key)
    return !repeated
  })
}

function unitItem(unit: ResolvedNode['units'][number]): Outcome<PlanPart> {
  const { name, enabled, from } = unit
  return andThen(utf8Text(unit.content), content =>
    success(
      planPart({
        units: [{ name, content, enabled, layer: layerOf(from), from: [...from, 'name'] }],
      }),
    ),
  )
}

/** A user who logs in with a key and has no password needs sudo without a password. */
function loginItems(node: AnyNode): PlanPart {
  if (node.ssh === null) return planPart({})
  const { authorizedKeys, from } = node.ssh
  const name = loginUser(node)
  const layer = layerOf(from)
  const path = `/etc/sudoers.d/90-gen-node-${name}`
  const sudoers = rootFile(path, `${name} ALL=(ALL) NOPASSWD:ALL\n`, layer, from)
  return planPart({
    users: [{ name, authorizedKeys, layer, from }],
    files: name === 'root' ? [] : [{ ...sudoers, mode: 0o440 }],
  })
}

function hostnameFile({ hostname, from }: AnyNode): readonly PlanFile[] {
  if (hostname === null) return []
  return [rootFile('/etc/hostname', `${hostname}\n`, 'instance', [...from, 'hostname'])]
}

function routeUnit({ isolated, from }: AnyNode, services: readonly string[]): readonly PlanUnit[] {
  if (!isolated) return []
  const content = route({ before: services.join(' ') })
  return [{ name: 'gen-node-route.service', content, enabled: true, layer: 'instance', from }]
}
