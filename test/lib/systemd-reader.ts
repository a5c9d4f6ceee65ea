/** The real systemd as a parser of units: its dump of a unit, without a running systemd. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Judge, runs, which } from './judge.ts'

const program = '/lib/systemd/systemd'

/** systemd's own dump of units in its test mode, which refuses to run as root. */
export const systemdReader: Judge = {
  name: 'systemd --test',
  promised: false,
  missing() {
    if (which(program) === null) return `not installed: ${program}`
    if (which('setpriv') === null) return 'not installed: setpriv'
    const unit = '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/true "a b"\n'
    return dump(unit).includes('/bin/true "a b"') ? null : 'the test mode does not work here'
  },
}

/** systemd's dump of a service with this text, or the errors. */
export function dump(unit: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gen-node-units-'))
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, 'run'))
  chmodSync(join(folder, 'run'), 0o777)
  writeFileSync(join(folder, 'judged.service'), unit)
  const unprivileged =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : []
  const { stdout, stderr } = runs([
    ...unprivileged,
    ...['env', `SYSTEMD_UNIT_PATH=${folder}:`, `XDG_RUNTIME_DIR=${folder}/run`],
    ...[`HOME=${folder}/run`, 'SYSTEMD_LOG_LEVEL=warning'],
    ...[program, '--test', '--user', '--unit=judged.service'],
  ])
  rmSync(folder, { recursive: true, force: true })
  const from = stdout.indexOf('-> Unit judged.service:')
  const to = stdout.indexOf('\n-> Unit ', from + 1)
  return from < 0 ? stderr : stdout.slice(from, to < 0 ? undefined : to)
}

/** The arguments of `Command Line:` without C escapes; systemd has not expanded `$` yet. */
export function commandArguments(dumped: string): readonly string[] {
  const line = /Command Line: ([^\n]*)/.exec(dumped)?.[1] ?? ''
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|([^ ]+)/g)].map(([, quoted, bare]) =>
    Buffer.from(unescaped(quoted ?? bare ?? ''), 'latin1').toString('utf8'),
  )
}

const shortEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function unescaped(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/\\(?:([0-7]{3})|x([0-9a-f]{2})|(.))/gs, (_, octal, hex, letter) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      return shortEscapes[letter] ?? letter
    })
}
