/** Errors of the operating system as plain text. */

const texts: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'the file exists already',
  EISDIR: 'it is a folder',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'the file name is too long',
  ENOENT: 'no such file or folder',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is not a folder',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
}

/** The reason of a failed system call, without a full stop. */
export function describeError(error: unknown): string {
  return texts[errorCode(error)] ?? (error instanceof Error ? error.message : String(error))
}

/** Whether an error comes from a system call, as opposed to a bug in gen-node. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

/** The code of an error, such as `ENOENT`; empty where it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
