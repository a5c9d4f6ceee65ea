/**
 * The fields of a ClusterConfig (k0s.yaml) at every depth, as k0s 1.36 reads them. Sources: the custom
 * resource definition and the types in k0sproject/k0s, pkg/apis/k0s/v1beta1 at v1.36.3+k0s.2.
 * Fields that older versions lack are rows of `facts.ts`.
 */
import {
  anything,
  boolean,
  choice,
  integer,
  listOf,
  mapOf,
  mapping,
  nonEmptyText,
  secretText,
  text,
  textOf,
} from '../parts/config-field.ts'
import { network } from './cluster-network.ts'
import {
  certificateName,
  chartName,
  duration,
  externalAddress,
  extraArgs,
  image,
  patches,
  port,
  profileName,
  rawArgs,
  usableAddress,
} from './config-forms.ts'

const component = mapping({ extraArgs, rawArgs })
const ca = mapping({ certificatesExpireAfter: duration, expiresAfter: duration })

const api = mapping({
  address: usableAddress,
  ca,
  externalAddress,
  extraArgs,
  k0sApiPort: port,
  onlyBindToAddress: boolean,
  port,
  rawArgs,
  sans: listOf(certificateName),
})

const chart = mapping(
  {
    chartname: nonEmptyText,
    forceUpgrade: boolean,
    name: chartName,
    namespace: nonEmptyText,
    order: integer(),
    timeout: { kind: 'text or integer', form: duration.form },
    values: textOf({ title: 'a text of YAML (`values: |`)', isValid: () => true }),
    version: text,
  },
  ['chartname', 'name', 'namespace'],
)

const repository = mapping(
  {
    caFile: text,
    certFile: text,
    insecure: boolean,
    keyfile: text,
    name: nonEmptyText,
    password: secretText(),
    url: nonEmptyText,
    username: text,
  },
  ['name', 'url'],
)

const extensions = mapping({
  helm: mapping({
    charts: listOf(chart),
    concurrencyLevel: integer(),
    repositories: listOf(repository),
  }),
  storage: mapping({ create_default_storage_class: boolean, type: text }),
})

const featureGate = mapping({ components: listOf(text, 1), enabled: boolean, name: nonEmptyText }, [
  'enabled',
  'name',
])

const images = mapping({
  calico: mapping({
    cni: image,
    kubecontrollers: image,
    node: image,
    windows: mapping({ cni: image, node: image }),
  }),
  coredns: image,
  default_pull_policy: choice('Always', 'IfNotPresent', 'Never'),
  konnectivity: image,
  kubeproxy: image,
  kuberouter: mapping({ cni: image, cniInstaller: image }),
  metricsserver: image,
  pause: image,
  pushgateway: image,
  repository: text,
  windows: mapping({ kubeproxy: image, pause: image }),
})

const users = mapping({
  etcdUser: text,
  kineUser: text,
  konnectivityUser: text,
  kubeAPIserverUser: text,
  kubeSchedulerUser: text,
})

const storage = mapping({
  etcd: mapping({
    ca,
    externalCluster: mapping(
      {
        caFile: text,
        clientCertFile: text,
        clientKeyFile: text,
        endpoints: listOf(text, 1),
        etcdPrefix: text,
      },
      ['endpoints'],
    ),
    extraArgs,
    peerAddress: text,
    rawArgs,
  }),
  kine: mapping({ dataSource: text, extraArgs, rawArgs }),
  type: choice('etcd', 'kine'),
})

/** The fields of the Kubernetes type ObjectMeta, in which k0s reads the name only. */
const metadata = mapping({
  annotations: mapOf(text),
  creationTimestamp: anything,
  deletionGracePeriodSeconds: anything,
  deletionTimestamp: anything,
  finalizers: anything,
  generateName: anything,
  generation: anything,
  labels: mapOf(text),
  managedFields: anything,
  name: text,
  namespace: text,
  ownerReferences: anything,
  resourceVersion: anything,
  selfLink: anything,
  uid: anything,
})

const workerProfile = mapping({ name: profileName, values: mapOf(anything) }, ['name', 'values'])

/** The whole file. */
export const clusterConfig = mapping({
  apiVersion: text,
  kind: text,
  metadata,
  spec: mapping({
    api,
    controllerManager: component,
    extensions,
    featureGates: listOf(featureGate),
    images,
    installConfig: mapping({ users }),
    konnectivity: mapping({ adminPort: port, agentPort: port, externalAddress: text }),
    metricsServer: mapping({ patches }),
    network,
    scheduler: component,
    storage,
    telemetry: mapping({ enabled: boolean }),
    workerProfiles: listOf(workerProfile),
  }),
  status: mapping({}),
})
