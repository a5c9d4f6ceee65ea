/** The containerd drop-in with the directory of the mirrors, and the checks of the user's drop-ins. */
import { decodeUtf8 } from '../../codec/text.ts'
import { printToml } from '../../codec/toml.ts'
import type { AnySpec } from '../../model/spec.ts'
import type { NodePlan, PlanFile } from '../../plan/plan.ts'
import { unitDirectory } from '../../plan/tree.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import { type Facts, factsOf } from './facts.ts'
import { services } from './paths.ts'
import { report } from './rules.ts'

const directory = '/etc/k0s/containerd.d'
const dropIns = new RegExp(`^${directory}/[^/]+\\.toml$`)

/** The drop-in's path. */
export const dropInPath = `${directory}/cri-registry.toml`

/** The directory of the mirrors' hosts.toml files. */
export const certsDirectory = `${directory}/certs.d`

/** The drop-in for a major version of containerd. Source: containerd docs/cri/registry.md, 1.7 and 2.3. */
export function dropIn(containerd: Facts['containerd']): string {
  const registry = { registry: { config_path: certsDirectory } }
  return printToml(
    containerd === '1'
      ? { version: 2, plugins: { 'io.containerd.grpc.v1.cri': registry } }
      : { version: 3, plugins: { 'io.containerd.cri.v1.images': registry } },
  )
}

/** Reports units of the user that `k0s install` writes; as files they have the same paths. */
export function checkUnits({
  files,
  units,
}: Pick<NodePlan, 'files' | 'units'>): readonly Diagnostic[] {
  const items = [
    ...files,
    ...units.map(({ name, from }) => ({ path: `${unitDirectory}/${name}`, from })),
  ]
  const own = services.map(name => `${unitDirectory}/${name}`)
  return items
    .filter(({ path }) => own.includes(path))
    .map(({ path, from }) =>
      report('k0s/file-overwritten', from, {
        path,
        instead: `a drop-in such as ${path}.d/site.conf`,
      }),
    )
}

/** Reports files of the user that prevent the start of k0s or disable the mirrors. */
export function checkDropIns(
  { distro }: AnySpec,
  files: readonly PlanFile[],
): readonly Diagnostic[] {
  return files.flatMap(file => {
    const { path, from } = file
    if (path === '/etc/k0s/containerd.toml') {
      const managed = decodeUtf8(file.content)?.startsWith('# k0s_managed=true') ?? false
      const instead = `a drop-in such as ${directory}/site.toml`
      return managed
        ? [report('k0s/file-overwritten', from, { path, instead })]
        : [report('k0s/containerd-override', from, { path })]
    }
    if (!dropIns.test(path) || !isForContainerd1(file)) return []
    const { version } = distro
    if (version === null) return [report('k0s/dropin-unknown-version', from, { path })]
    return factsOf(version).containerd === '2'
      ? [report('k0s/dropin-stops-k0s', from, { path, version })]
      : []
  })
}

function isForContainerd1(file: PlanFile): boolean {
  const text = decodeUtf8(file.content) ?? ''
  return /^\s*version\s*=\s*2\b/m.test(text) || text.includes('io.containerd.grpc.v1.cri')
}
