/**
 * The tree that user-data of any origin creates on a machine. It is interpreted as cloud-init 22.4.2
 * does it: parts that it ignores give a warning, and so does what depends on the node or the version.
 */
import { decodeUtf8 } from '../../codec/text.ts'
import { andThen, type Outcome, success } from '../../report/diagnostic.ts'
import type { InspectedTree } from '../emitter.ts'
import { emptyState, toTree, unmodelledNotes } from '../foreign/machine-state.ts'
import { detailsOf } from './foreign/cloud-config-details.ts'
import { type Config, configOf } from './foreign/merged-config.ts'
import { declaredType } from './foreign/part.ts'
import { partsOf } from './foreign/parts.ts'
import { runCommands } from './foreign/runcmd.ts'
import { unmodelledIn } from './foreign/unmodelled-keys.ts'
import { usersOf } from './foreign/users.ts'
import { writeFiles } from './foreign/write-files.ts'

/** Whether the bytes begin as user-data does: with the mark of a type, or with a MIME header. */
export function isUserData(bytes: Uint8Array): boolean {
  const text = decodeUtf8(bytes)
  if (text === null) return false
  return declaredType(text) !== null || messageStart.test(text)
}

// An envelope line and indented lines may come before the headers of a message.
const messageStart =
  /^(?:From [^\r\n]*(?:\r\n|\r|\n))?(?:[ \t][^\r\n]*(?:\r\n|\r|\n))*(?:content-type|mime-version)[ \t]*:/i

/** The tree that uncompressed user-data creates. */
export function inspectCloudInit(bytes: Uint8Array): Outcome<InspectedTree> {
  return andThen(partsOf(bytes), parts => andThen(configOf(parts), applyConfig))
}

/** Applies a config in cloud-init's order: files, users, deferred files, commands. */
function applyConfig({ config, unmodelled, unknown }: Config): Outcome<InspectedTree> {
  const users = usersOf(config)
  const start = { ...emptyState, users: users.users, unmodelled }
  const files = writeFiles(start, config.get('write_files') ?? [], users.accounts)
  const commands = config.has('runcmd')
    ? runCommands(files.state, config.get('runcmd') ?? null)
    : { state: files.state, diagnostics: [], unknown: [] }
  const { state } = commands
  const noted = [...state.unmodelled, ...unmodelledIn(config, state)]
  const unnoted = [unknown, users.unknown, files.unknown, commands.unknown].flat()
  const modes = [...files.modes].filter(([file]) => state.entries.get(file.path) === file)
  const details = detailsOf(config, [...unmodelled, ...unnoted])
  return success(toTree({ ...state, unmodelled: [...noted, ...unnoted] }, details), [
    ...users.diagnostics,
    ...files.diagnostics,
    ...modes.map(([, diagnostic]) => diagnostic),
    ...commands.diagnostics,
    ...unmodelledNotes({ unmodelled: noted }),
  ])
}
