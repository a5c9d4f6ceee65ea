/** The private keys of age, from the places where sops finds them (sops 3.13.2, age/keysource.go). */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir, platform } from 'node:os'
import { join } from 'node:path'

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** One place, with the text that it contains or the reason why it cannot be read. */
export type IdentitySource = { readonly source: string } & (
  | { readonly text: string }
  | { readonly reason: string }
)

/** All places that exist. `recipient` is the public key, for the command in SOPS_AGE_KEY_CMD. */
export function identitySources(
  environment: Environment,
  recipient: string,
): readonly IdentitySource[] {
  const { SOPS_AGE_KEY: key, SOPS_AGE_KEY_FILE: file, SOPS_AGE_KEY_CMD: command } = environment
  const defaultFile = join(configFolder(environment), 'sops/age/keys.txt')
  return [
    ...(key === undefined ? [] : [{ source: 'SOPS_AGE_KEY', text: key }]),
    ...(file === undefined ? [] : [{ source: 'SOPS_AGE_KEY_FILE', ...readText(file) }]),
    ...(command === undefined
      ? []
      : [{ source: 'SOPS_AGE_KEY_CMD', ...runCommand(command, environment, recipient) }]),
    ...(existsSync(defaultFile) ? [{ source: defaultFile, ...readText(defaultFile) }] : []),
  ]
}

/** os.UserConfigDir of Go; sops reads XDG_CONFIG_HOME on macOS too. */
function configFolder(environment: Environment): string {
  const { XDG_CONFIG_HOME: xdg = '', HOME: home = homedir(), AppData: appData = '' } = environment
  if (platform() === 'win32') return appData
  if (xdg !== '') return xdg
  return join(home, platform() === 'darwin' ? 'Library/Application Support' : '.config')
}

type Content = { readonly text: string } | { readonly reason: string }

function readText(path: string): Content {
  try {
    return { text: readFileSync(path, 'utf8') }
  } catch (error) {
    // `ENOENT: no such file or directory, open 'PATH'`
    const message = error instanceof Error ? error.message : String(error)
    return { reason: message.replace(/^\w+: /, '').replace(/, \w+( '.*')?$/s, '') }
  }
}

/** The command is not part of a reason: it can contain a password. */
function runCommand(command: string, environment: Environment, recipient: string): Content {
  const [program, ...args] = commandWords(command) ?? []
  if (program === undefined) return { reason: 'it is not a command' }
  const { status, signal, stdout, error } = spawnSync(program, args, {
    env: { ...environment, SOPS_AGE_RECIPIENT: recipient },
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  })
  if (error !== undefined) return { reason: 'the command cannot be started' }
  return status === 0 ? { text: stdout } : { reason: `the command ended with ${signal ?? status}` }
}

/** The words of a command without a shell: quotes, escapes and comments as in github.com/google/shlex. */
export function commandWords(text: string): readonly string[] | null {
  const words: string[] = []
  let isInWord = false
  let offset = 0
  while (offset < text.length) {
    token.lastIndex = offset
    const match = token.exec(text)
    if (match === null) return null
    const [whole, comment, space, single, double, escaped, other] = match
    offset += whole.length
    if (comment !== undefined) continue
    const part = single ?? double?.replaceAll(/\\(.)/gs, '$1') ?? escaped ?? other ?? ''
    if (space === undefined) words.push((isInWord ? words.pop() : '') + part)
    isInWord = space === undefined
  }
  return words
}

/** A comment begins at the start of a word; `#` within a word is a character of it. */
const token = /((?<!\S)#[^\n]*)|(\s+)|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/sy
