/** The spec that `gen-node init --distro containerd` prints. */

/** A commented spec that loads without changes. */
export const starter = `# Nodes with containerd and without internet, for kubeadm or any other program that starts the kubelet.
# All fields: gen-node explain
apiVersion: gen-node/v1
name: edge

# The runtime, and its version on the machines. config: merged over the generated /etc/containerd/config.toml.
distro: {name: containerd, version: "2.1"}

# Registries whose images are pulled from the site's registry. With fallback: none, containerd never pulls
# from the upstream registry.
mirrors:
  - {host: registry.k8s.io, fallback: none}
  - {host: quay.io, fallback: none}
  - {host: docker.io, fallback: none}

# The registry that the controllers run. bundle: the path of the images on the node, a directory, a .tar
# or a .tar.gz.
registry:
  port: 5000
  bundle: /var/lib/gen-node/bundle

# Fields of every node. The same fields are allowed under roles: {controller: …, worker: …} and in a node.
defaults:
  os: generic # generic debian ubuntu rhel flatcar fcos slemicro
  # ssh: {user: ops, authorizedKeys: ["ssh-ed25519 AAAA… ops"]}
  # files: [{path: /etc/kubernetes/kubeadm.yaml, file: kubeadm.yaml}]
  # network: {isolated: true} # no default route on this network

nodes:
  - {name: c1, role: controller, address: 192.168.1.10}
  - {name: w1, role: worker, address: 192.168.1.11}
`
