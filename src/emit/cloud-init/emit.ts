/**
 * A plan as `#cloud-config` user-data. cloud-init continues after a failed command, so
 * every command is harmless where an earlier one has failed. cloud-init 22.2 and later can read everything that is written.
 */

import type { Plain } from '../../codec/plain.ts'
import { decodeUtf8, encodeUtf8 } from '../../codec/text.ts'
import { printYaml } from '../../codec/yaml-print.ts'
import type { NodePlan, PlanFile, PlanUser } from '../../plan/plan.ts'
import { unitDirectory } from '../../plan/tree.ts'
import { andThen, type Outcome, success } from '../../report/diagnostic.ts'
import type { Artifact, Want } from '../emitter.ts'
import { type Packing, packingOf, wrap } from '../envelope.ts'
import { contentOf } from './file-content.ts'

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

type Table = { readonly [key: string]: Plain }

function userData(plan: NodePlan, packing: Packing): string {
  const files = writeFiles(plan, packing)
  const commands = runCommands(plan)
  const config: Table = {
    ...hostname(plan.files),
    ...usersSection(plan.users),
    ...(files.length === 0 ? {} : { write_files: files }),
    ...(commands.length === 0 ? {} : { runcmd: commands }),
  }
  // The header must be the first line; not even a comment may precede it:
  // https://github.com/canonical/cloud-init/issues/3929.
  return `#cloud-config\n# made by gen-node\n${printYaml(config)}`
}

function writeFiles(plan: NodePlan, packing: Packing): readonly Table[] {
  const units = plan.units.map(unit => ({
    path: `${unitDirectory}/${unit.name}`,
    content: encodeUtf8(unit.content),
    mode: 0o644,
    owner: 'root:root',
  }))
  return [...plan.files, ...units].map(file => ({
    path: file.path,
    ...(file.owner === 'root:root' ? {} : { owner: file.owner }),
    permissions: octal(file.mode),
    // Users are created after write_files and before deferred files: cc_write_files stops at an
    // unknown owner, and a home that it has created stays owned by root.
    ...(file.owner === 'root:root' && !isInHome(plan, file.path) ? {} : { defer: true }),
    ...contentOf(file.content, packing),
  }))
}

function isInHome({ users }: NodePlan, path: string): boolean {
  return users.some(user => path.startsWith(`/home/${user.name}/`))
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

function runCommands(plan: NodePlan): readonly Plain[] {
  const directories = plan.directories.map(({ path, mode, owner }) => {
    const [user = 'root', group = 'root'] = owner.split(':')
    return ['install', '-d', '-m', octal(mode), '-o', user, '-g', group, path]
  })
  const parents = [...new Set(plan.links.map(link => parentOf(link.path)))].filter(
    path => path !== '/' && plan.directories.every(directory => directory.path !== path),
  )
  const links = plan.links.map(({ target, path }) => {
    return ['ln', '-sfn', ...operands([target, path])]
  })
  // cloud-init's util.chmod skips mode 0, and Linux clears setuid and setgid in the chown that
  // follows cloud-init's chmod (tried with 22.4.2).
  const modes = plan.files
    .filter(file => file.mode === 0 || (file.mode & 0o6000) !== 0)
    .map(file => ['chmod', octal(file.mode), file.path])
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
          // Each alone: one that cannot be enabled keeps no other from it.
          ...enabled.map(unit => ['systemctl', 'enable', ...operands([unit])]),
          ['systemctl', 'start', '--no-block', ...operands(enabled)],
        ]),
  ]
}

/** Operands as the program reads them: after `--` where the first character could make one an option. */
function operands(names: readonly string[]): readonly string[] {
  return names.some(name => name.startsWith('-')) ? ['--', ...names] : names
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1))
}

function usersSection(users: readonly PlanUser[]): Table {
  if (users.length === 0) return {}
  const entries = users.map(({ name, authorizedKeys }) => ({
    name,
    // root exists already, with a shell, and its password must not be locked.
    ...(name === 'root' ? { lock_passwd: false } : { shell: '/bin/bash', lock_passwd: true }),
    ...(authorizedKeys.length === 0 ? {} : { ssh_authorized_keys: authorizedKeys }),
  }))
  return {
    users: ['default', ...entries],
    ...(users.some(({ name }) => name === 'root') ? { disable_root: false } : {}),
  }
}

/** cloud-init writes /etc/hostname after write_files: these keys make it write the same content. */
function hostname(files: readonly PlanFile[]): Table {
  const file = files.find(({ path }) => path === '/etc/hostname')
  if (file === undefined) return {}
  const name = /^([A-Za-z0-9-]+)(\.[A-Za-z0-9.-]+)?\n$/.exec(decodeUtf8(file.content) ?? '')
  if (name === null) return { preserve_hostname: true }
  const [line, host = ''] = name
  return { hostname: host, fqdn: line.trim(), prefer_fqdn_over_hostname: true }
}
