/** The command that lets cloud-init write the files of a node again until its first boot is done. */
import { markerPath } from '../../plan/marker.ts'

/**
 * cloud-init marks a module as done before the module runs: cloudinit/helpers.py, FileSemaphores, at 22.4
 * and 26.1. After a power cut in or shortly after write_files, files would stay missing or empty.
 * bootcmd runs at each boot, before write_files.
 */
export const repeatModules: string = `[ -s ${markerPath} ] || rm -f ${semaphores('write_files*', 'runcmd', 'scripts_user')}`

function semaphores(...modules: readonly string[]): string {
  return modules.map(name => `/var/lib/cloud/instance/sem/config_${name}`).join(' ')
}
