/** Paths and names of containerd on a node. */

/** The program. */
export const binary = 'containerd'

/** The unit of containerd's packages. */
export const containerdUnit = 'containerd.service'

/** The units that pull images: they start after the registry. */
export const services: readonly string[] = ['kubelet.service']

/** The configuration. */
export const configPath = '/etc/containerd/config.toml'

/** The directory of the mirrors' hosts.toml files. */
export const certsDirectory = '/etc/containerd/certs.d'

/** The directory of drop-ins that the generated configuration imports. */
export const dropInDirectory = '/etc/containerd/conf.d'
