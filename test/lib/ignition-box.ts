/**
 * The real Ignition applies a config: `ignition-apply` on an empty target, in a box. ignition-apply
 * refuses configs with users; for them the fetch and files stages run, which are the same code with
 * useradd before it.
 */
import { compareText } from '../../src/codec/text.ts'
import { type Applied, usersOf, without } from './applied.ts'
import { type BoxEntry, type BoxRequest, type BoxResult, boxes, openPool, runBox } from './box.ts'
import { boxEtc, boxUsers } from './box-etc.ts'
import { type Judge, judge } from './judge.ts'

// Debian ships the engine for the initramfs only; called as ignition-apply it behaves as that program.
const engine = '/usr/lib/dracut/modules.d/30ignition/ignition'

/** Ignition in a box. */
export const ignition: Judge = {
  name: 'ignition in a box',
  promised: true,
  missing: () => judge('ignition', engine, 'useradd').missing() ?? boxes.missing(),
}

/** The result of Ignition. */
export interface IgnitionApplied extends Applied {
  /** 0 if the whole config was applied; Ignition stops at the first error. */
  readonly code: number
  readonly log: string
  /** The last error in the log, or empty. */
  readonly error: string
  /** The preset that enables units; Ignition appends to a file of the config. */
  readonly preset: string
  readonly method: 'ignition-apply' | 'fetch and files stages'
  readonly seconds: number
}

/** Applies one config to an empty target. */
export async function applyIgnition(config: Uint8Array): Promise<IgnitionApplied> {
  return appliedOf(config, await runBox(requestOf(config)))
}

/** Applies many configs, each to its own target. */
export async function applyIgnitionMany(
  configs: readonly Uint8Array[],
  options: { readonly parallel?: number } = {},
): Promise<readonly IgnitionApplied[]> {
  const pool = openPool({ size: options.parallel ?? 2 })
  try {
    return await Promise.all(
      configs.map(async config => appliedOf(config, await pool.run(requestOf(config)))),
    )
  } finally {
    pool.close()
  }
}

/**
 * The config for Debian's Ignition 2.14, which knows versions up to 3.3.0: 3.4.0 to 3.6.0 become 3.3.0,
 * whose fields of files, directories, links, users and units are the same. Only the version is
 * replaced; a merged config keeps its version.
 */
export function forOldIgnition(config: Uint8Array): Uint8Array {
  const text = Buffer.from(config).toString()
  const replaced = text.replace(/("version"\s*:\s*)"3\.[456]\.0"/, '$1"3.3.0"')
  return replaced === text ? config : Buffer.from(replaced)
}

const target = '/target'
const configFile = '/run/config.ign'

function requestOf(config: Uint8Array): BoxRequest {
  return {
    setup: [
      ...boxEtc,
      ...targetBase.map(entry => ({ ...entry, path: target + entry.path })),
      { path: configFile, content: forOldIgnition(config) },
      { kind: 'link', path: '/opt/ignition-apply', target: engine },
      { path: '/usr/sbin/setfiles', content: '#!/bin/sh\nexit 0\n', mode: 0o755 },
    ],
    tree: target,
    // ignition-apply runs only where `container` is set.
    env: { container: 'box', IGNITION_CONFIG_FILE: configFile },
    steps: hasUsers(config)
      ? ['fetch', 'files'].map(stage => ({
          argv: [
            engine,
            '--platform=file',
            `--stage=${stage}`,
            `--root=${target}`,
            '--log-to-stdout',
          ],
          required: true,
        }))
      : [{ argv: ['/opt/ignition-apply', '--root', target, '--offline', configFile] }],
  }
}

function hasUsers(config: Uint8Array): boolean {
  try {
    const value = JSON.parse(Buffer.from(config).toString()) as { passwd?: unknown }
    return value.passwd !== undefined
  } catch {
    return false
  }
}

const targetBase: readonly BoxEntry[] = [
  ...boxEtc,
  // The engine of 2.14 sets SELinux labels on every machine, and stops if that fails.
  { path: '/etc/selinux/config', content: 'SELINUX=permissive\nSELINUXTYPE=none\n' },
  { path: '/etc/selinux/none/contexts/files/file_contexts', content: '' },
  ...[
    '/home',
    '/opt',
    '/srv',
    '/usr',
    '/usr/local',
    '/usr/local/bin',
    '/usr/local/lib',
    '/var',
    '/var/lib',
    '/run',
  ].map(path => ({ kind: 'directory' as const, path })),
  { kind: 'directory', path: '/root', mode: 0o700 },
  { kind: 'directory', path: '/tmp', mode: 0o1777 },
]

const preset = '/etc/systemd/system-preset/20-ignition.preset'

// Files that Ignition writes on every machine, and the files of accounts, which are in `users`.
const ownFiles = [
  /^\/etc\/\.ignition-result\.json$/,
  /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/,
  /^\/etc\/\.pwd\.lock$/,
  /^\/etc\/systemd\/system-preset(\/20-ignition\.preset)?$/,
  /^\/var\/mail(\/|$)/,
]

function appliedOf(config: Uint8Array, results: readonly BoxResult[]): IgnitionApplied {
  const last = results.at(-1) as BoxResult
  const found = last.entries.map(entry => ({ ...entry, path: entry.path.slice(target.length) }))
  const log = results.map(({ stdout, stderr }) => stdout + stderr).join('')
  const presets = found.find(entry => entry.path === preset)
  const presetText = presets?.kind === 'file' ? Buffer.from(presets.content).toString() : ''
  const homes = last.accounts.flatMap(({ home }) => [
    home,
    `${home}/.ssh`,
    `${home}/.ssh/authorized_keys.d`,
    `${home}/.ssh/authorized_keys.d/ignition`,
  ])
  return {
    entries: without(found, ownFiles).filter(entry => !homes.includes(entry.path)),
    unchangedDirectories: last.unchangedDirectories.map(entry => ({
      ...entry,
      path: entry.path.slice(target.length),
    })),
    enabled: enabledBy(presetText),
    preset: presetText,
    users: usersOf({ ...last, entries: found }, boxUsers, ({ home }) => [
      `${home}/.ssh/authorized_keys.d/ignition`,
      `${home}/.ssh/authorized_keys`,
    ]),
    code: last.code,
    log,
    error:
      last.code === 0
        ? ''
        : (log.match(/^(?:CRITICAL|ERROR|EMERG).*$/gm)?.at(-1) ??
          log.trim().split('\n').at(-1) ??
          ''),
    method: hasUsers(config) ? 'fetch and files stages' : 'ignition-apply',
    seconds: results.reduce((sum, result) => sum + result.seconds, 0),
  }
}

function enabledBy(text: string): readonly string[] {
  return text
    .split('\n')
    .flatMap(line => /^enable (.+)$/.exec(line)?.[1] ?? [])
    .sort(compareText)
}
