/** Random Ignition configs from few paths and values, so that some repeat, conflict or are invalid. */
import fc from 'fast-check'

const either = fc.constantFrom
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })

const usualPath = either('/a', '/a/b', '/a/b/c', '/d', '/d/e', '/x/y', '/etc/app', '/etc/app/f')
const path = fc.oneof(
  { weight: 30, arbitrary: usualPath },
  { weight: 1, arbitrary: either('', 'a', '/a/', '//a', '/a/../b') },
)
const mode = fc.oneof(
  { weight: 20, arbitrary: either(0o600, 0o644, 0o755, 0, 0o511) },
  { weight: 1, arbitrary: either(0o4755, 644, 0o10000, -1) },
)
const contents = fc.oneof(
  { weight: 12, arbitrary: either('data:,', 'data:,x%20y', 'data:;base64,aGk=', '') },
  { weight: 1, arbitrary: either('data:,a b', 'ftp://x', 'x', 'gs://b/o', 'data:;base64,aGk') },
)
const resource = fc.record({
  source: contents,
  compression: optional(fc.oneof({ weight: 9, arbitrary: either('') }, either('gzip', 'xz'))),
})
const ownerId = fc.record({ id: either(0, 4711, -1) })
const node = { path, user: optional(ownerId), group: optional(ownerId) }
const file = fc.record({
  ...node,
  mode: optional(mode),
  contents: resource,
  overwrite: optional(fc.boolean()),
  append: optional(fc.array(resource, { maxLength: 2 })),
})
const directory = fc.record({ ...node, mode: optional(mode) })
const link = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ...node, target: either('/a', 'b', '../d', '/none') }) },
  fc.record({ path, target: usualPath, hard: either(true) }),
)
const unitText = fc.oneof(
  { weight: 9, arbitrary: either('[Unit]\na=b\n', '[Unit]\n[Install]\nWantedBy=x', '', '# c') },
  { weight: 1, arbitrary: either('[Unit', '[Unit]\na\n', '[Unit] x\na=b') },
)
const dropIn = fc.record({
  name: fc.oneof({ weight: 9, arbitrary: either('x.conf', 'y.conf') }, either('x')),
  contents: optional(unitText),
})
const unit = fc.record({
  name: fc.oneof(
    { weight: 12, arbitrary: either('u.service', 'v.timer', 'w.path', '../s/t.service') },
    either('u', 'u.servic'),
  ),
  contents: optional(unitText),
  enabled: optional(fc.boolean()),
  mask: optional(fc.boolean()),
  dropins: optional(fc.array(dropIn, { maxLength: 2 })),
})

/** A config of one of the versions, as text with line breaks. */
export function aConfig(versions: readonly string[]): fc.Arbitrary<string> {
  return fc
    .record({
      ignition: fc.record({ version: either(...versions) }),
      storage: fc.record({
        files: fc.array(file, { maxLength: 3 }),
        directories: fc.array(directory, { maxLength: 2 }),
        links: fc.array(link, { maxLength: 2 }),
      }),
      systemd: fc.record({ units: fc.array(unit, { maxLength: 2 }) }),
    })
    .map(config => JSON.stringify(config, null, 1))
}
