/** The fields of `spec.network` of a ClusterConfig. Source: see `cluster-config.ts`. */
import {
  boolean,
  choice,
  integer,
  listOf,
  mapOf,
  mapping,
  secretText,
  text,
} from '../parts/config-field.ts'
import {
  cidr,
  dnsName,
  duration,
  extraArgs,
  image,
  int32,
  ipAddress,
  patches,
  port,
  rawArgs,
} from './config-forms.ts'

const calico = mapping({
  envVars: mapOf(text),
  flexVolumeDriverPath: text,
  ipAutodetectionMethod: text,
  ipV6AutodetectionMethod: text,
  mode: choice('bird', 'vxlan', 'ipip'),
  mtu: integer(),
  overlay: text,
  patches,
  vxlanPort: integer(),
  vxlanVNI: integer(),
  wireguard: boolean,
})

const virtualServer = mapping(
  {
    delayLoop: duration,
    ipAddress,
    lbAlgo: choice('rr', 'wrr', 'lc', 'wlc', 'lblc', 'dh', 'sh', 'sed', 'nq'),
    lbKind: choice('NAT', 'DR', 'TUN'),
    persistenceTimeoutSeconds: integer(1, 2_678_400),
  },
  ['ipAddress'],
)

const vrrpInstance = mapping(
  {
    // A uint32 in the types, of which the greatest value is reserved.
    addressLabel: integer(0, 2 ** 32 - 2),
    advertIntervalSeconds: integer(1, 2 ** 31 - 1),
    authPass: secretText(1, 8),
    interface: text,
    unicastPeers: listOf(ipAddress),
    unicastSourceIP: text,
    virtualIPs: listOf(cidr, 1),
    virtualRouterID: integer(1, 255),
  },
  ['authPass', 'virtualIPs'],
)

const controlPlaneLoadBalancing = mapping({
  enabled: boolean,
  keepalived: mapping({
    configTemplateVRRP: text,
    configTemplateVS: text,
    disableLoadBalancer: boolean,
    userSpaceProxyBindPort: port,
    virtualServers: listOf(virtualServer),
    vrrpInstances: listOf(vrrpInstance, 0, 255),
  }),
  type: choice('Keepalived'),
})

const kubeProxy = mapping({
  disabled: boolean,
  extraArgs,
  healthzBindAddress: text,
  iptables: mapping({
    localhostNodePorts: boolean,
    masqueradeAll: boolean,
    masqueradeBit: int32,
    minSyncPeriod: duration,
    syncPeriod: duration,
  }),
  ipvs: mapping({
    excludeCIDRs: listOf(text),
    minSyncPeriod: duration,
    scheduler: text,
    strictARP: boolean,
    syncPeriod: duration,
    tcpFinTimeout: duration,
    tcpTimeout: duration,
    udpTimeout: duration,
  }),
  metricsBindAddress: text,
  mode: choice('iptables', 'ipvs', 'nftables', 'userspace'),
  nftables: mapping({
    masqueradeAll: boolean,
    masqueradeBit: int32,
    minSyncPeriod: duration,
    syncPeriod: duration,
  }),
  nodePortAddresses: listOf(text),
  patches,
  rawArgs,
})

const kuberouter = mapping({
  autoMTU: boolean,
  extraArgs,
  hairpin: choice('Enabled', 'Allowed', 'Disabled'),
  hairpinMode: boolean,
  ipMasq: boolean,
  metricsPort: integer(),
  mtu: integer(),
  patches,
  peerRouterASNs: text,
  peerRouterIPs: text,
  rawArgs,
})

const localProxy = mapping({
  apiServerBindPort: port,
  image,
  imagePullPolicy: choice('Always', 'Never', 'IfNotPresent'),
  konnectivityServerBindPort: port,
})

/** The fields of `spec.network`. */
export const network = mapping({
  calico,
  clusterDomain: dnsName,
  controlPlaneLoadBalancing,
  coreDNS: mapping({ patches }),
  dualStack: mapping({ IPv6podCIDR: text, IPv6serviceCIDR: text, enabled: boolean }),
  kubeProxy,
  kuberouter,
  nodeLocalLoadBalancing: mapping({
    enabled: boolean,
    envoyProxy: localProxy,
    traefik: localProxy,
    type: choice('EnvoyProxy', 'Traefik'),
  }),
  podCIDR: cidr,
  primaryAddressFamily: choice('IPv4', 'IPv6'),
  provider: choice('kuberouter', 'calico', 'custom'),
  serviceCIDR: cidr,
})
