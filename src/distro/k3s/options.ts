/**
 * The settings of k3s: keys of config.yaml and flags of `k3s server` and `k3s agent` at the same time.
 * Source: k3s-io/docs, docs/cli/server.md and agent.md at 1f023c0 and 0243496.
 */
import {
  boolean,
  choice,
  type Field,
  listOrItem,
  type MappingField,
  mapping,
  matching,
  secretText,
  text,
  textOf,
} from '../parts/config-field.ts'

/** Why a setting cannot be set by the user. */
export type Refusal =
  | { readonly kind: 'moves-path'; readonly path: string }
  | { readonly kind: 'set-by-gen-node'; readonly field: string }
  | { readonly kind: 'changes-start' }
  | { readonly kind: 'unused-mirrors' }

/** The refusal of a setting, or null where the user may set it. */
export function refusalOf(name: string): Refusal | null {
  return Object.hasOwn(refusals, name) ? (refusals[name] ?? null) : null
}

const setBy = (field: string): Refusal => ({ kind: 'set-by-gen-node', field })
const moves = (path: string): Refusal => ({ kind: 'moves-path', path })

const refusals: Readonly<Record<string, Refusal>> = {
  token: setBy('token'),
  'token-file': setBy('token'),
  'agent-token': setBy('roles.worker.token'),
  'agent-token-file': setBy('roles.worker.token'),
  server: setBy('bootstrap'),
  'data-dir': moves('/var/lib/rancher/k3s'),
  'private-registry': moves('/etc/rancher/k3s/registries.yaml'),
  config: moves('/etc/rancher/k3s/config.yaml'),
  'cluster-reset': { kind: 'changes-start' },
  'cluster-reset-restore-path': { kind: 'changes-start' },
  rootless: { kind: 'changes-start' },
  docker: { kind: 'unused-mirrors' },
  'container-runtime-endpoint': { kind: 'unused-mirrors' },
  'image-service-endpoint': { kind: 'unused-mirrors' },
}

/** Settings that belong to one machine. */
export const settingsOfOneNode: readonly string[] = [
  ...['node-ip', 'node-external-ip', 'node-internal-dns', 'node-external-dns', 'node-name'],
  'advertise-address',
]

/** Settings that gen-node writes into config.yaml as lists: a flag replaces the whole list. */
export const generatedLists: Readonly<Record<string, string>> = {
  'node-label': 'labels',
  'node-taint': 'taints',
  'node-ip': 'address',
  'tls-san': 'distro.config',
}

const number: Field = {
  kind: 'text or integer',
  form: matching('a whole number', /^-?[0-9]+$/),
}
const list = listOrItem(text)
const octal = textOf(matching('an octal mode in quotes such as "0644"', /^0?[0-7]{3}$/))

/** The packaged components that `disable` names; several may be joined by commas. */
const component = ['coredns', 'servicelb', 'traefik', 'local-storage', 'metrics-server', 'runtimes']
const components = new RegExp(`^(${component.join('|')})(,(${component.join('|')}))*$`)
const registryHost = textOf(
  matching(
    'a registry host such as registry.site:5000, without scheme and path',
    /^[a-z0-9.-]+(?::[0-9]{1,5})?$|^\[[0-9a-f:.]+\](?::[0-9]{1,5})?$/,
  ),
)

/** Settings of every node, by their types. */
function nodeFields(): Readonly<Record<string, Field>> {
  return {
    ...each(boolean, [
      ...['alsologtostderr', 'debug', 'disable-apiserver-lb', 'disable-default-registry-endpoint'],
      ...['docker', 'enable-pprof', 'nonroot-devices', 'prefer-bundled-bin'],
      ...['protect-kernel-defaults', 'rootless', 'selinux', 'with-node-id'],
    ]),
    ...each(text, [
      ...['bind-address', 'config', 'container-runtime-endpoint', 'data-dir', 'default-runtime'],
      ...['flannel-cni-conf', 'flannel-conf', 'flannel-iface', 'image-credential-provider-bin-dir'],
      ...['image-credential-provider-config', 'image-service-endpoint', 'log', 'node-name'],
      ...['pause-image', 'private-registry', 'resolv-conf', 'server', 'snapshotter', 'token-file'],
      ...['vmodule', 'vpn-auth-file'],
    ]),
    ...each(secretText(), ['token', 'vpn-auth']),
    ...each(number, ['lb-server-port', 'v']),
    ...each(list, [
      ...['airgap-extra-registry', 'kube-proxy-arg', 'kubelet-arg', 'node-external-dns'],
      ...['node-external-ip', 'node-internal-dns', 'node-ip', 'node-label', 'node-taint'],
    ]),
  }
}

/** Settings of servers only. */
function serverFields(): Readonly<Record<string, Field>> {
  return {
    ...each(boolean, [
      ...['cluster-init', 'cluster-reset', 'disable-cloud-controller', 'disable-helm-controller'],
      ...['disable-kube-proxy', 'disable-network-policy', 'disable-scheduler', 'embedded-registry'],
      ...['etcd-disable-snapshots', 'etcd-expose-metrics', 'etcd-s3', 'etcd-s3-insecure'],
      ...['etcd-s3-skip-ssl-verify', 'etcd-snapshot-compress', 'flannel-external-ip'],
      ...['flannel-ipv6-masq', 'secrets-encryption', 'supervisor-metrics', 'tls-san-security'],
    ]),
    ...each(text, [
      ...['advertise-address', 'agent-token-file', 'cluster-domain', 'cluster-reset-restore-path'],
      ...['datastore-cafile', 'datastore-certfile', 'datastore-keyfile'],
      ...['default-local-storage-path', 'etcd-s3-bucket', 'etcd-s3-config-secret'],
      ...['etcd-s3-endpoint', 'etcd-s3-endpoint-ca', 'etcd-s3-folder', 'etcd-s3-proxy'],
      ...['etcd-s3-region', 'etcd-s3-timeout', 'etcd-snapshot-dir', 'etcd-snapshot-name'],
      ...['etcd-snapshot-schedule-cron', 'helm-job-image', 'service-node-port-range'],
      ...['servicelb-namespace', 'write-kubeconfig', 'write-kubeconfig-group'],
    ]),
    ...each(secretText(), ['agent-token', 'etcd-s3-access-key', 'etcd-s3-secret-key']),
    ...each(secretText(), ['datastore-endpoint']),
    ...each(number, ['advertise-port', 'etcd-snapshot-retention', 'https-listen-port']),
    ...each(list, [
      ...['cluster-cidr', 'cluster-dns', 'etcd-arg', 'kube-apiserver-arg'],
      ...['kube-cloud-controller-manager-arg', 'kube-controller-manager-arg'],
      ...['kube-scheduler-arg', 'service-cidr', 'tls-san'],
    ]),
    disable: listOrItem(textOf(matching(`one of ${component.join(', ')}`, components))),
    'egress-selector-mode': choice('agent', 'cluster', 'pod', 'disabled'),
    'flannel-backend': choice('none', 'vxlan', 'host-gw', 'wireguard-native'),
    'secrets-encryption-provider': choice('aescbc', 'secretbox'),
    'system-default-registry': registryHost,
    'write-kubeconfig-mode': octal,
  }
}

function each(field: Field, names: readonly string[]): Readonly<Record<string, Field>> {
  return Object.fromEntries(names.map(name => [name, field]))
}

/** The fields of config.yaml. The table is made when it is used: most commands do not need it. */
export function configFields(role: 'server' | 'agent'): MappingField {
  return mapping(role === 'server' ? { ...nodeFields(), ...serverFields() } : nodeFields())
}
