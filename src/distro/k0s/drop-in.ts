/** containerd's drop-in: where it finds the mirrors; and what a drop-in of the user's own may break. */
import { decodeUtf8 } from '../../codec/text.ts'
import { printToml } from '../../codec/toml.ts'
import type { Spec } from '../../model/spec.ts'
import type { PlanFile } from '../../plan/plan.ts'
import type { Desk } from '../supply.ts'
import { type Facts, factsOf, readsNoDropIns } from './facts.ts'
import { report } from './rules.ts'

const folder = '/etc/k0s/containerd.d'

/** The drop-in's path, and the folder of the mirrors. */
export const dropInPath = `${folder}/cri-registry.toml`
export const certsFolder = `${folder}/certs.d`

/** The drop-in for a containerd. Key names: containerd docs/cri/registry.md, 1.7 and 2.3. */
export function dropIn(containerd: Facts['containerd']): string {
  const registry = { registry: { config_path: certsFolder } }
  return printToml(
    containerd === '1'
      ? { version: 2, plugins: { 'io.containerd.grpc.v1.cri': registry } }
      : { version: 3, plugins: { 'io.containerd.cri.v1.images': registry } },
  )
}

/** Complains of files that k0s would stop at, or that would take the mirrors away. */
export function checkDropIns(spec: Spec, files: readonly PlanFile[], desk: Desk): void {
  for (const file of files) {
    if (file.path === '/etc/k0s/containerd.toml') {
      const managed = decodeUtf8(file.content)?.startsWith('# k0s_managed=true') ?? false
      if (!managed) desk.complain(report('k0s/containerd-override', file.from, { path: file.path }))
    }
    if (!new RegExp(`^${folder}/[^/]+\\.toml$`).test(file.path) || !isForContainerd1(file)) continue
    const { version } = spec.distro
    if (version === null)
      desk.complain(report('k0s/dropin-unknown-version', file.from, { path: file.path }))
    else if (factsOf(version).containerd === '2') {
      desk.complain(report('k0s/dropin-stops-k0s', file.from, { path: file.path, version }))
    }
  }
}

/** Complains of a version that no k0s has, and of a k0s that reads no drop-ins: its mirrors would not exist. */
export function checkVersion(spec: Spec, desk: Desk): void {
  const { version } = spec.distro
  if (version !== null && !version.startsWith('1.')) {
    const found = JSON.stringify(version)
    const expected = 'a version of k0s such as "1.33.4"'
    desk.complain(report('spec/malformed', ['distro', 'version'], { found, expected }))
  } else if (version !== null && readsNoDropIns(version)) {
    desk.complain(report('k0s/version-too-old', ['distro', 'version'], { version }))
  }
}

function isForContainerd1(file: PlanFile): boolean {
  const text = decodeUtf8(file.content) ?? ''
  return /^\s*version\s*=\s*2\b/m.test(text) || text.includes('io.containerd.grpc.v1.cri')
}
