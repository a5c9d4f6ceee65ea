/** Random plans that a machine could have, for the laws. */
import fc from 'fast-check'
import type { NodePlan } from '../../src/plan/plan.ts'
import { unitDirectory } from '../../src/plan/tree.ts'

const root = 'root:root'
const from = [] as const
const layer = 'instance' as const

const segment = fc.oneof(
  fc.stringMatching(/^[a-z0-9_][a-zA-Z0-9_.@+-]{0,9}$/),
  fc.constantFrom('yes', 'a b', "it's", '1:30', 'é', '~', '{x}', '*', '0x10', 'a#b', '-f'),
)
const path = fc
  .tuple(
    fc.constantFrom('/etc', '/opt', '/var/lib', '/usr/local'),
    fc.array(segment, { minLength: 1, maxLength: 3 }),
  )
  .map(([top, rest]) => `${top}/x-${rest.join('/')}`)

const line = fc.oneof(
  fc.constantFrom(
    '',
    ' a',
    '\tb',
    'k: v',
    '# c',
    'mime-version: 1.0',
    '{{ x }}',
    '%%h $x',
    'é',
    '---',
    'x ',
  ),
  fc.string({ maxLength: 40 }),
)
const text = fc.oneof(
  fc.array(line, { maxLength: 12 }).map(lines => lines.join('\n')),
  fc.array(line, { maxLength: 12 }).map(lines => `${lines.join('\n')}\n`),
  fc.tuple(line, fc.nat(900)).map(([text, times]) => `${text}\n`.repeat(times)),
  fc.string({ unit: 'binary', maxLength: 60 }),
)
/** Contents that files usually have, and contents at the limits of the formats. */
export const content = fc.oneof(
  { weight: 4, arbitrary: text.map(value => new Uint8Array(Buffer.from(value, 'utf8'))) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.uint8Array({ maxLength: 9 }), fc.nat(900))
      .map(([part, times]) =>
        Uint8Array.from(Array.from({ length: times }, () => [...part]).flat()),
      ),
  },
)

// `-.slice` and `-.mount` are units of every machine.
const unitName = fc.oneof(
  { weight: 9, arbitrary: fc.stringMatching(/^[a-z][a-z0-9@-]{0,8}\.(service|timer|mount)$/) },
  { weight: 1, arbitrary: fc.constantFrom('-.slice', '-x.service') },
)
const unitText = fc
  .array(fc.constantFrom('Description=x', 'After=network.target', 'X-A=%%h "b"', '# c', ''), {
    maxLength: 5,
  })
  .map(lines => `[Unit]\n${lines.join('\n')}\n\n[Install]\nWantedBy=multi-user.target\n`)
const key = fc.stringMatching(/^ssh-ed25519 [A-Za-z0-9+/]{20} [a-z@: #"']{0,9}[a-z]$/)

/** Owners that exist on Debian, so that the target programs can apply the plans. */
const owner = fc.oneof(
  { weight: 5, arbitrary: fc.constant(root) },
  { weight: 1, arbitrary: fc.constantFrom('daemon:daemon', 'root:adm', 'games:root') },
)
const mode = (highest: number) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(0o644, 0o600, 0o755) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: highest }) },
  )

// Linux gives new entries of a directory with setgid the group of the directory; no plan has one.
const withoutSetgid = (mode: number) => mode & ~0o2000

/** A random plan whose modes go up to `highest`. */
export function aPlan(highest = 0o777): fc.Arbitrary<NodePlan> {
  const shape = fc.record({
    name: fc.constantFrom('w1', 'c1.example'),
    files: fc.array(
      fc.record({ path, content, mode: mode(highest), owner, secret: fc.boolean() }),
      { maxLength: 6 },
    ),
    directories: fc.array(fc.record({ path, mode: mode(highest).map(withoutSetgid), owner }), {
      maxLength: 3,
    }),
    links: fc.array(fc.record({ path, target: fc.oneof(path, segment) }), { maxLength: 3 }),
    users: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('root', 'admin', 'core'),
        authorizedKeys: fc.uniqueArray(key, { maxLength: 3 }),
      }),
      { selector: user => user.name, maxLength: 2 },
    ),
    units: fc.uniqueArray(fc.record({ name: unitName, content: unitText, enabled: fc.boolean() }), {
      selector: unit => unit.name,
      maxLength: 4,
    }),
    hostname: fc.option(fc.constantFrom('w1\n', 'c1.example.com\n', 'w1', '# mine\nw1\n'), {
      nil: null,
    }),
  })
  return shape.map(planFrom)
}

type Drawn = Omit<NodePlan, 'files' | 'directories' | 'links' | 'users' | 'units'> & {
  readonly files: readonly {
    path: string
    content: Uint8Array
    mode: number
    owner: string
    secret: boolean
  }[]
  readonly directories: readonly { path: string; mode: number; owner: string }[]
  readonly links: readonly { path: string; target: string }[]
  readonly users: readonly { name: string; authorizedKeys: readonly string[] }[]
  readonly units: readonly { name: string; content: string; enabled: boolean }[]
  readonly hostname: string | null
}

/** A plan with each path once, and no path below a file or a link. */
function planFrom(drawn: Drawn): NodePlan {
  const taken = new Set(drawn.units.map(unit => `${unitDirectory}/${unit.name}`))
  const closed = new Set<string>()
  const free = (at: string, isFolder: boolean) => {
    const above = at.split('/').map((_, i, parts) => parts.slice(0, i).join('/'))
    if (taken.has(at) || above.some(folder => closed.has(folder))) return false
    if (!isFolder && [...taken].some(other => other.startsWith(`${at}/`))) return false
    taken.add(at)
    if (!isFolder) closed.add(at)
    return true
  }
  const hostname =
    drawn.hostname === null
      ? []
      : [
          {
            path: '/etc/hostname',
            content: new Uint8Array(Buffer.from(drawn.hostname)),
            mode: 0o644,
            owner: root,
            secret: false,
          },
        ]
  return {
    name: drawn.name,
    files: [...hostname, ...drawn.files]
      .filter(file => free(file.path, false))
      .map(file => ({ ...file, shared: false, layer, from })),
    links: drawn.links
      .filter(link => free(link.path, false))
      .map(link => ({ ...link, layer, from })),
    directories: drawn.directories
      .filter(directory => free(directory.path, true))
      .map(directory => ({ ...directory, layer, from })),
    users: drawn.users.map(user => ({ ...user, layer, from })),
    units: drawn.units.map(unit => ({ ...unit, content: installable(unit), layer, from })),
  }
}

/** A template can only be enabled for an instance. */
function installable({ name, content }: Drawn['units'][number]): string {
  return name.includes('@.') ? `${content}DefaultInstance=1\n` : content
}

/** The same plan with its lists in another order. */
export function shuffled(plan: NodePlan): fc.Arbitrary<NodePlan> {
  const mix = <T>(list: readonly T[]) =>
    fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length })
  return fc.record({
    name: fc.constant(plan.name),
    files: mix(plan.files),
    directories: mix(plan.directories),
    links: mix(plan.links),
    users: mix(plan.users),
    units: mix(plan.units),
  })
}
