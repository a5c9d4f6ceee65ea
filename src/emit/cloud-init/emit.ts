/**
 * Writes a plan as `#cloud-config` user-data for cloud-init 22.2 and later. cloud-init continues after
 * a failed command, so no command may cause damage when an earlier one failed.
 */

import type { Plain, PlainMapping } from '../../codec/plain.ts'
import { encodeUtf8 } from '../../codec/text.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import { parentsOf } from '../../plan/path.ts'
import type { NodePlan, PlanUser } from '../../plan/plan.ts'
import { printMode, unitDirectory } from '../../plan/tree.ts'
import { andThen, type Outcome, success } from '../../report/diagnostic.ts'
import type { Artifact, Want } from '../emitter.ts'
import { type Packing, packingOf, wrap } from '../envelope.ts'
import { contentOf } from './file-content.ts'
import { keptFileKeys } from './kept-files.ts'
import { repeatModules } from './repeat-modules.ts'

/** The user-data of a plan. */
export function emitCloudInit(plan: NodePlan, want: Want): Outcome<Artifact> {
  return andThen(packingOf('cloud-init', want), packing =>
    success(wrap(artifactOf(plan, packing), packing)),
  )
}

function artifactOf(plan: NodePlan, packing: Packing): Artifact {
  return {
    node: plan.name,
    path: 'user-data',
    bytes: encodeUtf8(userData(plan, packing)),
    mediaType: 'text/cloud-config',
    secret: plan.files.some(file => file.secret),
  }
}

function userData(plan: NodePlan, packing: Packing): string {
  const files = writeFiles(plan, packing)
  const commands = runCommands(plan)
  const config: PlainMapping = {
    ...keptFileKeys(plan.files),
    ...userKeys(plan.users),
    ...(files.length === 0 ? {} : { bootcmd: [repeatModules], write_files: files }),
    ...(commands.length === 0 ? {} : { runcmd: commands }),
  }
  // The header must be the first line; not even a comment may precede it:
  // https://github.com/canonical/cloud-init/issues/3929.
  return `#cloud-config\n# made by gen-node\n${printYaml(config)}`
}

function writeFiles(plan: NodePlan, packing: Packing): readonly PlainMapping[] {
  const units = plan.units.map(unit => ({
    path: `${unitDirectory}/${unit.name}`,
    content: encodeUtf8(unit.content),
    mode: 0o644,
    owner: 'root:root',
  }))
  // Units first: the registry's program, by far the largest file, is then last, and gzip finds the
  // repetitions in the small files at short distances.
  return [...units, ...plan.files].map(file => ({
    path: file.path,
    ...(file.owner === 'root:root' ? {} : { owner: file.owner }),
    permissions: printMode(file.mode),
    // cloud-init creates users after write_files and before its deferred files. Without `defer` it would
    // stop at an unknown owner, and an existing home directory would keep the owner root.
    ...(file.owner === 'root:root' && !/^\/home\/./.test(file.path) ? {} : { defer: true }),
    ...contentOf(file.content, packing),
  }))
}

function runCommands(plan: NodePlan): readonly Plain[] {
  const directories = plan.directories.map(({ path, mode, owner }) => {
    const [user = 'root', group = 'root'] = owner.split(':')
    return ['install', '-d', '-m', printMode(mode), '-o', user, '-g', group, path]
  })
  const parents = [...new Set(plan.links.flatMap(({ path }) => parentsOf(path).slice(-1)))].filter(
    parent => plan.directories.every(({ path }) => path !== parent),
  )
  const links = plan.links.map(({ target, path }) => {
    return ['ln', '-sfn', ...operands([target, path])]
  })
  // cloud-init's util.chmod skips mode 0, and Linux clears setuid and setgid in the chown that
  // follows cloud-init's chmod (tried with 22.4.2).
  const modes = plan.files
    .filter(file => file.mode === 0 || (file.mode & 0o6000) !== 0)
    .map(file => ['chmod', printMode(file.mode), file.path])
  const enabled = plan.units.filter(unit => unit.enabled).map(unit => unit.name)
  return [
    ...directories,
    ...(parents.length === 0 ? [] : [['mkdir', '-p', ...parents]]),
    ...links,
    ...modes,
    ...(plan.units.length === 0 ? [] : [['systemctl', 'daemon-reload']]),
    // Without --no-block cloud-init would wait for units that wait for other nodes.
    ...(enabled.length === 0
      ? []
      : [
          // One command per unit: a unit that cannot be enabled does not prevent the others.
          ...enabled.map(unit => ['systemctl', 'enable', ...operands([unit])]),
          ['systemctl', 'start', '--no-block', ...operands(enabled)],
        ]),
  ]
}

/** Operands; after `--` where one of them could be parsed as an option. */
function operands(names: readonly string[]): readonly string[] {
  return names.some(name => name.startsWith('-')) ? ['--', ...names] : names
}

function userKeys(users: readonly PlanUser[]): PlainMapping {
  if (users.length === 0) return {}
  const entries = users.map(({ name, authorizedKeys }) => ({
    name,
    // The shell is for users that do not exist yet. The password of root is not changed.
    ...(name === 'root' ? { lock_passwd: false } : { shell: '/bin/bash', lock_passwd: true }),
    ...(authorizedKeys.length === 0 ? {} : { ssh_authorized_keys: authorizedKeys }),
  }))
  return {
    users: ['default', ...entries],
    ...(users.some(({ name }) => name === 'root') ? { disable_root: false } : {}),
  }
}
