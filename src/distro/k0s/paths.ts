/** Paths and names of k0s on a node. */

/** The program. */
export const binary = 'k0s'

/** The units that `k0s install` writes: controller, worker. */
export const services = ['k0scontroller.service', 'k0sworker.service'] as const

/** The configuration of a controller. */
export const configPath = '/etc/k0s/k0s.yaml'

/** The token of a node that joins. */
export const tokenPath = '/etc/k0s/join-token'

/** The CA with which helm verifies the registry. */
export const chartCaPath = '/etc/k0s/registry-ca.pem'
