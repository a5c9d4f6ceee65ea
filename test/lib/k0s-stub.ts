/** A program in the place of k0s on machines that tests boot. */

/**
 * Records each call in /var/log/k0s-calls, with the seconds since the boot before its arguments, so
 * that a second installation is visible. Like k0s 1.33 it installs a unit that restarts for ever, ends
 * with an error for a token that it cannot decode, and reports a working node only after it joined.
 */
export const k0sStub = `#!/bin/sh
set -e
case $1 in
controller | worker) ;;
*) echo "$(cut -d. -f1 /proc/uptime) $*" >> /var/log/k0s-calls ;;
esac
error() {
  echo "Error: $*" >&2
  exit 1
}
case $1 in
version) echo v1.36.0+k0s.0 ;;
config) ! grep -n nosuch "$4" >&2 || error 'failed to parse configuration: unknown field "nosuch"' ;;
install)
  shift
  unit=/etc/systemd/system/k0s$1.service
  command=/usr/local/bin/k0s
  for argument; do
    [ "$argument" = --force ] || command="$command \\"$argument\\""
  done
  case "$*" in
  *--force) rm -f "$unit" ;;
  esac
  [ ! -e "$unit" ] || error "failed to install service: Init already exists: $unit"
  printf '[Service]\\nExecStart=%s\\nRestart=always\\nRestartSec=10\\nKillMode=process\\n[Install]\\nWantedBy=multi-user.target\\n' "$command" > "$unit"
  systemctl daemon-reload
  systemctl enable "k0s$1.service"
  ;;
controller | worker)
  role=$1
  mkdir -p /run/k0s
  while [ $# -gt 0 ]; do
    if [ "$1" = --token-file ]; then
      base64 -d < "$2" 2>/dev/null | gzip -dc 2>/dev/null | grep -q bootstrap ||
        error 'failed to decode join token: illegal base64 data at input byte 4'
    fi
    shift
  done
  [ ! -e /etc/refuse-to-join ] || error 'failed to bootstrap client configuration: Unauthorized'
  echo "$role" > /run/k0s/role
  exec python3 -c 'import http.server as h
class Healthz(h.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_): pass
h.HTTPServer(("127.0.0.1", 10248), Healthz).serve_forever()'
  ;;
status)
  [ -e /run/k0s/role ] || error 'status: can'"'"'t get "status" via "/run/k0s/status.sock": no such file or directory'
  printf 'Version: v1.36.0+k0s.0\\nRole: %s\\nWorkloads: true\\nKube-api probing successful: true\\nKube-api probing last error:  \\n' "$(cat /run/k0s/role)"
  ;;
kubectl) [ -e /run/k0s/role ] && printf ok ;;
esac
`
