import type { Flags } from '../../registry/flags.ts'
import { endWithError, makeLog } from '../../registry/log.ts'
import { exitWhenFlushed, serveRegistry } from '../../registry/serve.ts'
import { environment } from '../io/process.ts'
import { exitOnBrokenPipe, isTerminal, writeStderr, writeStdout } from '../io/streams.ts'
import { checkBundles, openWithProgress } from '../registry/check.ts'
import { parseRegistryCall, registryHelp } from '../registry/flags.ts'

/** `gen-node registry`: serves bundles with the program that runs on nodes, or checks them. */
export async function registry(argv: readonly string[]): Promise<number> {
  const call = parseRegistryCall(argv, environment())
  if (call.kind === 'error') return endWithError(call.message, 2)
  if (call.kind === 'help') {
    writeStdout(registryHelp)
    return 0
  }
  const { flags } = call
  const log = makeLog(flags.logFormat)
  const open = openWithProgress(call.deep)
  if (call.background) log('info', '-d: ignored, use a systemd unit to run in the background')
  if (call.kind === 'check') return checkBundles(flags, open, log, writeStdout)
  if (isTerminal('stderr')) writeStderr(nextSteps(flags))
  exitOnBrokenPipe()
  const exitCode = await serveRegistry(flags, open, log)
  // A running digest computation must not delay the exit.
  exitWhenFlushed(exitCode)
  return exitCode
}

/** Examples of use: a request, and the file with which containerd uses the registry. */
function nextSteps({ tls, host, port }: Flags): string {
  const authority = host.includes(':') ? `[${host}]` : host
  const isAnyAddress = host === '0.0.0.0' || host === '::'
  const url = `${tls ? 'https' : 'http'}://${isAnyAddress ? '127.0.0.1' : authority}:${port}`
  return `To try it: curl ${url}/v2/_catalog
To pull with containerd: put this into /etc/containerd/certs.d/quay.io/hosts.toml on each node, with
the address of this machine:
  server = "${url}"

  [host."${url}"]
  capabilities = ["pull", "resolve"]
Control-C stops the registry; SIGHUP reloads bundles, certificate and users.
`
}
