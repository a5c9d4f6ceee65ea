import { type Flags, parseFlags } from '../../registry/flags.ts'
import { serveRegistry } from '../../registry/serve.ts'
import { environment } from '../io/process.ts'
import { exitOnBrokenPipe, isTerminal, writeStderr } from '../io/streams.ts'

/** `gen-node registry`: the program that runs on nodes, here; a person is told what to try. */
export function registry(argv: readonly string[]): Promise<number> {
  const flags = parseFlags(argv, environment())
  if (
    isTerminal('stderr') &&
    typeof flags === 'object' &&
    !flags.get('help') &&
    !flags.get('check')
  ) {
    writeStderr(nextSteps(flags))
  }
  exitOnBrokenPipe()
  return serveRegistry(argv, environment())
}

/** How to ask the registry, and the file by which containerd does. */
function nextSteps(flags: Flags): string {
  const scheme = flags.get('tls-cert') ? 'https' : 'http'
  const host = flags.get('host') ?? ''
  const name = /^(0\.0\.0\.0|::)?$/.test(host)
    ? '127.0.0.1'
    : host.includes(':')
      ? `[${host}]`
      : host
  const url = `${scheme}://${name}:${flags.get('port')}`
  return `When it serves, try: curl ${url}/v2/_catalog
For containerd, as /etc/containerd/certs.d/quay.io/hosts.toml on each node, with this machine's address:
  server = "${url}"

  [host."${url}"]
  capabilities = ["pull", "resolve"]
Control-C ends it; SIGHUP reads the bundle again.
`
}
