/** The cluster's registry on a node: its program, its credentials and its systemd unit. */

import service from '../../../templates/registry.service.hbs'
import { printBase64 } from '../../codec/base64.ts'
import { concatBytes } from '../../codec/bytes.ts'
import { sha256 } from '../../codec/hash.ts'
import { systemdArgument } from '../../codec/systemd.ts'
import { encodeUtf8 } from '../../codec/text.ts'
import type { AnyNode, Auth, Content, Registry, ResolvedSpec } from '../../model/spec.ts'
import type { PlanFile } from '../../plan/plan.ts'
import registryProgram from '../../registry/main.ts?bundle'
import { andThen, collectOutcomes, type Outcome, success } from '../../report/diagnostic.ts'
import { lineText, type PemKind, pemBytes } from './contents.ts'
import { inDefaultPath, paths, searchPath } from './os-paths.ts'
import { type PlanPart, planPart } from './plan-part.ts'
import { listenAddress, runsRegistry } from './registry-address.ts'
import { type Exposure, rootFile } from './root-file.ts'

/** The unit's name. */
export const registryUnit = 'gen-node-registry.service'

/** The program, its credentials and its unit for a node that runs the registry; else nothing. */
export function registryPart(
  spec: ResolvedSpec,
  node: AnyNode,
  before: readonly string[],
): Outcome<PlanPart> {
  if (!runsRegistry(spec, node)) return success(planPart({}))
  const script = `${paths[node.os].lib}/registry.mjs`
  return andThen(collectOutcomes(credentialsOf(spec)), credentials => {
    const content = unitText(spec, node, script, before, credentials)
    return success(
      planPart({
        files: [
          rootFile(script, registryProgram, 'image', ['registry']),
          ...credentials.map(credential => credential.file),
        ],
        // bootstrap.sh enables the unit after its checks.
        units: [
          {
            name: registryUnit,
            enabled: false,
            content,
            // `listen` is the address of one machine.
            layer: spec.registry.listen === null ? 'image' : 'instance',
            from: ['registry'],
          },
        ],
      }),
    )
  })
}

function unitText(
  spec: ResolvedSpec,
  node: AnyNode,
  script: string,
  before: readonly string[],
  credentials: readonly Credential[],
): string {
  const { registry } = spec
  const storage = separateStorage(registry)
  const lowPort = registry.port < 1024
  const command = [
    ...nodeCommand(registry.node),
    ...[script, '--host', listenAddress(spec), '--port', String(registry.port)],
    ...['--bundle-path', registry.bundle],
    // Without the flag the program uses the state directory, which systemd sets.
    ...(storage === '' ? [] : ['--storage', storage]),
    ...registry.args,
  ]
  // The service does not run as root: it gets copies of files that only root can read.
  const flags = credentials.map(({ flag, name }) => `--${flag} \${RUNTIME_DIRECTORY}/${name}`)
  const sources = credentials.map(({ file }) => file.path).join(' ')
  return service({
    before: before.join(' '),
    bundle: registry.bundle,
    path: inDefaultPath(node.os) ? '' : searchPath(node.os),
    capabilities: lowPort ? 'CAP_NET_BIND_SERVICE' : '',
    // The capability has no effect inside a separate user namespace.
    privateUsers: lowPort ? 'no' : 'yes',
    credentials: credentials.length > 0,
    copyCredentials: `/bin/sh -ec 'install -m 0400 -o "$$(stat -c %%u "$$RUNTIME_DIRECTORY")" ${sources} "$$RUNTIME_DIRECTORY"'`,
    storage,
    command: [...command.map(systemdArgument), ...flags].join(' '),
  })
}

// systemd allows no quote, backslash or dollar sign in a program's path, escaped or not.
function nodeCommand(node: string | null): readonly string[] {
  return node === null || /["'\\$]/.test(node) ? ['/usr/bin/env', node ?? 'node'] : [node]
}

// The directory that systemd creates for StateDirectory=gen-node/registry.
const stateDirectory = '/var/lib/gen-node/registry'

/** The storage where it is not the service's own state directory, else an empty text. */
export function separateStorage({ storage }: Pick<Registry, 'storage'>): string {
  return storage === stateDirectory ? '' : storage
}

interface Credential {
  /** The program's flag, without dashes. */
  readonly flag: string
  readonly name: string
  readonly file: PlanFile
}

/** The keys, certificates and the password file that the program reads. */
function credentialsOf(spec: ResolvedSpec): readonly Outcome<Credential>[] {
  const { verify, tls, auth } = spec.registry
  const credential = (
    flag: string,
    name: string,
    { from }: Content,
    exposure: Exposure,
    bytes: Outcome<Uint8Array>,
  ): Outcome<Credential> =>
    andThen(bytes, content => {
      const file = rootFile(`/etc/gen-node/registry/${name}`, content, exposure, from)
      return success({ flag, name, file })
    })
  const pem = (
    flag: string,
    name: string,
    content: Content,
    kind: PemKind,
    exposure: Exposure,
  ): Outcome<Credential> => credential(flag, name, content, exposure, pemBytes(content, kind))
  return [
    ...(verify === null ? [] : [pem('cosign-key', 'cosign.pub', verify, 'public key', 'image')]),
    ...(tls === null
      ? []
      : [
          pem('tls-cert', 'tls.pem', tls.cert, 'certificate', 'instance'),
          pem('tls-key', 'tls-key.pem', tls.key, 'private key', 'secret'),
        ]),
    ...(auth === null
      ? []
      : [credential('auth-file', 'auth', auth.password, 'secret', passwordFile(spec.name, auth))]),
  ]
}

/** The line of the password file. The salt is not random: the same input gives the same bytes. */
function passwordFile(cluster: string, auth: Auth<Content>): Outcome<Uint8Array> {
  return andThen(lineText(auth.password), password => {
    const salt = encodeUtf8(sha256(encodeUtf8(`gen-node ${cluster} ${auth.username}`)).slice(0, 16))
    const digest = sha256(concatBytes([encodeUtf8(password), salt]))
    const bytes = (digest.match(/../g) ?? []).map(pair => Number.parseInt(pair, 16))
    const hash = printBase64(Uint8Array.from([...bytes, ...salt]))
    return success(encodeUtf8(`${auth.username}:{SSHA256}${hash}\n`))
  })
}
