/** The flags of `k0s install`, and which of them the user may not set. */

/** The reason why the user may not set a flag. */
export type Refusal =
  | { readonly kind: 'moves-path'; readonly path: string }
  | { readonly kind: 'set-by-gen-node'; readonly field: string }
  | { readonly kind: 'changes-start' }

/** One flag. */
export interface InstallFlag {
  readonly name: string
  /** The flag with one dash and one letter; null where there is none. */
  readonly short: string | null
  /** Whether a value follows; a flag without one is a switch. */
  readonly takesValue: boolean
  readonly role: 'controller' | 'all'
  /** Null where the user may set the flag. */
  readonly refusal: Refusal | null
  /** Whether the value may contain spaces. */
  readonly spaces: boolean
}

const moves = (path: string): Refusal => ({ kind: 'moves-path', path })
const setBy = (field: string): Refusal => ({ kind: 'set-by-gen-node', field })
const start: Refusal = { kind: 'changes-start' }

function flag(
  name: string,
  takesValue: InstallFlag['takesValue'],
  refusal: Refusal | null = null,
  more: Partial<Pick<InstallFlag, 'short' | 'role' | 'spaces'>> = {},
): InstallFlag {
  return { name, takesValue, refusal, short: null, role: 'all', spaces: false, ...more }
}

const ofController = { role: 'controller' } as const

// k0sproject/k0s, pkg/config/cli.go and cmd/install/install.go at the newest tags of 1.27 to 1.36.
/** All flags of all versions. */
export const installFlags: readonly InstallFlag[] = [
  flag('api-server', true),
  flag('api-server-stop-timeout', true, null, ofController),
  flag('cidr-range', true),
  flag('cluster-dns', true),
  flag('config', true, setBy('distro.config'), { ...ofController, short: 'c' }),
  flag('cri-socket', true, moves('the socket of containerd')),
  flag('data-dir', true, moves('/var/lib/k0s')),
  flag('debug', false, null, { short: 'd' }),
  flag('debugListenOn', true),
  flag('disable-components', true, null, ofController),
  flag('enable-cloud-provider', false),
  flag('enable-dynamic-config', false, null, ofController),
  flag('enable-k0s-cloud-provider', false, null, ofController),
  flag('enable-metrics-scraper', false, null, ofController),
  flag('enable-worker', false, setBy('workloads: true, which is the default'), ofController),
  flag('env', true, null, { short: 'e', spaces: true }),
  flag('feature-gates', true, null, ofController),
  flag('force', false, start),
  flag('help', false, start, { short: 'h' }),
  flag('ignore-pre-flight-checks', false),
  flag('init-only', false, start, ofController),
  flag('iptables-mode', true),
  flag('k0s-cloud-provider-port', true, null, ofController),
  flag('k0s-cloud-provider-update-frequency', true, null, ofController),
  flag('kube-controller-manager-extra-args', true, null, { ...ofController, spaces: true }),
  flag('kubelet-extra-args', true, null, { spaces: true }),
  flag('kubelet-root-dir', true, moves('the directory of the kubelet')),
  flag('labels', true, setBy('labels')),
  flag('logging', true, null, { short: 'l' }),
  flag('no-taints', false, setBy('workloads: true, which is the default'), ofController),
  flag('profile', true),
  flag('single', false, setBy('role: single'), ofController),
  flag('start', false, start),
  flag('status-socket', true, moves('the socket of `k0s status`')),
  flag('taints', true, setBy('taints')),
  flag('token-file', true, setBy('token')),
  flag('verbose', false, null, { short: 'v' }),
]

// k0sproject/k0s, pkg/component/worker/kubelet.go: the user's arguments replace those of k0s.
/** The arguments of the kubelet that the user may not set, in --kubelet-extra-args. */
export const kubeletFlags: Readonly<Record<string, Refusal>> = {
  '--bootstrap-kubeconfig': moves("the kubelet's credentials"),
  '--cert-dir': moves("the kubelet's certificates"),
  '--config': moves("the kubelet's configuration"),
  '--container-runtime-endpoint': moves('the socket of containerd'),
  '--containerd': moves('the socket of containerd'),
  '--healthz-bind-address': moves('the health check of the kubelet'),
  '--healthz-port': moves('the health check of the kubelet'),
  '--kubeconfig': moves("the kubelet's credentials"),
  '--node-labels': setBy('labels'),
  '--register-with-taints': setBy('taints'),
  '--root-dir': moves('the directory of the kubelet'),
}
