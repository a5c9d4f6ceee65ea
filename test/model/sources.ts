/** Random texts for the laws: any text, random YAML, and golden specs with changed parts. */
import fc from 'fast-check'
import { cases } from '../lib/cases.ts'

const golden = cases().map(({ source }) => source.text ?? '')

const scalar = fc.constantFrom(
  ...['null', '~', 'yes', 'no', '1.30', '0644', '0o644', '-1', '1e400', '.nan', '.inf', '""', "''"],
  ...['99999999999999999999', '2001-01-01', '1:30', '!!binary aGVsbG8=', '!!js/function "x"'],
  ...['!!set {a}', '!!timestamp 2001-01-01', '!x y', '*a', '&a', '&a b', '<<', '{<<: *a}', '@x'],
  ...['[]', '{}', '[a]', '{a: b}', '{{ x }}', '__proto__', 'constructor', '{__proto__: {x: 1}}'],
  ...['"\\0"', '"\\ud800"', '"\\u202e"', '"a\\nb"', '/etc/../x', '//x', '../x', 'http://x', 'é'],
  ...['worker', 'controller', 'single', 'none', 'external', '10.0.0.1', 'fd00::1', '[fd00::1]'],
  ...['|\n  x', '>-\n  x', '? a', '- a', '# x', "'", '"', '[', '{', ']', '}', ':', '%YAML 1.1'],
)
const key = fc.constantFrom(
  ...['apiVersion', 'name', 'distro', 'bootstrap', 'mirrors', 'registry', 'nodes', 'defaults'],
  ...[
    'roles',
    'token',
    'addons',
    'k0rdent',
    'files',
    'units',
    'labels',
    'role',
    'path',
    'host',
    'config',
  ],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '1', 'true', '""', '<<', '? [a]'],
)

/** A random YAML text. */
const yaml = fc
  .array(fc.tuple(fc.nat(3), fc.constantFrom('', '- '), key, scalar), { maxLength: 12 })
  .map(lines =>
    lines.map(([depth, dash, name, value]) => `${'  '.repeat(depth)}${dash}${name}: ${value}\n`),
  )
  .map(lines => `apiVersion: gen-node/v1\n${lines.join('')}`)

/** A golden spec with replaced values, keys and characters. */
export const mutated = fc
  .tuple(
    fc.constantFrom(...golden),
    fc.array(fc.tuple(fc.nat(), fc.nat(3), scalar, key, fc.nat(40)), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([text, changes]) => changes.reduce((left, change) => changed(left, ...change), text))

function changed(text: string, where: number, how: number, value: string, name: string, n: number) {
  const spots = [...text.matchAll(/(?<=: |- |\[|, )[^\s,[\]{}]+/g)]
  const keys = [...text.matchAll(/[\w.]+(?=:)/g)]
  const spot = how < 2 ? spots[where % spots.length] : keys[where % keys.length]
  if (spot === undefined || how === 3) {
    const at = where % (text.length + 1)
    return text.slice(0, at) + (n % 2 === 0 ? value : '') + text.slice(at + (n % 7))
  }
  const fresh = how < 2 ? value : name
  return text.slice(0, spot.index) + fresh + text.slice(spot.index + spot[0].length)
}

/** A golden spec in which a value is replaced by another of its values, or by a random key. */
export const shuffled = fc
  .tuple(fc.constantFrom(...golden), fc.nat(), fc.nat(), fc.boolean(), key)
  .map(([text, from, to, reuse, replacement]) => {
    const spots = [...text.matchAll(/(?<=[:,[{] )[\w./@+-]+(?=[,\]} \n])/g)]
    const [target, other] = [spots[from % spots.length], spots[to % spots.length]]
    if (target === undefined || other === undefined) return text
    const value = reuse ? other[0] : replacement
    return text.slice(0, target.index) + value + text.slice(target.index + target[0].length)
  })

/** Any text. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  yaml,
  mutated,
  mutated.map(text => text.replaceAll('\n', '\r\n')),
  mutated.map(text => text.replaceAll('  ', '\t')),
  mutated.map(text => `\ufeff${text}`),
  fc.tuple(mutated, mutated).map(([first, second]) => `${first}---\n${second}`),
)
