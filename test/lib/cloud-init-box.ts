/**
 * The real cloud-init applies user-data: its four stages on a NoCloud seed, in a box. The module list
 * is Debian's, reduced to the modules that gen-node uses; only systemctl is a stub that records calls.
 */
import { compareText } from '../../src/codec/text.ts'
import { type Applied, usersOf, without } from './applied.ts'
import {
  type BoxEntry,
  type BoxRequest,
  type BoxResult,
  boxes,
  type FoundEntry,
  openPool,
  runBox,
} from './box.ts'
import { boxEtc, boxUsers } from './box-etc.ts'
import { type Judge, judge, pyYaml } from './judge.ts'
import { callsFile, callsOf, stub } from './stub.ts'

/** cloud-init in a box. */
export const cloudInit: Judge = {
  name: 'cloud-init in a box',
  promised: true,
  missing: () =>
    judge('cloud-init', '/usr/bin/cloud-init').missing() ?? pyYaml.missing() ?? boxes.missing(),
}

/** The result of cloud-init's stages. */
export interface CloudInitApplied extends Applied {
  /** Every systemctl call, with its arguments, in order. */
  readonly systemctl: readonly (readonly string[])[]
  /** Exit codes of init --local, init, modules config, modules final. */
  readonly codes: readonly number[]
  /** The status in the first line of `cloud-init status --long`: done, error, … */
  readonly status: string
  /** The errors in cloud-init's status.json. */
  readonly errors: readonly string[]
  /** The lines of the log from level WARNING up, without tracebacks. */
  readonly warnings: readonly string[]
  /** /var/log/cloud-init.log. */
  readonly log: string
  /** The output of the stages, with the output of runcmd. */
  readonly output: string
  readonly seconds: number
}

/** The differences from an empty Debian machine with one seed. */
export interface CloudInitOptions {
  readonly setup?: readonly BoxEntry[]
  /** More settings of cloud.cfg, as YAML. */
  readonly config?: string
  /** The seed's meta-data; by default instance-id and local-hostname. */
  readonly metaData?: string
}

/** The host name in the seed; a host name in user-data takes precedence. */
export const seedHostname = 'seed-host'

/** Applies user-data with Debian's cloud-init command, one process for each stage. */
export async function applyCloudInit(
  userData: Uint8Array,
  options: CloudInitOptions = {},
): Promise<CloudInitApplied> {
  return appliedOf(await runBox(requestOf(userData, options, false)))
}

/**
 * Applies many documents, each on a new root and with the same four stages. The stages are forks of
 * a process that has imported cloud-init's modules, which takes most of the time of a stage.
 */
export async function applyCloudInitMany(
  documents: readonly Uint8Array[],
  options: CloudInitOptions & { readonly parallel?: number } = {},
): Promise<readonly CloudInitApplied[]> {
  const pool = openPool({ size: options.parallel ?? 2, cloudInit: true })
  try {
    return await Promise.all(
      documents.map(async document =>
        appliedOf(await pool.run(requestOf(document, options, true))),
      ),
    )
  } finally {
    pool.close()
  }
}

const modules = `
datasource_list: [ NoCloud ]
users: []
disable_root: true
preserve_hostname: false
network: {config: disabled}
ssh_deletekeys: false
ssh_genkeytypes: [ ed25519 ]
cloud_init_modules: [ bootcmd, write_files, set_hostname, users_groups, ssh ]
cloud_config_modules: [ runcmd ]
cloud_final_modules: [ write_files_deferred, scripts_per_once, scripts_per_boot, scripts_per_instance, scripts_user ]
system_info: {distro: debian, ssh_svcname: ssh, paths: {cloud_dir: /var/lib/cloud/, templates_dir: /etc/cloud/templates/}}
log_cfgs:
  - |
    [loggers]
    keys=root
    [handlers]
    keys=screen,file
    [formatters]
    keys=line
    [logger_root]
    level=DEBUG
    handlers=screen,file
    [formatter_line]
    format=%(asctime)s - %(filename)s[%(levelname)s]: %(message)s
    [handler_screen]
    class=StreamHandler
    level=WARNING
    formatter=line
    args=(sys.stderr,)
    [handler_file]
    class=FileHandler
    level=DEBUG
    formatter=line
    args=('/var/log/cloud-init.log', 'a', 'UTF-8')
`

function requestOf(
  userData: Uint8Array,
  options: CloudInitOptions,
  preloaded: boolean,
): BoxRequest {
  const seed = '/var/lib/cloud/seed/nocloud'
  const stage = (...argv: readonly string[]) => ({
    argv: ['cloud-init', ...argv],
    preloaded,
    timeout: 120,
  })
  return {
    setup: [
      ...boxEtc,
      { path: '/etc/cloud/cloud.cfg', content: modules },
      { path: '/etc/cloud/cloud.cfg.d/90_test.cfg', content: options.config ?? '{}\n' },
      { path: '/etc/sudoers', content: '', mode: 0o440 },
      { path: '/etc/ssh/ssh_host_ed25519_key', content: '', mode: 0o600 },
      { path: '/etc/ssh/ssh_host_ed25519_key.pub', content: 'ssh-ed25519 AAAA box\n' },
      { kind: 'directory', path: '/etc/sudoers.d' },
      { path: `${seed}/user-data`, content: userData },
      {
        path: `${seed}/meta-data`,
        content: options.metaData ?? `instance-id: iid-1\nlocal-hostname: ${seedHostname}\n`,
      },
      stub('/usr/bin/systemctl', 'exit 0'),
      ...(options.setup ?? []),
    ],
    steps: [
      stage('init', '--local'),
      stage('init'),
      stage('modules', '--mode=config'),
      stage('modules', '--mode=final'),
      stage('status', '--long'),
    ],
    read: ['/var/log/cloud-init.log', statusFile, callsFile],
  }
}

// Files that cloud-init writes on every machine, and the files of accounts, which are in `users`.
const ownFiles = [
  /^\/var\/lib\/cloud(\/|$)/,
  /^\/var\/log(\/|$)/,
  /^\/run(\/|$)/,
  /^\/tmp(\/|$)/,
  /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/,
  /^\/etc\/\.pwd\.lock$/,
  /^\/etc\/sudoers(\.d(\/90-cloud-init-users)?)?$/,
  /^\/etc\/ssh(\/(ssh_host_.*|sshd_config(\.d(\/.*)?)?))?$/,
  /^\/var\/mail(\/|$)/,
]

function appliedOf(results: readonly BoxResult[]): CloudInitApplied {
  const last = results.at(-1) as BoxResult
  const log = Buffer.from(last.read.get('/var/log/cloud-init.log') ?? []).toString()
  const calls = callsOf(last.read.get(callsFile) ?? null).filter(call => call[0] === 'systemctl')
  const homes = last.accounts.flatMap(({ home }) => [
    home,
    `${home}/.ssh`,
    `${home}/.ssh/authorized_keys`,
  ])
  const entries = without(last.entries, ownFiles).filter(
    entry => !homes.includes(entry.path) && !isSeedHostname(entry) && entry.path !== '/home',
  )
  return {
    entries,
    unchangedDirectories: last.unchangedDirectories,
    enabled: enabledBy(calls),
    users: usersOf(last, boxUsers, ({ home }) => [`${home}/.ssh/authorized_keys`]),
    systemctl: calls.map(call => call.slice(1)),
    codes: results.slice(0, -1).map(result => result.code),
    status: /^status: (.*)$/m.exec(last.stdout)?.[1] ?? 'unknown',
    errors: errorsOf(last.read.get(statusFile) ?? null),
    warnings: log.match(/^.*\[(?:WARNING|ERROR|CRITICAL)\]: .*$/gm) ?? [],
    log,
    output: results.map(result => result.stdout + result.stderr).join(''),
    seconds: results.reduce((sum, result) => sum + result.seconds, 0),
  }
}

const statusFile = '/run/cloud-init/status.json'

function errorsOf(statusJson: Uint8Array | null): readonly string[] {
  if (statusJson === null) return ['cloud-init wrote no status.json']
  const { v1 } = JSON.parse(Buffer.from(statusJson).toString()) as { v1: Record<string, unknown> }
  return Object.values(v1).flatMap(stage =>
    typeof stage === 'object' && stage !== null && 'errors' in stage
      ? (stage.errors as readonly string[])
      : [],
  )
}

function isSeedHostname(entry: FoundEntry): boolean {
  return (
    entry.path === '/etc/hostname' &&
    entry.kind === 'file' &&
    Buffer.from(entry.content).toString().trim() === seedHostname
  )
}

function enabledBy(calls: readonly (readonly string[])[]): readonly string[] {
  const units = calls
    .map(call => operandsOf(call.slice(1)))
    .filter(operands => operands[0] === 'enable')
    .flatMap(operands => operands.slice(1))
  return [...new Set(units)].sort(compareText)
}

/** The arguments that are not options; all arguments after `--` are operands. */
function operandsOf(args: readonly string[]): readonly string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length
  return [...args.slice(0, end).filter(arg => !arg.startsWith('-')), ...args.slice(end + 1)]
}
