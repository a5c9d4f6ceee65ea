#!/bin/sh
# Brings this node into its cluster.
{
set -eu
export PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin

manifest=/etc/gen-node/manifest.sha256
marker=/var/lib/gen-node/bootstrapped
status=/run/gen-node/status

dry_run=false
[ $# -eq 0 ] || dry_run=true

report() {
  if $dry_run; then
    echo "$*"
  elif [ "$(cat $status 2>/dev/null)" != "$*" ]; then
    printf '%s\n' "$*" | tee $status
  fi
}

end() {
  trap - EXIT
  exit "$1"
}

fail() {
  report "failed: $*"
  end 1
}

wait_for() {
  report "waiting for $*"
  $dry_run || end 1
}

run() {
  report "run: $*"
  $dry_run || output=$("$@" 2>&1) || fail "$* ended with exit code $?: $output"
}

problem() {
  problems="$problems
  $*"
}

get() {
  url=$1
  shift
  case $url in */v2/*) set -- "$@" "$(sed -n 's/^ *\(Authorization\) = \[ *"\(.*\)" *\]$/\1: \2/p' /etc/gen-node/certs.d/192.168.1.10_443_/hosts.toml | head -n 1)" ;; esac
  printf '%s\n' "$@" |
  NODE_EXTRA_CA_CERTS=/etc/gen-node/certs.d/192.168.1.10_443_/ca.pem timeout 60 node -e 'process.on("uncaughtException", error => {
  console.error(error.message)
  process.exit(1)
})
const url = process.argv[1]
const lines = require("fs").readFileSync(0, "utf8").match(/.*: .*/g) ?? []
const headers = Object.fromEntries(lines.map(line => line.split(": ")))
require(url.split(":")[0]).get(url, { headers }, answer => {
  if (answer.statusCode !== 200) throw Error("HTTP status " + answer.statusCode)
  answer.pipe(process.stdout)
})' "$url"
}

report_done() {
  report "done: the node joined its cluster at $(cat $marker); gen-node-registry.service k3s.service: $(systemctl is-active gen-node-registry.service k3s.service | xargs)"
  end 0
}

trap 'fail "exit code $?: see journalctl -u gen-node-bootstrap"' EXIT
$dry_run || sync
$dry_run || mkdir -p /run/gen-node /var/lib/gen-node
[ ! -s $marker ] || report_done

$dry_run || {
  exec 9>/run/gen-node/lock
  flock 9
}

problems=
if [ "$(tail -n 1 $manifest 2>/dev/null)" = "# $(sed '$d' $manifest 2>/dev/null | sha256sum)" ]; then
  while read -r sum file; do
    [ "$sum" != '#' ] || continue
    [ "$(sha256sum 2>/dev/null <"$file")" = "$sum  -" ] ||
      problem "$file is missing or was changed: apply the config of this node again"
  done <$manifest
else
  problem "$manifest is missing or was changed: apply the config of this node again"
fi
command -v k3s >/dev/null || problem 'the k3s binary is missing: copy it to /usr/local/bin/k3s with mode 0755'
node -e 'require("util").parseArgs({strict:false})' 2>/dev/null || problem 'Node 18.3 or later is missing: copy it to /usr/local/bin/node with mode 0755'
[ -e /var/lib/gen-node/bundle ] || problem 'the image bundle is missing: copy it to /var/lib/gen-node/bundle'
[ -z "$problems" ] || fail "this node is not ready:$problems"

systemctl is-enabled -q gen-node-registry.service || run systemctl enable --now --no-block gen-node-registry.service
systemctl is-active -q gen-node-registry.service || {
  $dry_run || systemctl start --no-block gen-node-registry.service
  wait_for "gen-node-registry.service, last message: $(journalctl -qb -t gen-node-registry -o cat -n 1)"
}
errors=
set -- https://192.168.1.10:443/v2/
for url; do
  if error=$(get "$url" 2>&1 >/dev/null); then
    errors=
    break
  fi
  errors="$errors
  $url: $error"
done
case $errors in *certificate* | *' 401'*) $dry_run || systemctl reload --no-block gen-node-registry.service ;; esac
case $errors in *certificate*)
  fail "the certificate of the registry is not accepted (the clock of this node has $(date -u +%F)):$errors" ;;
esac
case $errors in *' 401'*)
  fail "the registry refuses the user and password in /etc/gen-node/certs.d/192.168.1.10_443_/hosts.toml:$errors" ;;
esac
[ -z "$errors" ] || wait_for "the registry of this node:$errors"
version=$(k3s --version 2>&1) || :
found=$(echo "$version" | sed -n 's/^k3s version v\(1\.[^ ]*\).*/\1/p')
[ "$found" ] || fail "\`k3s --version\` prints \"$version\": is $(command -v k3s) k3s 1.x for $(uname -m)?"

installed=/var/lib/gen-node/installed
attempts=/run/gen-node/attempts
inputs=$(stat -c %y%i $manifest)
if [ "$inputs" != "$(cat $installed 2>/dev/null)" ] || ! systemctl is-enabled -q k3s.service; then
  for name in kubectl crictl ctr; do
    command -v $name >/dev/null || run ln -s k3s /usr/local/bin/$name
  done
  $dry_run || echo >$installed
  run systemctl enable k3s.service
  run systemctl restart --no-block k3s.service
  $dry_run || {
    echo "$inputs" >$installed
    rm -f $attempts
  }
fi

works() {
  answer=$(timeout 10 k3s kubectl get --raw /readyz 2>&1) || return
  answer='its kubelet does not answer'
  get http://127.0.0.1:10248/healthz >/dev/null 2>&1
}
if ! works; then
  error=$({ journalctl -qb -u k3s.service -S "@$(stat -c %Y $installed)" -o cat; } 2>/dev/null | sed -nE '/^Error: /p; s/.*(level=(error|fatal) .*)/\1/p' | tail -n 1)
  reason="k3s to report a working node: ${error:-$answer}
see journalctl -u k3s.service"
  $dry_run || {
    echo >>$attempts
    [ "$(wc -l <$attempts)" -lt 60 ] || fail "60 attempts waited for $reason"
  }
  wait_for "$reason"
fi
$dry_run && end 0
echo "$(date -u +%FT%TZ)${note-}" >$marker
report_done
}
