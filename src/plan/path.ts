/** Absolute paths on a machine. */

/** The directories above a path, from the outermost, without the root directory. */
export function parentsOf(path: string): readonly string[] {
  const steps = path.split('/').slice(1, -1)
  return steps.map((_, index) => `/${steps.slice(0, index + 1).join('/')}`)
}

/**
 * Whether programs of the machine write the file at a path too: resolvers /etc/resolv.conf, and cloud-init
 * the others, after its write_files (22.4: cc_mounts, cc_set_passwords, cc_ssh, distros ensure_sudo_dir).
 */
export function isSharedPath(path: string): boolean {
  return (
    /^\/etc\/(?:fstab|resolv\.conf|ssh\/sshd_config|sudoers)$/.test(path) ||
    path.endsWith('/.ssh/authorized_keys')
  )
}

/** Whether the file at a path identifies the machine: its name, its id, its ssh host keys. */
export function isIdentityPath(path: string): boolean {
  return /^\/etc\/(?:hostname|machine-id|ssh\/ssh_host_[^/]+)$/.test(path)
}
