/** The spec that `gen-node init` prints: the fields that most clusters need, with comments. */

/** A commented spec that loads without changes. */
export const starter = `# A Kubernetes cluster without internet. All fields: gen-node explain
apiVersion: gen-node/v1
name: edge

# The distribution, and the version of the binary on the machines.
distro:
  name: k3s
  version: 1.33.4
  # Merged over the generated config.yaml.
  # config: {disable: [traefik, servicelb], embedded-registry: true}

# Registries whose images are pulled from the cluster's registry. With fallback: none, containerd never
# pulls from the upstream registry. k3s pulls its own images from docker.io.
mirrors:
  - {host: docker.io, fallback: none}
  - {host: registry.k8s.io, fallback: none}
  - {host: quay.io, fallback: none}

# The registry that the servers run. bundle: the path of the images on the node, a directory, a .tar
# or a .tar.gz. Image archives in /var/lib/rancher/k3s/agent/images are imported as well.
registry:
  port: 5000
  bundle: /var/lib/gen-node/bundle

# Fields of every node. The same fields are allowed under roles: {controller: …, worker: …} and in a node.
defaults:
  os: generic # generic debian ubuntu rhel flatcar fcos slemicro
  # ssh: {user: ops, authorizedKeys: ["ssh-ed25519 AAAA… ops"]}
  # files: [{path: /etc/motd, content: "Rack 4\\n"}]
  # network: {isolated: true} # no default route on this network

# One password for all nodes: the first server sets it, the other nodes join with it. Without it, the first
# server creates one, and a worker waits for the file /etc/rancher/k3s/token.
# token: {env: K3S_TOKEN}

nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
  - {name: w1, role: worker, address: 192.168.1.11, labels: {zone: a}}
`
