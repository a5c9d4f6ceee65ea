/**
 * Judges are programs that are not ours and read what we write. A test that needs one is skipped
 * with the reason where it is absent; ORACLE=require (our CI) makes the absence of a promised one fail.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** A program that judges, and how to tell that it is not here. */
export interface Judge {
  readonly name: string
  /** Why it cannot judge here, or null where it can. */
  missing(): string | null
  /** Whether Debian 12 can install it, so that our CI must have it. */
  readonly promised: boolean
}

/** What a command answered; code 127 where it is not there. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end, with the tools of Debian first. */
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

/** Runs a command that must succeed, and gives what it printed. */
export function must(...argv: readonly string[]): string {
  const { code, stdout, stderr } = runs(argv, '', 120_000)
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

/** Where Debian's tools are, then what the caller has: a pyenv must not stand before python3. */
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

/** A judge that is there when all of its programs are. */
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

/** The same judge where nobody promised it: its absence is never a failure. */
export function optional(one: Judge): Judge {
  return { ...one, promised: false }
}

/** A file outside of the project that a test compares with, such as a published schema. */
export function optionalFile(name: string, path: string): Judge {
  return {
    name,
    promised: false,
    missing: () => (existsSync(path) ? null : `${path} is not there`),
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
/** docker-registry, the distribution project's own. */
export const dockerRegistry = judge('docker-registry', 'docker-registry')
/** curl. */
export const curl = judge('curl', 'curl')
/** iproute2, for networks made by a test. */
export const iproute2 = judge('iproute2', 'ip')
/** Where what is slow to make is kept between runs: GEN_NODE_CACHE, or a folder of this machine's. */
export const cacheFolder = process.env.GEN_NODE_CACHE ?? '/var/cache/gen-node-test'

/** The path of a judge that Debian lacks: a Go module, which .ci/run builds where Go is. */
export function goProgram(name: string): string {
  return `${cacheFolder}/go/${name}`
}

/** crane. */
export const crane = optional(judge('crane', goProgram('crane')))
/** containerd and ctr of the second line. */
export const containerd2 = optional(
  judge('containerd 2', goProgram('containerd'), goProgram('ctr')),
)

/** Debian's Python with PyYAML, the reader that cloud-init uses. */
export const pyYaml: Judge = {
  name: 'python3 with PyYAML',
  promised: true,
  missing() {
    const tried = runs(['/usr/bin/python3', '-c', 'import yaml'])
    return tried.code === 0 ? null : '/usr/bin/python3 has no yaml'
  },
}

/** Root, for what needs namespaces or owners. */
export const root: Judge = {
  name: 'root',
  promised: true,
  missing: () => (process.getuid?.() === 0 ? null : 'not run as root'),
}

const answers = new Map<Judge, string | null>()

/** Why a judge cannot judge here, asked once. */
export function whyMissing(one: Judge): string | null {
  const known = answers.get(one)
  if (known !== undefined) return known
  const answer = one.missing()
  answers.set(one, answer)
  return answer
}

/** A describe() that needs judges: it runs, is skipped with its reason, or fails where they were promised. */
export function describeWith(judges: readonly Judge[], title: string, body: () => void): void {
  const absent = judges.flatMap(one => {
    const reason = whyMissing(one)
    return reason === null ? [] : [{ one, reason }]
  })
  if (absent.length === 0) {
    describe(title, body)
    return
  }
  const reason = absent.map(({ one, reason }) => `${one.name}: ${reason}`).join('; ')
  const required = process.env.ORACLE === 'require' && absent.some(({ one }) => one.promised)
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

/** Whether this is the project `fast`, which tries laws with few cases; `oracle` tries them with all. */
export const isFast = process.env.GEN_NODE_FAST === '1'

/** The number of random cases of a law: at most 20 in `fast`, otherwise GEN_NODE_RUNS or the usual number. */
export function randomRuns(usual: number): number {
  return isFast ? Math.min(usual, 20) : Number(process.env.GEN_NODE_RUNS ?? usual)
}
