/** A program in the place of k3s on machines that tests boot. */

/**
 * Records each call in /var/log/k3s-calls, with the seconds since the boot before its arguments. Like k3s
 * it reads config.yaml and its drop-ins, ends without the token file that they name, notifies systemd when
 * it is ready, and then has a kubelet and the kubeconfig of a node that joined.
 */
export const k3sStub = `#!/bin/sh
set -e
case $0 in */kubectl | */crictl | */ctr) set -- "$(basename "$0")" "$@" ;; esac
echo "$(cut -d. -f1 /proc/uptime) $*" >> /var/log/k3s-calls
fatal() {
  echo "time=\\"2026-01-01T00:00:00Z\\" level=fatal msg=\\"$*\\"" >&2
  exit 1
}
case $1 in
--version) printf 'k3s version v1.33.4+k3s1 (cafe1234)\\ngo version go1.24.5\\n' ;;
server | agent)
  config=$(cat /etc/rancher/k3s/config.yaml /etc/rancher/k3s/config.yaml.d/*.yaml 2>/dev/null) || :
  printf '%s\\n' "$config" > /run/k3s-config
  token=$(printf '%s\\n' "$config" | sed -n 's/^token-file: //p')
  [ -z "$token" ] || [ -s "$token" ] || fatal "open $token: no such file or directory"
  [ "$1" = server ] || [ "$token" ] || fatal '--token is required'
  [ ! -e /etc/refuse-to-join ] || fatal 'token CA hash does not match the Cluster CA certificate hash'
  mkdir -p /run/k3s /var/lib/rancher/k3s/agent /var/lib/rancher/k3s/server
  echo "$1" > /run/k3s/role
  echo kubeconfig > /var/lib/rancher/k3s/agent/kubelet.kubeconfig
  [ "$1" = agent ] || [ -e /var/lib/rancher/k3s/server/node-token ] ||
    echo K10abcd::server:secret > /var/lib/rancher/k3s/server/node-token
  exec python3 -c 'import http.server as h, os, socket
class Healthz(h.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")
    def log_message(self, *_): pass
server = h.HTTPServer(("127.0.0.1", 10248), Healthz)
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
address = os.environ["NOTIFY_SOCKET"]
notify.sendto(b"READY=1", "\\\\0" + address[1:] if address[0] == "@" else address)
server.serve_forever()'
  ;;
kubectl)
  [ -e /run/k3s/role ] || { echo 'The connection to the server was refused' >&2; exit 1; }
  printf ok
  ;;
esac
`
