/** The directories that every root file system has. */

// hier(7) and file-hierarchy(7). Some are symbolic links (merged /usr, OSTree), some have another
// mode (/root, /tmp) or group (/usr/local on Debian); an archive with them would replace them.
const standardDirectories: ReadonlySet<string> = new Set(
  `/ /bin /boot /dev /etc /home /lib /lib32 /lib64 /libx32 /media /mnt /opt /proc /root /run /sbin
   /srv /sys /tmp /usr /usr/bin /usr/lib /usr/lib64 /usr/libexec /usr/local /usr/local/bin
   /usr/local/etc /usr/local/lib /usr/local/sbin /usr/local/share /usr/sbin /usr/share /usr/src /var
   /var/cache /var/lib /var/local /var/lock /var/log /var/mail /var/opt /var/run /var/spool /var/tmp`.split(
    /\s+/,
  ),
)

/** Whether a directory is of the system, or a user's home, so that its mode and owner stay as they are. */
export function isStandardDirectory(path: string): boolean {
  return standardDirectories.has(path) || /^\/home\/[^/]+$/.test(path)
}
