/** Messages of the kubelet and of containerd about images, with their causes on nodes without internet. */
import type { Symptom } from '../../model/runbook-part.ts'
import type { AnySpec } from '../../model/spec.ts'
import { registryUrl } from './registry-address.ts'
import { registryUnit } from './registry-unit.ts'

/** The symptoms that all distributions share; `certsDirectory` is that of the hosts.toml files. */
export function imageSymptoms(spec: AnySpec, certsDirectory: string): readonly Symptom[] {
  const url = registryUrl(spec)
  const catalog = url === null ? 'the registry' : `\`curl ${url}/v2/_catalog\``
  return [
    {
      message: 'ImagePullBackOff',
      cause: 'the kubelet could not pull an image several times',
      remedy: '`kubectl describe pod NAME` prints the message of containerd: see the lines below',
    },
    {
      message: 'not found',
      cause: 'neither the registry nor the upstream has the image',
      remedy: `compare the name with ${catalog}, and add the image to the bundle`,
    },
    {
      message: 'connection refused',
      cause: 'the registry is not running, or a firewall rejects its port',
      remedy: `on the node that runs the registry: \`journalctl -u ${registryUnit}\``,
    },
    {
      message: 'i/o timeout',
      cause: 'a node cannot reach the registry, or containerd asked an upstream on the internet',
      remedy:
        'the message has the address: check the route, or set `fallback: none` for the mirror',
    },
    {
      message: 'no such host',
      cause: 'containerd asked an upstream on the internet: the host of the image has no mirror',
      remedy: 'add the host to `mirrors` and apply the configuration again',
    },
    {
      message: 'http: server gave HTTP response to HTTPS client',
      cause: 'the image has the registry under a name that has no hosts.toml',
      remedy: `use a name that has a directory in \`${certsDirectory}\`, or add it to \`mirrors\``,
    },
    {
      message: 'x509: certificate signed by unknown authority',
      cause: 'the CA of the endpoint is not in the spec',
      remedy: 'set `registry.ca`, or `ca` of the mirror, and apply the configuration again',
    },
    {
      message: 'x509: certificate has expired or is not yet valid',
      cause: 'the clock of the node is wrong, or the certificate is too old',
      remedy: 'compare `date -u` with the dates of the certificate',
    },
    {
      message: '401 Unauthorized',
      cause: 'the registry refuses the user and password',
      remedy: 'set `registry.auth`, or `auth` of the mirror, and apply the configuration again',
    },
    {
      message: 'invalid `host` tree',
      cause:
        'a hosts.toml that gen-node did not write has no `[host]` table; containerd ignores the file',
      remedy: `remove it from \`${certsDirectory}\`, and apply the configuration again`,
    },
    {
      message: 'no space left on device',
      cause: 'the disk with the images of containerd is full',
      remedy: '`df -h /var/lib`, then remove files or images that are not used',
    },
  ]
}
