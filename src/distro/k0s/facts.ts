/** The properties of k0s versions: one row per change, newest last, each with its source. */
import { versionParser } from '../parts/version.ts'

/** The facts of a version. */
export interface Facts {
  /** The major version of its containerd, which reads only one form of a drop-in. */
  readonly containerd: '1' | '2'
  /** Whether its helm pulls a chart from localhost over plain HTTP. */
  readonly localHttp: boolean
}

interface Row extends Facts {
  /** The row applies from this minor version of 1.x on. */
  readonly since: number
}

/** The table, oldest row first. */
export const k0sFacts: readonly [Row, ...Row[]] = [
  // Drop-ins are imported from 1.27.1 on: k0sproject/k0s, docs/runtime.md at v1.27.1.
  { since: 27, containerd: '1', localHttp: true },
  // helm 3.18 in place of 3.17 (go.mod at v1.33.1+k0s.0 and v1.32.13+k0s.0): the client that k0s makes for
  // oci:// URLs uses HTTPS only, also with localhost (helm 3.17.3, 3.18.0, 3.18.6 and 3.21.3 tried).
  { since: 33, containerd: '1', localHttp: false },
  // containerd 2: `version = 2` or io.containerd.grpc.v1.cri in a drop-in stops k0s at its pre-flight
  // checks: k0sproject/k0s, docs/runtime.md at v1.36.3+k0s.2.
  { since: 36, containerd: '2', localHttp: false },
]

// k0sproject/k0s#5901: the first tag of each minor version that has pkg/helm/oci.go; before, k0s refuses
// the URL of an OCI repository. All later minor versions have it.
/** The patch of each minor version of 1.x from which on k0s reads `caFile` for an OCI repository. */
const ociCaPatches: readonly (readonly [minor: number, patch: number])[] = [
  [30, 14],
  [31, 10],
  [32, 6],
  [33, 2],
]

/** Whether a version is known to read `caFile` for an OCI repository. */
export function takesOciCa(version: string | null): boolean {
  const [, minor = unknown, patch = unknown] = parsedVersion(version)
  const [newest = 0] = ociCaPatches.at(-1) ?? []
  const [, since] = ociCaPatches.find(([found]) => found === minor) ?? []
  return since === undefined ? minor > newest : patch >= since
}

/** A field or value of k0s.yaml that k0s has only from a minor version on. */
export interface NewerField {
  /** The first minor version of 1.x whose newest patch has it. */
  readonly since: number
  /** The keys from the root of the file; `name[]` stands for the items of a list. */
  readonly path: string
  /** The new value of a field that is older; null: the field itself is new. */
  readonly value: string | null
}

// k0sproject/k0s, clusterconfigs.yaml below static/ at the newest tag of each minor version.
/** The fields of k0s.yaml by the version that brought them, oldest first. */
export const newerConfigFields: readonly NewerField[] = [
  since(28, 'spec.extensions.helm.charts[].forceUpgrade'),
  since(28, 'spec.images.pause'),
  since(28, 'spec.network.kubeProxy.nodePortAddresses'),
  since(29, 'spec.network.kuberouter.extraArgs'),
  since(30, 'spec.network.controlPlaneLoadBalancing'),
  since(31, 'spec.api.onlyBindToAddress'),
  since(31, 'spec.konnectivity.externalAddress'),
  since(31, 'spec.network.kubeProxy.extraArgs'),
  since(31, 'spec.network.kubeProxy.nftables'),
  since(32, 'spec.network.controlPlaneLoadBalancing.keepalived.disableLoadBalancer'),
  since(32, 'spec.network.controlPlaneLoadBalancing.keepalived.userSpaceProxyBindPort'),
  since(32, 'spec.network.controlPlaneLoadBalancing.keepalived.vrrpInstances[].unicastPeers'),
  since(32, 'spec.network.controlPlaneLoadBalancing.keepalived.vrrpInstances[].unicastSourceIP'),
  since(33, 'spec.api.ca'),
  since(33, 'spec.storage.etcd.ca'),
  since(34, 'spec.api.rawArgs'),
  since(34, 'spec.controllerManager.rawArgs'),
  since(34, 'spec.images.calico.windows'),
  since(34, 'spec.images.windows'),
  since(34, 'spec.network.controlPlaneLoadBalancing.keepalived.vrrpInstances[].addressLabel'),
  since(34, 'spec.network.kubeProxy.rawArgs'),
  since(34, 'spec.network.kuberouter.rawArgs'),
  since(34, 'spec.network.primaryAddressFamily'),
  since(34, 'spec.scheduler.rawArgs'),
  since(34, 'spec.storage.etcd.rawArgs'),
  since(35, 'spec.network.controlPlaneLoadBalancing.keepalived.configTemplateVRRP'),
  since(35, 'spec.network.controlPlaneLoadBalancing.keepalived.configTemplateVS'),
  since(35, 'spec.storage.kine.extraArgs'),
  since(35, 'spec.storage.kine.rawArgs'),
  since(36, 'spec.metricsServer'),
  since(36, 'spec.network.calico.patches'),
  since(36, 'spec.network.coreDNS'),
  since(36, 'spec.network.kubeProxy.healthzBindAddress'),
  since(36, 'spec.network.kubeProxy.patches'),
  since(36, 'spec.network.kuberouter.patches'),
  since(36, 'spec.network.nodeLocalLoadBalancing.traefik'),
  since(36, 'spec.network.nodeLocalLoadBalancing.type', 'Traefik'),
]

function since(minor: number, path: string, value: string | null = null): NewerField {
  return { since: minor, path, value }
}

/** Major, minor and patch of `1.33`, `1.33.4` or `v1.33.4+k0s.0`; null where the text is not a version. */
export const parseVersion = versionParser([1])

/** The facts of a version; of an unknown version, those of the oldest row. */
export function factsOf(version: string | null): Facts {
  const minor = minorOf(version)
  return k0sFacts.findLast(row => minor >= row.since) ?? k0sFacts[0]
}

/** Whether a version is older than the first row: k0s then reads no drop-ins. */
export function isTooOld(version: string): boolean {
  const minor = minorOf(version)
  return minor !== unknown && minor < k0sFacts[0].since
}

/** Whether a version is known to be older than a minor version of 1.x. */
export function isOlder(version: string, minor: number): boolean {
  const found = minorOf(version)
  return found !== unknown && found < minor
}

/** The first minor version whose containerd is 2. */
export function containerd2Minor(): number {
  return k0sFacts.find(row => row.containerd === '2')?.since ?? 0
}

const unknown = -1

function minorOf(version: string | null): number {
  return parsedVersion(version)[1] ?? unknown
}

function parsedVersion(version: string | null): readonly number[] {
  return (version === null ? null : parseVersion(version)) ?? []
}
