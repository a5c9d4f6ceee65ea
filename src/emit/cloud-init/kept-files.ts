/** The settings with which cloud-init's other modules keep files that write_files has written. */

import type { PlainMapping } from '../../codec/plain.ts'
import { decodeUtf8 } from '../../codec/text.ts'
import type { PlanFile } from '../../plan/plan.ts'

// Modules of cloud-init 22.4 and 26.1 that run after write_files, also without settings of their own.
const rows: readonly { readonly paths: RegExp; readonly keys: PlainMapping }[] = [
  // cc_update_etc_hosts writes it at each boot where the image says so, such as Debian's.
  { paths: /^\/etc\/hosts$/, keys: { manage_etc_hosts: false } },
  {
    // cc_apt_configure writes the sources of the distribution.
    paths: /^\/etc\/apt\/sources\.list(?:\.d\/[^/]+\.sources)?$/,
    keys: { apt: { preserve_sources_list: true } },
  },
  // cc_ssh deletes the host keys of the image.
  { paths: /^\/etc\/ssh\/ssh_host_[^/]*key[^/]*$/, keys: { ssh_deletekeys: false } },
]

/** The keys with their values: they change no file. */
export const keptFileSettings = rows.flatMap(({ keys }) => Object.entries(keys))

/** The keys for the files of a plan. */
export function keptFileKeys(files: readonly PlanFile[]): PlainMapping {
  const matching = rows.filter(({ paths }) => files.some(({ path }) => paths.test(path)))
  return Object.assign({}, hostnameKeys(files), ...matching.map(({ keys }) => keys))
}

/** cloud-init writes /etc/hostname itself, after write_files: it must write the same name. */
function hostnameKeys(files: readonly PlanFile[]): PlainMapping {
  const file = files.find(({ path }) => path === '/etc/hostname')
  if (file === undefined) return {}
  const name = /^([A-Za-z0-9-]+)(\.[A-Za-z0-9.-]+)?\n$/.exec(decodeUtf8(file.content) ?? '')
  if (name === null) return { preserve_hostname: true }
  const [line, host = ''] = name
  return { hostname: host, fqdn: line.trim(), prefer_fqdn_over_hostname: true }
}
