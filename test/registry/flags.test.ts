import { expect, test } from 'vitest'
import { checkFlags, flagTable, readFlagValues } from '../../src/registry/flags.ts'

function parse(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return checkFlags(readFlagValues(argv, environment, flagTable), environment)
}

test('flags have these defaults', () => {
  expect(parse(['-b', 'x'], { HOME: '/root' })).toEqual({
    bundlePaths: ['x'],
    host: '0.0.0.0',
    port: 5000,
    storage: '/root/.cache/gen-node',
    verify: undefined,
    cosignKey: undefined,
    tls: undefined,
    authFile: undefined,
    logFormat: 'text',
  })
  expect(parse(['-b', 'x'], { STATE_DIRECTORY: '/state' }).storage).toBe('/state')
})

test('each flag has a long form, some a short one, and the last of equal flags is used', () => {
  const short = parse(['-b', 'x', '-b', 'y', '-p', '1', '-p', '2', '-H', '::1', '-s', '/s'])
  expect(short).toMatchObject({ bundlePaths: ['x', 'y'], port: 2, host: '::1', storage: '/s' })
  const long = ['--bundle-path=x', '--port', '2', '--host=::1', '--storage', '/s', '--log=json']
  expect(parse(long)).toMatchObject({ ...short, bundlePaths: ['x'], logFormat: 'json' })
  expect(parse(['-b', 'x', '--tls-cert', 'c', '--tls-key', 'k', '--auth-file', 'a'])).toMatchObject(
    { tls: { certFile: 'c', keyFile: 'k' }, authFile: 'a' },
  )
})

test.each([
  [[], undefined],
  [['--verify'], true],
  [['--verify=true'], true],
  [['--verify=false'], false],
  [['--verify=0'], false],
  [['--verify=No'], false],
  [['--verify', '--verify=off'], false],
])('the value of --verify in %j is %s', (argv, verify) => {
  expect(parse(['-b', 'x', ...argv]).verify).toBe(verify)
})

test('each flag is an environment variable, an empty one is not set, and a flag is stronger', () => {
  const environment = {
    GEN_NODE_REGISTRY_BUNDLE_PATH: 'b',
    GEN_NODE_REGISTRY_PORT: '1',
    GEN_NODE_REGISTRY_HOST: '',
    GEN_NODE_REGISTRY_VERIFY: 'false',
    GEN_NODE_REGISTRY_COSIGN_KEY: 'k',
    GEN_NODE_REGISTRY_AUTH_FILE: 'a',
  }
  expect(parse([], environment)).toMatchObject({
    bundlePaths: ['b'],
    port: 1,
    host: '0.0.0.0',
    verify: false,
    cosignKey: 'k',
    authFile: 'a',
  })
  expect(parse(['-b', 'x', '-p', '2', '--verify'], environment)).toMatchObject({
    bundlePaths: ['x'],
    port: 2,
    verify: true,
  })
})

// The texts of Node's parseArgs: its versions continue them differently.
test.each([
  [['--bundle', 'x'], "Unknown option '--bundle'"],
  [['-x'], "Unknown option '-x'"],
  [['--constructor'], "Unknown option '--constructor'"],
  [['-b', 'x', 'y'], "Unexpected argument 'y'"],
  [['-b', 'x', '--verify', 'false'], "Unexpected argument 'false'"],
  [['-b'], "Option '-b, --bundle-path <value>' argument missing"],
])('%j is an error of parseArgs', (argv, message) => {
  expect(() => parse(argv)).toThrow(message)
})

test.each([
  [['-b', 'x', '--port='], '--port needs a value'],
  [['-b', 'x', '--verify='], '--verify needs a value'],
  [[], '--bundle-path is missing'],
  [['-b', 'x', '--tls-key', 'k'], '--tls-cert and --tls-key need each other'],
] as const)('%j is an error', (argv, message) => {
  expect(() => parse(argv)).toThrow(new Error(message))
})
