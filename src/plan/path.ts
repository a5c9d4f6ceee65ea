/** Absolute paths on a machine. */

/** The directories above a path, from the outermost, without the root directory. */
export function parentsOf(path: string): readonly string[] {
  const steps = path.split('/').slice(1, -1)
  return steps.map((_, index) => `/${steps.slice(0, index + 1).join('/')}`)
}

/** Whether the file at a path identifies the machine: its name, its id, its ssh host keys. */
export function isIdentityPath(path: string): boolean {
  return /^\/etc\/(?:hostname|machine-id|ssh\/ssh_host_[^/]+)$/.test(path)
}
