/**
 * Judges are programs of other projects that read the output of gen-node. A test whose judge is
 * missing is skipped with the reason; with ORACLE=require (in CI) it fails if the judge is promised.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** A program that judges, and the check whether it is installed. */
export interface Judge {
  readonly name: string
  /** The reason why it cannot run here, or null if it can. */
  missing(): string | null
  /** Debian 12 has it, so that CI must have it too. */
  readonly promised: boolean
}

/** The result of a command; code 127 if the program does not exist. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end; the tools of Debian are first in PATH. */
export function runs(argv: readonly string[], input = '', timeout = 60_000): Ran {
  const [command, ...rest] = argv as [string, ...string[]]
  const { status, stdout, stderr, error } = spawnSync(command, rest, {
    input,
    timeout,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, PATH: toolPath, LC_ALL: 'C.UTF-8' },
  })
  return {
    code: status ?? 127,
    stdout: stdout ?? '',
    stderr: `${stderr ?? ''}${error?.message ?? ''}`,
  }
}

/** Runs a command and gives its stdout; throws if it fails. */
export function runOrThrow(...argv: readonly string[]): string {
  const { code, stdout, stderr } = runs(argv, '', 120_000)
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

/** PATH with Debian's tools first: a pyenv must not come before Debian's python3. */
export const toolPath = `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${process.env.PATH ?? ''}`

/** The full path of a program, or null. */
export function which(program: string): string | null {
  if (program.startsWith('/')) return isProgram(program) ? program : null
  const found = toolPath
    .split(':')
    .map(folder => `${folder}/${program}`)
    .find(isProgram)
  return found ?? null
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** A judge that is installed if all of its programs are. */
export function judge(name: string, ...programs: readonly string[]): Judge {
  return {
    name,
    promised: true,
    missing() {
      const absent = programs.filter(program => which(program) === null)
      return absent.length === 0 ? null : `not installed: ${absent.join(', ')}`
    },
  }
}

/** The same judge, not promised: its absence is never a failure. */
export function optional(required: Judge): Judge {
  return { ...required, promised: false }
}

/** A file outside the project that a test compares with, such as a published schema. */
export function optionalFile(name: string, path: string): Judge {
  return {
    name,
    promised: false,
    missing: () => (existsSync(path) ? null : `${path} does not exist`),
  }
}

/** shellcheck. */
export const shellcheck = judge('shellcheck', 'shellcheck')
/** systemd-analyze, which also verifies where systemd does not run. */
export const systemdAnalyze = judge('systemd-analyze', 'systemd-analyze')
/** ignition-validate. */
export const ignitionValidate = judge('ignition-validate', 'ignition-validate')
/** cloud-init's command, as `cloud-init schema` needs it. */
export const cloudInitSchema = judge('cloud-init', 'cloud-init')
/** containerd and ctr. */
export const containerd = judge('containerd and ctr', 'containerd', 'ctr')
/** skopeo. */
export const skopeo = judge('skopeo', 'skopeo')
/** umoci. */
export const umoci = judge('umoci', 'umoci')
/** podman. */
export const podman = judge('podman', 'podman')
/** openssl. */
export const openssl = judge('openssl', 'openssl')
/** nginx. */
export const nginx = judge('nginx', 'nginx')
/** docker-registry, the registry of the distribution project. */
export const dockerRegistry = judge('docker-registry', 'docker-registry')
/** curl. */
export const curl = judge('curl', 'curl')
/** iproute2, for the networks of tests. */
export const iproute2 = judge('iproute2', 'ip')
/** The folder for results that are slow to make, used by later runs: GEN_NODE_CACHE or the default. */
export const cacheFolder = process.env.GEN_NODE_CACHE ?? '/var/cache/gen-node-test'

/** The path of a judge that Debian lacks: a Go module, which .ci/run builds where Go is. */
export function goProgram(name: string): string {
  return `${cacheFolder}/go/${name}`
}

/** crane. */
export const crane = optional(judge('crane', goProgram('crane')))
/** containerd and ctr of release line 2. */
export const containerd2 = optional(
  judge('containerd 2', goProgram('containerd'), goProgram('ctr')),
)

/** ignition-validate of Ignition 2.26, which knows the versions of the specification up to 3.6.0. */
export const newerIgnitionValidate = {
  program: goProgram('validate'),
  judge: optional(judge('ignition-validate 2.26', goProgram('validate'))),
} as const
/** The client of the kubelet's interface to containerd. */
export const crictl = optional(judge('crictl', goProgram('crictl')))
/** sops. */
export const sops = optional(judge('sops', goProgram('sops')))

/** Debian's Python with PyYAML, the parser of cloud-init. */
export const pyYaml: Judge = {
  name: 'python3 with PyYAML',
  promised: true,
  missing() {
    const { code } = runs(['/usr/bin/python3', '-c', 'import yaml'])
    return code === 0 ? null : '/usr/bin/python3 has no module yaml'
  },
}

/** The user root, for namespaces and owners. */
export const root: Judge = {
  name: 'root',
  promised: true,
  missing: () => (process.getuid?.() === 0 ? null : 'not run as root'),
}

const knownReasons = new Map<Judge, string | null>()

/** The reason why a judge cannot run here, determined once, or null. */
export function whyMissing(judge: Judge): string | null {
  const known = knownReasons.get(judge)
  if (known !== undefined) return known
  const reason = judge.missing()
  knownReasons.set(judge, reason)
  return reason
}

/** A describe() that needs judges: it runs, is skipped with the reason, or fails if they are promised. */
export function describeWith(judges: readonly Judge[], title: string, body: () => void): void {
  const absent = judges.flatMap(judge => {
    const reason = whyMissing(judge)
    return reason === null ? [] : [{ judge, reason }]
  })
  if (absent.length === 0) {
    describe(title, body)
    return
  }
  const reason = absent.map(({ judge, reason }) => `${judge.name}: ${reason}`).join('; ')
  const required = process.env.ORACLE === 'require' && absent.some(({ judge }) => judge.promised)
  if (required) {
    describe(title, () => {
      it('has its judges', () => expect.fail(`ORACLE=require, but ${reason}`))
    })
    return
  }
  describe(title, () => {
    it('needs a judge', ({ skip }) => skip(reason))
  })
}

/** This is the project `fast`, which tries laws with few cases; `oracle` tries them with all cases. */
export const isFast = process.env.GEN_NODE_FAST === '1'

/** The number of random cases of a law: at most 8 in `fast`, otherwise GEN_NODE_RUNS or `usual`. */
export function randomRuns(usual: number): number {
  return isFast ? Math.min(usual, 8) : Number(process.env.GEN_NODE_RUNS ?? usual)
}
