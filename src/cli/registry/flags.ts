/**
 * The flags of `gen-node registry`: those of the program on nodes, those that are of use at a
 * terminal only, and the older names of the environment variables.
 */
import {
  checkFlags,
  type Environment,
  type Flags,
  type FlagValues,
  flagTable,
  readFlagValues,
  variableOf,
} from '../../registry/flags.ts'

/** A parsed call of `gen-node registry`. */
export type RegistryCall =
  | { readonly kind: 'help' }
  | { readonly kind: 'error'; readonly message: string }
  | {
      readonly kind: 'check' | 'serve'
      readonly flags: Flags
      readonly deep: boolean
      readonly background: boolean
    }

const terminalFlags = {
  check: { type: 'boolean' },
  deep: { type: 'boolean' },
  background: { type: 'boolean', short: 'd' },
  help: { type: 'boolean', short: 'h' },
} as const

const table = { ...flagTable, ...terminalFlags }

/** The older environment variables whose names are not K0RDENTD_REGISTRY_ and the flag's name. */
const olderVariables: Readonly<Record<string, string>> = {
  'bundle-path': 'K0RDENTD_AIRGAP_BUNDLE_PATH',
  verify: 'K0RDENTD_VERIFY_SIGNATURE',
  'cosign-key': 'K0RDENT_COSIGN_KEY',
}

/** Reads arguments and environment variables. */
export function parseRegistryCall(argv: readonly string[], environment: Environment): RegistryCall {
  const named = withOlderVariables(environment)
  try {
    // Users know both spellings of this flag.
    const args = argv.map(argument => argument.replace(/^--cosignKey(?=$|=)/, '--cosign-key'))
    const values = readFlagValues(args, named, table)
    const isOn = (flag: string) => values.get(flag)?.[0] === 'true'
    if (isOn('help')) return { kind: 'help' }
    const flags = checkFlags(values, named)
    checkTerminalFlags(flags, values)
    const kind = isOn('check') ? 'check' : 'serve'
    return { kind, flags, deep: isOn('deep'), background: isOn('background') }
  } catch (error) {
    return { kind: 'error', message: error instanceof Error ? error.message : String(error) }
  }
}

/** Adds the values of older variables; the current variable has precedence. */
function withOlderVariables(environment: Environment): Environment {
  const older = Object.keys(table).map(flag => {
    const variable = variableOf(flag)
    const suffix = variable.slice('GEN_NODE_REGISTRY_'.length)
    const olderVariable = olderVariables[flag] ?? `K0RDENTD_REGISTRY_${suffix}`
    return [variable, environment[variable] || environment[olderVariable]] as const
  })
  return { ...environment, ...Object.fromEntries(older) }
}

/** The help: every flag of the program and of the terminal. */
export const registryHelp = `Serves the images of bundles as a read-only OCI registry, with the program that runs on nodes.

Usage: gen-node registry --bundle-path PATH [flags]

Images:
  -b, --bundle-path PATH  a directory, .tar or .tar.gz; repeatable; of two images with one name, the later is served
  -s, --storage DIR       where a .tar.gz is unpacked ($STATE_DIRECTORY or ~/.cache/gen-node)
      --verify            every bundle must have a signature; --verify=false checks none
      --cosign-key FILE   the public key of the signatures, as PEM

Server:
  -p, --port N            port (5000); 0 is any free port
  -H, --host ADDRESS      address to listen on (0.0.0.0)
      --tls-cert FILE     certificate: serve HTTPS
      --tls-key FILE      key of the certificate
      --auth-file FILE    users, as htpasswd lines with {SHA}, {SSHA}, {SHA256}, {SSHA256} or {SCRYPT}
      --log json|text     form of the log on stderr (text)

At a terminal:
      --check             list name, platforms, size and digest of each image, and exit; 1 after a warning
      --deep              compare all blobs with their digests before serving or listing
  -d, --background        ignored: use a systemd unit to run in the background
  -h, --help              print this help

Each flag is also an environment variable, such as GEN_NODE_REGISTRY_BUNDLE_PATH.

Example:
  gen-node registry --bundle-path ./bundle --port 5000
`

/** Errors that the program on nodes reports later in the words of Node, and `--log`, where it uses text. */
function checkTerminalFlags({ port, logFormat, cosignKey }: Flags, values: FlagValues): void {
  const [writtenPort = ''] = values.get('port') ?? []
  if (!/^\d*$/.test(writtenPort) || port > 65_535) {
    throw new Error(`invalid --port "${writtenPort}": 0 to 65535`)
  }
  const [writtenLog = logFormat] = values.get('log') ?? []
  if (writtenLog !== logFormat) throw new Error(`invalid --log "${writtenLog}": json or text`)
  if (cosignKey?.includes('://')) {
    throw new Error(`invalid --cosign-key "${cosignKey}": download it and give the file`)
  }
}
