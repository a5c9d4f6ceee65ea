/** The spec to begin with: what most sites need, commented, and the rest by name. */

/** A commented spec that loads as it stands. */
export const starter = `# A Kubernetes cluster without internet. Every field: gen-node explain
apiVersion: gen-node/v1
name: edge

# The distribution and the version of the binary that lies on the machines.
distro: {name: k0s, version: 1.33.4}

# Registries whose images come from this site. fallback: none means that nothing ever asks them.
mirrors:
  - {host: registry.k8s.io, fallback: none}
  - {host: quay.io, fallback: none}
  - {host: docker.io, fallback: none}

# The registry that the controllers run: it serves this bundle in place. On the node: a directory or a .tar.
registry:
  port: 5000
  bundle: /var/lib/gen-node/bundle

# What every node gets. Fields may also stand under roles: {controller: …, worker: …} and in a node.
defaults:
  os: generic # generic debian ubuntu rhel flatcar fcos slemicro
  # ssh: {user: ops, authorizedKeys: ["ssh-ed25519 AAAA… ops"]}
  # files: [{path: /etc/motd, content: "Hull 4\\n"}]
  # network: {isolated: true} # no default route on this network

# The token with which workers join: made by \`k0s token create --role worker\` on the first controller.
# Left out, a worker waits for the file /etc/k0s/join-token to appear.
# token: {file: worker.token}

nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
  - {name: w1, role: worker, address: 192.168.1.11, labels: {zone: a}}
`
