/**
 * Random valid specs with texts that are special in YAML, shells, units and encodings. Equal seeds give
 * equal specs; GEN_NODE_SEED sets another seed.
 */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { sourceOf } from '../lib/cases.ts'
import {
  loadSpec,
  locate,
  type NodePlan,
  plan,
  renderText,
  type Supplies,
  type TreeItem,
} from '../lib/stages.ts'

/** The seed of the random specs. */
export const seed = Number(process.env.GEN_NODE_SEED ?? 20261121)

/** The text of a random spec, with its files, folders and variables. */
export interface Drawn {
  readonly text: string
  readonly supplies: Supplies
}

/** A number of specs, equal for equal seeds. */
export function drawSpecs(count: number): readonly Drawn[] {
  return fc.sample(anySpec(), { numRuns: count, seed })
}

/** The plans of a spec, or its errors as text. */
export function planDrawn(
  drawn: Drawn,
):
  | { readonly ok: true; readonly plans: readonly NodePlan[] }
  | { readonly ok: false; readonly why: string } {
  const source = sourceOf(drawn.text)
  const spec = loadSpec(source)
  const outcome = spec.ok ? plan(spec.value, drawn.supplies) : spec
  return outcome.ok
    ? { ok: true, plans: outcome.value }
    : { ok: false, why: renderText(locate(source, outcome.diagnostics), { colour: false }) }
}

type Mapping = Readonly<Record<string, unknown>>

/** A value that may refer to files or folders: `field` is in the spec, the others are the referred contents. */
interface Supplied {
  readonly field: Mapping
  readonly files?: ReadonlyMap<string, Uint8Array>
  readonly trees?: ReadonlyMap<string, readonly TreeItem[]>
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

// Texts that a parser could misread.
const specialTexts = [
  ...['yes', 'no', 'on', 'off', 'y', 'null', '~', 'true', '1:30', '0644', '0o17', '0x1f', '1e3'],
  ...['.inf', '.NaN', '=', '<<', '---', '...', '- a', '? b', '!x', '&a', '*a', '%TAG', '@', '`'],
  ...['2026-11-21', '12_000', '+1', '|', '>', '[', '{', "'", '"', '#', 'a: b', 'a #b', ' lead'],
  ...[
    'trail ',
    '\ttab',
    'é',
    '日本語',
    '🚢',
    '\u0085',
    '\u2028',
    '\uFEFF',
    '\u00a0',
    '{{ .Values.x }}',
  ],
  ...['{% raw %}', '$HOME', '${x}', '`id`', '%h %%', '\\n', '\\', '!!binary x', '#cloud-config'],
  ...['## template: jinja', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed', '#!/bin/sh'],
  ...['\u0001', '\u0007\u001b[31m', '\u007f', '\r', 'a\rb', '\u0000', 'EOF', '-n', '-', ''],
]
const specialText = fc.constantFrom(...specialTexts)
const line = fc.oneof(
  { weight: 4, arbitrary: specialText },
  { weight: 2, arbitrary: fc.string({ maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
)
const end = fc.constantFrom('\n', '\n', '\r\n', '\n\n')
/** Text of a file in the spec: any text that YAML can express. */
const text = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.array(line, { maxLength: 8 }), end, fc.boolean())
    .map(([lines, between, closed]) => lines.join(between) + (closed ? between : '')),
  fc.tuple(line, fc.integer({ min: 1, max: 700 })).map(([content, times]) => content.repeat(times)),
  fc
    .tuple(line, fc.integer({ min: 1, max: 400 }))
    .map(([content, times]) => `${content}\n`.repeat(times)),
)
/** Bytes of a file outside the spec. */
const binary = fc.oneof(
  text.map(bytes),
  fc.uint8Array({ maxLength: 400 }),
  fc.constantFrom(
    new Uint8Array(),
    new Uint8Array(5000),
    Uint8Array.from({ length: 3000 }, (_, at) => at * 31 + (at >> 3)),
    new Uint8Array(gzipSync('inside')),
    Uint8Array.of(0xff, 0xfe, 0, 0),
  ),
)
const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/)
const segment = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_.+@-]{1,9}$/).filter(step => step !== '.' && step !== '..'),
  fc.constantFrom(
    'a b',
    "it's",
    '"q"',
    '$x',
    '%h',
    '{{ x }}',
    'é',
    '日本',
    '~',
    '-f',
    '#',
    ':',
    '*',
    '\\',
    'yes',
    '🚢',
    'a\\nb',
    '!',
    '&',
    '[x]',
    '(y)',
  ),
)
const top = fc.constantFrom(
  '/etc/site',
  '/opt/site',
  '/srv',
  '/var/lib/site',
  '/usr/local/share/x y',
  '/etc/k0s/extra',
)
// Special bits are rare: of the versions of Ignition only 3.6.0 supports them.
const mode = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom('0644', '600', '0755', '0400', '0664', '0777', '0000', '0111'),
  },
  { weight: 1, arbitrary: fc.constantFrom('4755', '2755', '1777', '6711') },
)
const owner = fc.constantFrom(
  'root',
  'root:root',
  'root:adm',
  'nobody:nogroup',
  'www-data',
  'daemon:sys',
  'www-data:staff',
)
/** Arguments that systemd passes on as they are; spaces in values of these flags only. */
const installArgument = fc.oneof(
  fc.constantFrom(
    '--debug',
    '--profile=1.10',
    '--kubelet-extra-args=--max-pods=60 --v=2',
    '--env=A=é yes',
    '--env=B=&& reboot; #',
  ),
  fc.stringMatching(/^--env=[A-Z]{1,4}=[ !#&()*+,./0-9:;<=>?@A-Z^_a-z{|}~-]{1,12}$/),
)
const argument = fc.oneof(
  fc.constantFrom(
    '--debug',
    '--kubelet-extra-args=--max-pods=60 --v=2',
    "it's",
    '$HOME',
    '`id`',
    'a b',
    '"',
    '\\',
    '!',
    '%h',
    '*',
    '~',
    '&& reboot',
    'é',
    'yes',
    '1.10',
  ),
  fc.stringMatching(/^--[a-z]{1,8}=[ -~]{1,12}$/),
)

const maybe = <T>(arbitrary: fc.Arbitrary<T>, chance = 3): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: chance, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

/** A mapping without the keys that were not drawn. */
function filled(fields: Mapping): Mapping {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Files of a layer; their paths contain `layer`, so that layers have different paths. */
function files(layer: string): fc.Arbitrary<readonly Supplied[]> {
  const place = fc.record({ top, steps: fc.array(segment, { maxLength: 2 }), last: segment })
  const common = fc.record({
    owner: maybe(owner, 1),
    mode: maybe(mode, 1),
    secret: maybe(fc.boolean(), 4),
  })
  const source = fc.oneof(
    { weight: 4, arbitrary: text.map(content => ({ content })) },
    { weight: 4, arbitrary: binary.map(file => ({ file })) },
    { weight: 2, arbitrary: tree.map(items => ({ items })) },
  )
  return fc
    .array(fc.tuple(place, common, source), { maxLength: 4 })
    .map(list =>
      list.map(([where, fields, contents], at) => fileOf(`${layer}${at}`, where, fields, contents)),
    )
}

function fileOf(
  id: string,
  where: { readonly top: string; readonly steps: readonly string[]; readonly last: string },
  fields: {
    readonly owner: string | undefined
    readonly mode: string | undefined
    readonly secret: boolean | undefined
  },
  contents:
    | { readonly content: string }
    | { readonly file: Uint8Array }
    | { readonly items: readonly TreeItem[] },
): Supplied {
  // The number makes each path unique, and no path is a folder of another.
  const path = [where.top, ...where.steps.map(step => `${step}.d`), `${id}-${where.last}`].join('/')
  const open = fields.mode !== undefined && (Number.parseInt(fields.mode, 8) & 0o007) !== 0
  const shared: Mapping = {
    path,
    ...filled({ ...fields, secret: open ? undefined : fields.secret }),
  }
  if ('content' in contents) return { field: { ...shared, content: contents.content } }
  const name = `contents/${id} file`
  if ('file' in contents)
    return { field: { ...shared, file: name }, files: new Map([[name, contents.file]]) }
  const { mode: _, ...withoutMode } = shared
  return { field: { ...withoutMode, tree: name }, trees: new Map([[name, contents.items]]) }
}

/** A local folder: directories before their entries, each name once. */
const tree: fc.Arbitrary<readonly TreeItem[]> = fc
  .record({
    folders: fc.uniqueArray(segment, { maxLength: 2 }),
    files: fc.uniqueArray(fc.tuple(segment, binary, fc.boolean(), fc.nat(2)), {
      maxLength: 4,
      selector: ([last]) => last,
    }),
    links: fc.uniqueArray(
      fc.tuple(
        segment,
        fc.constantFrom('../x', '/etc/hosts', 'a b', '-x', '~', '日本', './{{ x }}', '$HOME'),
      ),
      { maxLength: 2, selector: ([last]) => last },
    ),
  })
  .map(({ folders, files, links }) => [
    ...folders.map(folder => ({ kind: 'directory' as const, path: `${folder}.d` })),
    ...files.map(([last, content, executable, where]) => ({
      kind: 'file' as const,
      path: where < folders.length ? `${folders[where]}.d/f-${last}` : `f-${last}`,
      content,
      executable,
    })),
    ...links.map(([last, target]) => ({ kind: 'link' as const, path: `l-${last}`, target })),
  ])

const unitLines = fc.array(
  fc.constantFrom(
    'After=network.target',
    'Description=é: "x" %h',
    '# c',
    '',
    'X-A={{ .x }}\\\n  b',
    ';',
  ),
  { maxLength: 4 },
)

function units(layer: string): fc.Arbitrary<readonly Supplied[]> {
  const unit = fc.record({
    name: fc.constantFrom(
      'a.service',
      'b@1.service',
      'c@.service',
      'srv-my\\x2ddata.mount',
      'd.timer',
      'E_f:g.path',
    ),
    lines: unitLines,
    enabled: fc.boolean(),
    inFile: fc.boolean(),
  })
  return fc.array(unit, { maxLength: 2 }).map(list =>
    list.map((unit, at) => {
      // A template cannot start, and for an instance Ignition needs a running systemd, which boxes lack.
      const enabled = unit.enabled && !unit.name.includes('@')
      const install = enabled ? '\n[Install]\nWantedBy=multi-user.target\n' : ''
      const content = `[Unit]\n${unit.lines.join('\n')}\n${install}`
      const shared = { name: `${layer}${at}-${unit.name}`, enabled }
      const file = `contents/${layer}${at}.unit`
      return unit.inFile
        ? { field: { ...shared, file }, files: new Map([[file, bytes(content)]]) }
        : { field: { ...shared, content } }
    }),
  )
}

function manifests(layer: string): fc.Arbitrary<readonly Supplied[]> {
  return fc
    .array(fc.tuple(name, text.filter(isText)), { maxLength: 2 })
    .map(list =>
      list.map(([last, content], at) => ({ field: { name: `${layer}${at}-${last}`, content } })),
    )
}

function isText(content: string): boolean {
  return Buffer.from(content).toString() === content
}

const key = fc
  .tuple(
    fc.constantFrom('ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256'),
    fc.stringMatching(/^[A-Za-z0-9+/]{68}$/),
    fc.constantFrom('', ' ops', ' a: b # c', " it's", ' é'),
  )
  .map(([kind, body, comment]) => `${kind} ${body}${comment}`)

/** Fields that every layer may have. */
function layer(id: string, role: string | null): fc.Arbitrary<Supplied> {
  return fc
    .record({
      files: files(id),
      units: units(id),
      manifests: role === 'worker' || role === null ? fc.constant([]) : manifests(id),
      others: fc.record({
        os: maybe(
          fc.constantFrom('generic', 'debian', 'ubuntu', 'rhel', 'flatcar', 'fcos', 'slemicro'),
        ),
        workloads: maybe(fc.boolean()),
        labels: maybe(
          fc.dictionary(
            fc.constantFrom('zone', 'node.example/kind', 'a.b/C_d'),
            fc.constantFrom('a', '', '1', 'yes', 'x_1.y-z'),
          ),
        ),
        taints: maybe(
          fc.uniqueArray(
            // A node has the taints of all its layers, and no two may be equal.
            fc.constantFrom(`${id}=gpu:NoSchedule`, `${id}/b:NoExecute`, `${id}=:PreferNoSchedule`),
            { maxLength: 2 },
          ),
        ),
        args: maybe(fc.array(installArgument, { maxLength: 3 })),
        ssh: maybe(
          fc.record({
            user: fc.constantFrom('ops', 'core', 'root'),
            authorizedKeys: fc.uniqueArray(key, { minLength: 1, maxLength: 2 }),
          }),
        ),
      }),
    })
    .map(({ files, units, manifests, others }) =>
      joined({ files, units, manifests }, filled(others)),
    )
}

/** Lists of supplied items as fields of a mapping, with other fields. */
function joined(lists: Readonly<Record<string, readonly Supplied[]>>, others: Mapping): Supplied {
  const all = Object.values(lists).flat()
  const fields = Object.entries(lists)
    .filter(([, list]) => list.length > 0)
    .map(([key, list]) => [key, list.map(({ field }) => field)] as const)
  return { field: { ...others, ...Object.fromEntries(fields) }, ...suppliesOf(all) }
}

function suppliesOf(parts: readonly Supplied[]): Required<Omit<Supplied, 'field'>> {
  return {
    files: new Map(parts.flatMap(part => [...(part.files ?? [])])),
    trees: new Map(parts.flatMap(part => [...(part.trees ?? [])])),
  }
}

const pem = (what: string) => `-----BEGIN ${what}-----\nZ29sZGVu\n-----END ${what}-----\n`
const fixed = new Map([
  ['tls/ca.pem', bytes(pem('CERTIFICATE'))],
  ['tls/client.pem', bytes(pem('CERTIFICATE'))],
  ['tls/client.key', bytes(pem('PRIVATE KEY'))],
  ['tokens/worker', token('kubelet-bootstrap')],
  ['tokens/controller', token('controller-bootstrap')],
  ['tokens/header', bytes('hull: "4" # x\n')],
])
const env = new Map([['SITE_PASSWORD', 'pässword: "x" $HOME \\ {{ y }}']])

function token(user: string): Uint8Array {
  return bytes(`${gzipSync(`kind: Config\nusers:\n- name: ${user}\n`).toString('base64')}\n`)
}

const host = fc.constantFrom(
  'registry.k8s.io',
  'quay.io',
  'docker.io',
  'ghcr.io',
  'registry.site:8443',
  '[fd00::1]:5000',
  '10.0.0.9:80',
  '*',
)
const mirror = fc.oneof(
  host.map(name => ({ host: name }) as Mapping),
  fc
    .record({
      host,
      server: maybe(fc.constantFrom('https://upstream.example', 'http://10.0.0.2:5000')),
      endpoints: maybe(
        fc.uniqueArray(
          fc.constantFrom(
            'https://10.0.0.1:8443',
            'https://[fd00::1]:8443',
            'https://mirror.site',
            'https://mirror.site/v2/quay.io',
          ),
          { minLength: 1, maxLength: 3 },
        ),
        1,
      ),
      capabilities: maybe(
        fc.uniqueArray(fc.constantFrom('pull', 'resolve', 'push'), { minLength: 1 }),
      ),
      fallback: maybe(fc.constantFrom('upstream', 'none'), 1),
      ca: maybe(fc.constantFrom({ file: 'tls/ca.pem' }, pem('CERTIFICATE'))),
      client: maybe(
        fc.constant({ cert: { file: 'tls/client.pem' }, key: { file: 'tls/client.key' } }),
      ),
      skipVerify: maybe(fc.boolean()),
      header: maybe(
        fc.dictionary(
          fc.constantFrom('X-Site', 'x_y', 'Accept'),
          fc.constantFrom(
            'hull-4',
            'a "b" \\ c',
            'é',
            { env: 'SITE_PASSWORD' },
            { file: 'tokens/header' },
          ),
        ),
      ),
      overridePath: maybe(fc.constant(false)),
      auth: maybe(fc.constant({ username: 'sité', password: { env: 'SITE_PASSWORD' } })),
    })
    .map(filled)
    .map(
      (fields): Mapping =>
        usesTls(fields) ? { endpoints: ['https://mirror.site'], ...fields } : fields,
    ),
)

/** Settings of TLS need an endpoint with TLS: the cluster's registry may have no TLS. */
function usesTls(mirror: Mapping): boolean {
  return mirror.ca !== undefined || mirror.client !== undefined || mirror.skipVerify === true
}

const registry = fc
  .record({
    run: maybe(fc.constantFrom('bootstrap', 'every-node', 'external', 'none'), 1),
    port: maybe(fc.constantFrom(5000, 443, 65535)),
    bundle: maybe(
      fc.constantFrom(
        '/srv/bundle.tar',
        '/srv/my bundle.tar.gz',
        '/srv/%h "q"',
        '/srv/$x',
        "/srv/it's",
        '/srv/日本',
        '/srv/a\\b',
      ),
    ),
    listen: maybe(fc.constantFrom('0.0.0.0', '127.0.0.1', '::', '192.168.1.10')),
    node: maybe(fc.constantFrom('/opt/node/bin/node', '/opt/my node/node', "/opt/n'x/$node")),
    args: maybe(fc.array(argument, { maxLength: 2 })),
    storage: maybe(fc.constantFrom('/srv/storage', '/srv/my "own" storage', '/srv/$s %h')),
    tls: maybe(fc.constant({ cert: { file: 'tls/client.pem' }, key: { file: 'tls/client.key' } })),
    auth: maybe(fc.constant({ username: 'site', password: { env: 'SITE_PASSWORD' } })),
  })
  .map(fields =>
    filled({
      ...fields,
      address: fields.run === 'external' ? 'https://registry.site:5000' : undefined,
    }),
  )

const k0sConfig = fc.constantFrom<Mapping>(
  {},
  { spec: { network: { provider: 'calico' } } },
  { spec: { api: { sans: ['yes', '1.10', 'c1.site'] } } },
  { metadata: { annotations: { note: 'é', '1.10': 'yes' } } },
  { metadata: { name: 'off' }, spec: { images: { default_pull_policy: 'Never' } } },
  { spec: { storage: { etcd: { extraArgs: { name: '0644', 'quota-backend-bytes': '1e3' } } } } },
)

/** Roles of the nodes, in their order. */
const rolesOfNodes = fc.oneof(
  { weight: 1, arbitrary: fc.constant(['single']) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.nat(1), fc.nat(2))
      .map(([controllers, workers]) => [
        'controller',
        ...Array<string>(controllers).fill('controller'),
        ...Array<string>(workers).fill('worker'),
      ]),
  },
  { weight: 2, arbitrary: fc.constant(['worker']) },
)

function node(role: string, at: number): fc.Arbitrary<Supplied> {
  const address = fc.constantFrom(`192.168.1.${10 + at}`, `fd00::1${at}`, `n${at}.site.example`)
  return fc
    .record({
      layer: layer(`n${at}`, role),
      address: role === 'worker' ? maybe(address, 1) : address,
      isolated: maybe(fc.boolean()),
      hostname: maybe(fc.constantFrom(`host-${at}`, `host-${at}.site.example`)),
      token:
        role === 'single'
          ? fc.constant(undefined)
          : maybe(fc.constant({ file: `tokens/${role}` }), 1),
    })
    .map(({ layer, address, isolated, hostname, token }) => ({
      ...layer,
      field: filled({
        name: `n${at}`,
        role,
        address,
        hostname,
        token,
        network: isolated === undefined || !isIp(address) ? undefined : { isolated },
        ...layer.field,
      }),
    }))
}

function isIp(address: string | undefined): boolean {
  return address !== undefined && !address.endsWith('.example')
}

const style = fc.constantFrom(
  { defaultStringType: 'PLAIN' as const },
  { defaultStringType: 'QUOTE_DOUBLE' as const },
  { defaultStringType: 'BLOCK_LITERAL' as const },
  { collectionStyle: 'flow' as const },
  null,
)

/** A random spec with its files, folders and variables. */
export function anySpec(): fc.Arbitrary<Drawn> {
  const nodes = rolesOfNodes.chain(roles => fc.tuple(...roles.map(node)))
  return fc
    .record({
      nodes,
      defaults: layer('d', null),
      roles: fc.record({ controller: layer('c', 'controller'), worker: layer('w', 'worker') }),
      layered: fc.boolean(),
      others: fc.record({
        name: maybe(fc.constantFrom('edge', 'hull-4', '1.10', 'yes', '0')),
        bootstrap: fc.constantFrom('192.168.1.10', 'fd00::10', 'boot.site.example'),
        fallback: maybe(fc.constantFrom('upstream', 'none')),
        mirrors: maybe(fc.uniqueArray(mirror, { maxLength: 4, selector: ({ host }) => host }), 1),
        registry: maybe(registry, 1),
        distro: maybe(
          fc.record(
            {
              name: fc.constant('k0s'),
              version: fc.constantFrom('1.33.4', '1.36', 'v1.35.1+k0s.0', '1.36.3'),
              config: k0sConfig,
            },
            { requiredKeys: [] },
          ),
          1,
        ),
        addons: maybe(
          fc.constant({
            k0rdent: { version: '1.2.2', values: { x: { 'a b': ['é', 'yes', 1, null] } } },
          }),
        ),
      }),
      style,
    })
    .map(({ nodes, defaults, roles, layered, others, style }) => {
      const layers = layered ? [defaults, roles.controller, roles.worker] : []
      const { files, trees } = suppliesOf([...layers, ...nodes])
      // helm in k0s supports neither TLS nor a password for the cluster's registry.
      const guarded = others.registry?.tls !== undefined || others.registry?.auth !== undefined
      const value = filled({
        apiVersion: 'gen-node/v1',
        ...others,
        registry: reachable(others.registry, nodes.length),
        // The form of an IPv6 address in hosts.toml depends on the version.
        distro: { version: '1.33.4', ...others.distro },
        addons: guarded ? undefined : others.addons,
        defaults: layered ? defaults.field : undefined,
        roles: layered
          ? { controller: roles.controller.field, worker: roles.worker.field }
          : undefined,
        nodes: nodes.map(({ field }) => field),
      })
      return {
        text: printed(value, style),
        supplies: { files: new Map([...fixed, ...files]), trees, env, sops: new Map() },
      }
    })
}

/** Of several nodes, one address can be that of one only. */
function reachable(registry: Mapping | undefined, count: number): Mapping | undefined {
  const isShared = registry?.listen === '0.0.0.0' || registry?.listen === '::'
  if (registry === undefined || count === 1 || isShared) return registry
  return filled({ ...registry, listen: undefined })
}

function printed(value: Mapping, style: object | null): string {
  if (style === null) return JSON.stringify(value, null, 2)
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, ...style })
}
