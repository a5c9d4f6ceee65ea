/** The environment, as a program sees it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The help, which is also the table that flags are read by. */
export const help = `A read-only OCI registry.

  -b, --bundle-path PATH  repeatable
  -p, --port N [5000]
  -H, --host ADDRESS [0.0.0.0]
  -s, --storage DIR  for .tar.gz
  --verify
  --cosign-key FILE
  --tls-cert FILE
  --tls-key FILE
  --auth-file FILE
  --log json|text
  --check  list and stop
  --deep  hash all first
  -d, --background
  -h, --help
`

const olderNames: Readonly<Record<string, string>> = {
  'bundle-path': 'K0RDENTD_AIRGAP_BUNDLE_PATH',
  verify: 'K0RDENTD_VERIFY_SIGNATURE',
  'cosign-key': 'K0RDENT_COSIGN_KEY',
}

/** What was asked for: each flag's last value, empty where it is switched off. */
export interface Flags {
  readonly get: (name: string) => string | undefined
  readonly bundles: readonly string[]
}

/** Reads the environment, then flags; what is wrong comes back as one line. */
export function parseFlags(argv: readonly string[], env: Environment): Flags | string {
  const values = new Map<string, string>()
  const bundles: string[] = []
  const rows = new Map<string, RegExpMatchArray>()
  const set = (name: string, takes: string | undefined, value: string) =>
    values.set(name, takes ? value : value.replace(/^(0|false|no|off)$/i, ''))
  for (const row of help.matchAll(/ {2}(?:(-\w), )?(--([\w-]+))( \w+)?(?: \[(.+)\])?/g)) {
    const [, short, long = '', name = '', takes, standard] = row
    rows.set(long, row).set(short ?? long, row)
    const suffix = name.toUpperCase().replace('-', '_')
    const older = env[olderNames[name] ?? `K0RDENTD_REGISTRY_${suffix}`]
    const value = env[`GEN_NODE_REGISTRY_${suffix}`] || older || standard
    if (value) set(name, takes, value)
  }
  const words = argv.values()
  for (const word of words) {
    const [, flag = '', given] = /^(.*?)(?:=(.*))?$/s.exec(word) ?? []
    const row = rows.get(flag.replace('cosignKey', 'cosign-key'))
    const [, , , name = '', takes] = row ?? []
    const value = given ?? (takes ? words.next().value : 'on')
    if (!row || !value) return `${word} ${row ? 'needs a value' : 'is unknown'}; see --help`
    set(name, takes, value)
    if (name === 'bundle-path') bundles.push(value)
  }
  const get = (name: string) => values.get(name)
  const port = get('port')
  if (!/^\d+$/.test(`${port}`) || Number(port) > 65535) return `--port ${port} is no port`
  if (!get('tls-cert') !== !get('tls-key')) return '--tls-cert needs --tls-key'
  if (get('cosign-key')?.includes('://'))
    return '--cosign-key takes a file: fetch it and bring it along'
  if (!get('bundle-path') && !get('help')) return '--bundle-path is missing'
  return { get, bundles: bundles.length ? bundles : [`${get('bundle-path')}`] }
}
