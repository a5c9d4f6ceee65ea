/** The environment, as a program sees it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The help, which is also the table that flags are read by. */
export const help = `A read-only OCI registry.

  -b, --bundle-path PATH  folder, .tar, .tar.gz; repeatable
  -p, --port N            [5000]
  -H, --host ADDRESS      [0.0.0.0]
  -s, --storage DIR       for unpacked .tar.gz
      --verify            on with a key or .sig
      --cosign-key FILE
      --tls-cert FILE
      --tls-key FILE
      --auth-file FILE
      --log FORMAT        [text] or json
      --check             list and stop
      --deep              hash all first
  -d, --background
  -h, --help
`

const olderNames: Readonly<Record<string, string>> = {
  'bundle-path': 'K0RDENTD_AIRGAP_BUNDLE_PATH',
  verify: 'K0RDENTD_VERIFY_SIGNATURE',
  'cosign-key': 'K0RDENT_COSIGN_KEY',
}

/** What was asked for: every value of each flag, in order. */
export type Flags = ReadonlyMap<string, readonly string[]>

/** Reads flags, then the environment; what is wrong comes back as one line. */
export function parseFlags(argv: readonly string[], env: Environment): Flags | string {
  const flags = new Map<string, readonly string[]>()
  const table = [...help.matchAll(/ (?:-(\w), )? *--([\w-]+)( [A-Z]+)?(?: *\[(.+)\])?/g)]
  for (const [, , name = '', , standard] of table) {
    const suffix = name.toUpperCase().replace('-', '_')
    const older = env[olderNames[name] ?? `K0RDENTD_REGISTRY_${suffix}`]
    const value = env[`GEN_NODE_REGISTRY_${suffix}`] || older || standard
    if (value) flags.set(name, [value])
  }
  const bundles: string[] = []
  const words = [...argv]
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, long = '', short, given] = /^(?:--([^=]+)|-([^-]))(?:=(.*))?$/s.exec(word) ?? []
    const key = long.replace('cosignKey', 'cosign-key')
    const row = table.find(([, one, name]) => (short ? one === short : name === key))
    const [, , name = '', takes] = row ?? []
    const value = given ?? (takes ? words.shift() : 'true')
    if (!row || !value) return `${word} ${row ? 'needs a value' : 'is unknown'}; see --help`
    if (name === 'bundle-path') bundles.push(value)
    flags.set(name, name === 'bundle-path' ? bundles : [value])
  }
  return wrongIn(flags) ?? flags
}

/** The last value of a flag. */
export function valueOf(flags: Flags, name: string): string | undefined {
  return flags.get(name)?.at(-1)
}

/** Whether a flag is on, off, or was not given. */
export function isOn(flags: Flags, name: string): boolean | undefined {
  const value = valueOf(flags, name)
  return value === undefined ? undefined : /^(1|true|yes|on)$/i.test(value)
}

function wrongIn(flags: Flags): string | undefined {
  const get = (name: string) => valueOf(flags, name) ?? ''
  const port = get('port')
  if (!/^\d+$/.test(port) || Number(port) > 65535) return `--port ${port} is no port`
  if (!/^(json|text)$/.test(get('log'))) return '--log is text or json'
  if (!get('tls-cert') !== !get('tls-key')) return '--tls-cert needs --tls-key'
  if (/^\w+:\/\//.test(get('cosign-key'))) {
    return '--cosign-key is a file: fetch it where there is a network and bring it along'
  }
  if (!get('bundle-path') && !get('help')) return '--bundle-path is missing'
  return
}
