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
  if command -v curl >/dev/null; then
    curl --noproxy '*' -fsSL --max-time 60 --cacert /etc/gen-node/certs.d/192.168.1.10_443_/ca.pem -H @- "$url"
  else
    python3 -c 'import ssl, sys, urllib.request as r
context = ssl.create_default_context(cafile=sys.argv[2] or None)
opener = r.build_opener(r.ProxyHandler({}), r.HTTPSHandler(context=context))
request = r.Request(sys.argv[1])
for line in filter(None, sys.stdin.read().splitlines()): request.add_unredirected_header(*line.split(": ", 1))
try:
    sys.stdout.buffer.write(opener.open(request, timeout=60).read())
except OSError as error:
    sys.exit(str(error))' "$url" /etc/gen-node/certs.d/192.168.1.10_443_/ca.pem
  fi
}

report_done() {
  report "done: the node joined its cluster at $(cat $marker); k3s-agent.service: $(systemctl is-active k3s-agent.service | xargs)"
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
command -v curl >/dev/null || command -v python3 >/dev/null ||
  problem 'curl and python3 are missing: install one of them, to verify that the registry answers'
[ -z "$problems" ] || fail "this node is not ready:$problems"

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
case $errors in *certificate*)
  fail "the certificate of the registry is not accepted (the clock of this node has $(date -u +%F)):$errors" ;;
esac
case $errors in *' 401'*)
  fail "the registry refuses the user and password in /etc/gen-node/certs.d/192.168.1.10_443_/hosts.toml:$errors" ;;
esac
[ -z "$errors" ] || wait_for "the registry (see /run/gen-node/status there):$errors"
[ -s /etc/rancher/k3s/token ] || wait_for 'the token at /etc/rancher/k3s/token (on a server: cat /var/lib/rancher/k3s/server/node-token)'
version=$(k3s --version 2>&1) || :
found=$(echo "$version" | sed -n 's/^k3s version v\(1\.[^ ]*\).*/\1/p')
[ "$found" ] || fail "\`k3s --version\` prints \"$version\": is $(command -v k3s) k3s 1.x for $(uname -m)?"

installed=/var/lib/gen-node/installed
attempts=/run/gen-node/attempts
inputs=$(stat -c %y%i $manifest /etc/rancher/k3s/token)
if [ "$inputs" != "$(cat $installed 2>/dev/null)" ] || ! systemctl is-enabled -q k3s-agent.service; then
  for name in kubectl crictl ctr; do
    command -v $name >/dev/null || run ln -s k3s /usr/local/bin/$name
  done
  $dry_run || echo >$installed
  run systemctl enable k3s-agent.service
  run systemctl restart --no-block k3s-agent.service
  $dry_run || {
    echo "$inputs" >$installed
    rm -f $attempts
  }
fi

works() {
  [ -s /var/lib/rancher/k3s/agent/kubelet.kubeconfig ] || {
    answer='it did not join yet'
    return 1
  }
  answer=$(timeout 10 k3s kubectl --kubeconfig /var/lib/rancher/k3s/agent/kubelet.kubeconfig get --raw /readyz 2>&1) || return
  answer='its kubelet does not answer'
  get http://127.0.0.1:10248/healthz >/dev/null 2>&1
}
if ! works; then
  error=$({ journalctl -qb -u k3s-agent.service -S "@$(stat -c %Y $installed)" -o cat; } 2>/dev/null | sed -nE '/^Error: /p; s/.*(level=(error|fatal) .*)/\1/p' | tail -n 1)
  reason="k3s to report a working node: ${error:-$answer}
check the token, the clock and the network to the servers; see journalctl -u k3s-agent.service"
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
