import util from 'node:util'

// Input: arguments and environment variables. Output: checked settings with defaults. An invalid call
// throws an error.

/** The environment variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Flags in the form of `util.parseArgs`. */
export type FlagTable = Readonly<
  Record<
    string,
    { readonly type: 'string' | 'boolean'; readonly short?: string; readonly multiple?: boolean }
  >
>

/** The flags of the program; each can be set by an environment variable, such as GEN_NODE_REGISTRY_PORT. */
export const flagTable: FlagTable = {
  'bundle-path': { type: 'string', short: 'b', multiple: true },
  port: { type: 'string', short: 'p' },
  host: { type: 'string', short: 'H' },
  storage: { type: 'string', short: 's' },
  verify: { type: 'string' },
  'cosign-key': { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'auth-file': { type: 'string' },
  log: { type: 'string' },
}

/** The values of the flags that are set; a boolean flag has `true` or `false`. */
export type FlagValues = ReadonlyMap<string, readonly string[]>

/** The settings of the program: the values of the flags, or defaults. */
export interface Flags {
  readonly bundlePaths: readonly string[]
  readonly host: string
  readonly port: number
  readonly storage: string
  readonly verify: Verify
  readonly cosignKey: string | undefined
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  readonly authFile: string | undefined
  readonly logFormat: 'json' | 'text'
}

/** Whether bundles need a signature; undefined: those that have one, and all of them if there is a key. */
export type Verify = boolean | undefined

/** The environment variable of a flag. */
export function variableOf(flag: string): string {
  return `GEN_NODE_REGISTRY_${flag.toUpperCase().replaceAll('-', '_')}`
}

/** Reads the flags of a table; arguments have precedence over environment variables. */
export function readFlagValues(
  argv: readonly string[],
  environment: Environment,
  table: FlagTable,
): FlagValues {
  // `--verify` has an optional value, which parseArgs does not know.
  const args = argv.map(argument => (argument === '--verify' ? '--verify=true' : argument))
  const { values } = util.parseArgs({ args, options: table })
  const texts = new Map<string, readonly string[]>()
  for (const name of Object.keys(table)) {
    const list = [values[name] ?? (environment[variableOf(name)] || [])].flat().map(String)
    if (list.includes('')) throw new Error(`--${name} needs a value`)
    if (list.length > 0) texts.set(name, list)
  }
  return texts
}

/** Checks the values of the flags and fills in the defaults. */
export function checkFlags(values: FlagValues, environment: Environment): Flags {
  const get = (name: string) => values.get(name)?.[0]
  const { HOME = '.', STATE_DIRECTORY = `${HOME}/.cache/gen-node` } = environment
  const bundlePaths = values.get('bundle-path')
  const verify = get('verify')
  const cosignKey = get('cosign-key')
  const [certFile, keyFile] = [get('tls-cert'), get('tls-key')]
  if (!bundlePaths) throw new Error('--bundle-path is missing')
  if (!certFile !== !keyFile) throw new Error('--tls-cert and --tls-key need each other')
  return {
    bundlePaths,
    host: get('host') ?? '0.0.0.0',
    // listen() refuses what is no port.
    port: Number(get('port') ?? 5000),
    storage: get('storage') ?? STATE_DIRECTORY,
    verify: verify ? !/^(0|false|no|off)$/i.test(verify) : undefined,
    cosignKey,
    tls: certFile && keyFile ? { certFile, keyFile } : undefined,
    authFile: get('auth-file'),
    logFormat: get('log') === 'json' ? 'json' : 'text',
  }
}
