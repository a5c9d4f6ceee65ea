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
  if command -v curl >/dev/null; then
    curl --noproxy '*' -fsSL --max-time 60 "$url"
  else
    python3 -c 'import ssl, sys, urllib.request as r
context = ssl.create_default_context(cafile=sys.argv[2] or None)
opener = r.build_opener(r.ProxyHandler({}), r.HTTPSHandler(context=context))
request = r.Request(sys.argv[1])
try:
    sys.stdout.buffer.write(opener.open(request, timeout=60).read())
except OSError as error:
    sys.exit(str(error))' "$url" ''
  fi
}

report_done() {
  report "done: the node joined its cluster at $(cat $marker); k0sworker.service: $(systemctl is-active k0sworker.service | xargs)"
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
command -v k0s >/dev/null || problem 'the k0s binary is missing: copy it to /usr/local/bin/k0s with mode 0755'
command -v curl >/dev/null || command -v python3 >/dev/null ||
  problem 'curl and python3 are missing: install one of them, to verify that the registry answers'
[ -z "$problems" ] || fail "this node is not ready:$problems"

errors=
set -- https://registry.site:5000/v2/
for url; do
  if error=$(get "$url" 2>&1 >/dev/null); then
    errors=
    break
  fi
  errors="$errors
  $url: $error"
done
case $errors in *' 401'*) errors= ;; esac
case $errors in *certificate*)
  fail "the certificate of the registry is not accepted (the clock of this node has $(date -u +%F)):$errors" ;;
esac
[ -z "$errors" ] || wait_for "the registry:$errors"
if [ ! -s /etc/k0s/join-token ]; then
  wait_for 'the join token at /etc/k0s/join-token (on a controller: k0s token create --role worker)'
elif ! base64 -d </etc/k0s/join-token 2>/dev/null | gzip -dc 2>/dev/null | grep -q kubelet-bootstrap; then
  fail '/etc/k0s/join-token is not a join token for a worker: replace it (on a controller: k0s token create --role worker)'
fi
version=$(k0s version 2>&1) || :
minor=$(echo "$version" | sed -n 's/^v1\.\([0-9]*\)\..*/\1/p')
[ "$minor" ] || fail "\`k0s version\` prints \"$version\": is $(command -v k0s) k0s 1.x for $(uname -m)?"

drop_in=/etc/k0s/containerd.d/cri-registry.toml
wanted='version = 2

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "/etc/k0s/containerd.d/certs.d"'
[ "$minor" -lt 36 ] || wanted='version = 3

[plugins."io.containerd.cri.v1.images".registry]
config_path = "/etc/k0s/containerd.d/certs.d"'
if [ "$(cat $drop_in 2>/dev/null)" != "$wanted" ]; then
  report "write $drop_in for k0s $version"
  $dry_run || echo "$wanted" >$drop_in
fi


set -- k0s install worker --token-file /etc/k0s/join-token
installed=/var/lib/gen-node/installed
attempts=/run/gen-node/attempts
inputs=$(stat -c %y%i $manifest /etc/k0s/join-token)
if [ "$inputs" != "$(cat $installed 2>/dev/null)" ] || [ ! -s /etc/systemd/system/k0sworker.service ]; then
  [ ! -e /etc/systemd/system/k0sworker.service ] || set -- "$@" --force
  $dry_run || echo >$installed
  run "$@"
  run systemctl restart k0sworker.service
  $dry_run || {
    echo "$inputs" >$installed
    rm -f $attempts
  }
fi

works() {
  answer=$(timeout 10 k0s status 2>&1) || return
  echo "$answer" | grep -q 'probing successful: true' || return
  answer='its kubelet does not answer'
  get http://127.0.0.1:10248/healthz >/dev/null 2>&1
}
if ! works; then
  error=$({ journalctl -qb -u k0sworker.service -S "@$(stat -c %Y $installed)" -o cat; } 2>/dev/null | sed -nE '/^Error: /p; s/.*(level=(error|fatal) .*)/\1/p' | tail -n 1)
  reason="k0s to report a working node: ${error:-$answer}
check the token, the clock and the network to the controllers; see journalctl -u k0sworker.service"
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
