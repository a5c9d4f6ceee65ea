/** Checks the user's files that k3s overwrites. */
import type { NodePlan } from '../../plan/plan.ts'
import type { Diagnostic } from '../../report/diagnostic.ts'
import { dataDirectory } from './paths.ts'
import { report } from './rules.ts'

// k3s-io/k3s, pkg/agent/containerd/config.go: written at each start.
const written = [
  `${dataDirectory}/agent/etc/containerd/config.toml`,
  `${dataDirectory}/agent/kubelet.kubeconfig`,
  `${dataDirectory}/server/node-token`,
]

/** Reports files that k3s writes itself. */
export function checkUserFiles({ files }: Pick<NodePlan, 'files'>): readonly Diagnostic[] {
  return files
    .filter(({ path }) => written.includes(path))
    .map(({ path, from }) => report('k3s/file-overwritten', from, { path }))
}
