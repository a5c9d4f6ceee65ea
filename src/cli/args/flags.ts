/** The flags of the command line, as commander parses them. */
import type { Format } from '../../index.ts'

/** Flags that set fields of the spec; the flags of distributions come from their table. */
export interface SpecFlags {
  readonly role?: string
  readonly bootstrapIp?: string
  readonly node?: string
  readonly distro?: string
  readonly os?: string
  readonly platform?: string
  readonly mirror?: readonly string[]
  readonly fallback?: boolean
  readonly registryPort?: string
  readonly bundlePath?: string
  readonly tokenFile?: string
  readonly sshKey?: readonly string[]
  readonly set?: readonly string[]
}

/** Flags of the output format; the options of formats come from their table. */
export interface FormatFlags {
  readonly format?: Format
  readonly gzip?: 'auto' | 'always' | 'never'
}

/** Flags of the output file or folder. */
export interface OutputFlags {
  readonly output?: string
  readonly force?: boolean
}

/** Flags of the printed diagnostics. */
export interface ReportFlags {
  readonly strict?: boolean
  readonly report?: 'text' | 'json' | 'github' | 'sarif'
  readonly color?: 'auto' | 'always' | 'never'
  readonly quiet?: boolean
  readonly verbose?: boolean
}

/** The value of a flag by its name on the command line, such as `--bootstrap-ip`. */
export function flagValue(flags: object, flag: string): string | undefined {
  const key = flag.replace(/^--/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
  const value = (flags as Readonly<Record<string, unknown>>)[key]
  return typeof value === 'string' ? value : undefined
}
