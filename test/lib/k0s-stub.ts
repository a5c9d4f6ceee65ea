/** A program in the place of k0s on machines that tests boot. */

/**
 * Records each call in /var/log/k0s-calls, with the seconds since the boot before its arguments, so
 * that a second installation is visible. It installs and starts a unit that only sleeps.
 */
export const k0sStub = `#!/bin/sh
set -e
echo "$(cut -d. -f1 /proc/uptime) $*" >> /var/log/k0s-calls
unit() { basename "$(ls /etc/systemd/system/k0s*.service)"; }
case $1 in
version) echo v1.36.0+k0s.0 ;;
install)
  printf '[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target\\n' > "/etc/systemd/system/k0s$2.service"
  systemctl daemon-reload
  systemctl enable "k0s$2.service"
  ;;
start) systemctl start "$(unit)" ;;
esac
`
