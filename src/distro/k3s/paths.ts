/** Paths and names of k3s on a node. */

/** The program. */
export const binary = 'k3s'

/** The units that the installer of k3s writes: server, agent. */
export const services = ['k3s.service', 'k3s-agent.service'] as const

const settings = '/etc/rancher/k3s'
const data = '/var/lib/rancher/k3s'

/** The configuration of k3s. */
export const configPath = `${settings}/config.yaml`

/** Settings that the first boot adds to the configuration. */
export const bootConfigPath = `${settings}/config.yaml.d/50-gen-node.yaml`

/** The registries from which containerd pulls. */
export const registriesPath = `${settings}/registries.yaml`

/** CA certificates and client certificates that registries.yaml names. */
export const certificatesDirectory = `${settings}/certs.d`

/** The token with which a node joins, and which the first server sets. */
export const tokenPath = `${settings}/token`

/** The token that servers set for agents, where agents have another token than servers. */
export const agentTokenPath = `${settings}/agent-token`

/** The data directory. */
export const dataDirectory = data

/** The token that a server prints for nodes that join. */
export const nodeTokenPath = `${data}/server/node-token`

/** Image archives that k3s imports when it starts. */
export const imagesDirectory = `${data}/agent/images`

/** Manifests that servers apply. */
export const manifestsDirectory = `${data}/server/manifests`

/** The kubeconfig of a kubelet; it exists after the node joined. */
export const kubeletConfigPath = `${data}/agent/kubelet.kubeconfig`

/** The directory of the hosts.toml files that k3s makes of registries.yaml. */
export const generatedCertsDirectory = `${data}/agent/etc/containerd/certs.d`
