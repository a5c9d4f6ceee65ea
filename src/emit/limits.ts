/** Bounds of what is read, so that no input takes the memory of the machine. */

/** More than any platform's user-data decompresses to. */
export const maxBytes = 64 * 1024 * 1024
