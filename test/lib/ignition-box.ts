/**
 * The real Ignition judges a config: `ignition-apply` on an empty target, in a box. Where the config
 * has users, which ignition-apply refuses, the engine's own fetch and files stages run instead: the
 * same code, with useradd before it.
 */
import { compareText } from '../../src/codec/text.ts'
import { type Applied, usersOf, without } from './applied.ts'
import { type BoxRequest, type BoxResult, boxes, type Laid, openPool, runBox } from './box.ts'
import { boxEtc, boxUsers } from './box-etc.ts'
import { type Judge, judge } from './judge.ts'

// Debian ships the engine for the initramfs only; it is ignition-apply when it is called so.
const engine = '/usr/lib/dracut/modules.d/30ignition/ignition'

/** Ignition in a box. */
export const ignition: Judge = {
  name: 'ignition in a box',
  promised: true,
  missing: () => judge('ignition', engine, 'useradd').missing() ?? boxes.missing(),
}

/** What Ignition left behind, and how it went. */
export interface IgnitionApplied extends Applied {
  /** 0 where the whole config was applied; Ignition stops at the first trouble. */
  readonly code: number
  readonly log: string
  /** The last line of trouble, or empty. */
  readonly trouble: string
  readonly by: 'ignition-apply' | 'fetch and files stages'
  readonly seconds: number
}

/** Applies one config to an empty target. */
export async function applyIgnition(config: Uint8Array): Promise<IgnitionApplied> {
  return appliedOf(config, await runBox(requestOf(config)))
}

/** Applies many configs, each to a target of its own. */
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
 * The config as Debian's Ignition 2.14 takes it: 3.4.0 to 3.6.0 become 3.3.0, whose fields of files,
 * directories, links, users and units are the same. Only the word is replaced; older ones stay as they are.
 * A merged config keeps its version.
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
    lay: [
      ...boxEtc,
      ...targetBase.map(laid => ({ ...laid, path: target + laid.path })),
      { path: configFile, content: forOldIgnition(config) },
      { kind: 'link', path: '/opt/ignition-apply', target: engine },
      { path: '/usr/sbin/setfiles', content: '#!/bin/sh\nexit 0\n', mode: 0o755 },
    ],
    tree: target,
    // `container` says what is true, that this is no machine; ignition-apply refuses without.
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
          must: true,
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

const targetBase: readonly Laid[] = [
  ...boxEtc,
  // The engine of 2.14 relabels for SELinux whatever the machine is, and stops where it cannot.
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

// What Ignition leaves of its own, and where accounts are kept: those are read into `users`.
const own = [
  /^\/etc\/\.ignition-result\.json$/,
  /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/,
  /^\/etc\/\.pwd\.lock$/,
  /^\/etc\/systemd\/system-preset(\/20-ignition\.preset)?$/,
  /^\/var\/mail(\/|$)/,
]

function appliedOf(config: Uint8Array, results: readonly BoxResult[]): IgnitionApplied {
  const last = results.at(-1) as BoxResult
  const left = last.entries.map(entry => ({ ...entry, path: entry.path.slice(target.length) }))
  const log = results.map(({ stdout, stderr }) => stdout + stderr).join('')
  const presets = left.find(entry => entry.path === preset)
  const homes = last.accounts.flatMap(({ home }) => [
    home,
    `${home}/.ssh`,
    `${home}/.ssh/authorized_keys.d`,
    `${home}/.ssh/authorized_keys.d/ignition`,
  ])
  return {
    entries: without(left, own).filter(entry => !homes.includes(entry.path)),
    kept: last.kept.map(entry => ({ ...entry, path: entry.path.slice(target.length) })),
    enabled: presets?.kind === 'file' ? enabledBy(presets.content) : [],
    users: usersOf({ ...last, entries: left }, boxUsers, ({ home }) => [
      `${home}/.ssh/authorized_keys.d/ignition`,
      `${home}/.ssh/authorized_keys`,
    ]),
    code: last.code,
    log,
    trouble:
      last.code === 0
        ? ''
        : (log.match(/^(?:CRITICAL|ERROR|EMERG).*$/gm)?.at(-1) ??
          log.trim().split('\n').at(-1) ??
          ''),
    by: hasUsers(config) ? 'fetch and files stages' : 'ignition-apply',
    seconds: results.reduce((sum, result) => sum + result.seconds, 0),
  }
}

function enabledBy(content: Uint8Array): readonly string[] {
  return Buffer.from(content)
    .toString()
    .split('\n')
    .flatMap(line => /^enable (.+)$/.exec(line)?.[1] ?? [])
    .sort(compareText)
}
