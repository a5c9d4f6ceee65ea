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

report_done() {
  report "done: the node joined its cluster at $(cat $marker); gen-node-registry.service k0scontroller.service: $(systemctl is-active gen-node-registry.service k0scontroller.service | xargs)"
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
command -v k0s >/dev/null || problem 'the k0s 1.33.4 binary is missing: copy it to /usr/local/bin/k0s with mode 0755'
node -e 'require("util").parseArgs({strict:false})' 2>/dev/null || problem 'Node 18.3 or later is missing: copy it to /usr/local/bin/node with mode 0755'
[ -e /srv/bundle.tar ] || problem 'the image bundle is missing: copy it to /srv/bundle.tar'
[ -z "$problems" ] || fail "this node is not ready:$problems"

systemctl is-enabled -q gen-node-registry.service || run systemctl enable --now --no-block gen-node-registry.service
systemctl is-active -q gen-node-registry.service || {
  $dry_run || systemctl start --no-block gen-node-registry.service
  wait_for "gen-node-registry.service, last message: $(journalctl -qb -t gen-node-registry -o cat -n 1)"
}

if [ ! -s /etc/k0s/join-token ]; then
  wait_for 'the join token at /etc/k0s/join-token (on a controller: k0s token create --role controller)'
elif ! base64 -d </etc/k0s/join-token 2>/dev/null | gzip -dc 2>/dev/null | grep -q controller-bootstrap; then
  fail '/etc/k0s/join-token is not a join token for a controller: replace it (on a controller: k0s token create --role controller)'
fi
version=$(k0s version 2>&1) || :
minor=$(echo "$version" | sed -n 's/^v1\.\([0-9]*\)\..*/\1/p')
[ "$minor" ] || fail "\`k0s version\` prints \"$version\": is $(command -v k0s) k0s 1.x for $(uname -m)?"
case $version in
v1.33.4 | v1.33.4[!0-9]*) note= ;;
*) note=" with k0s $version, while the spec has version 1.33.4" ;;
esac

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

output=$(k0s config validate --config /etc/k0s/k0s.yaml 2>&1) || fail "k0s refuses /etc/k0s/k0s.yaml: $output"

set -- k0s install controller --config /etc/k0s/k0s.yaml --token-file /etc/k0s/join-token --enable-dynamic-config
installed=/var/lib/gen-node/installed
attempts=/run/gen-node/attempts
inputs=$(stat -c %y%i $manifest /etc/k0s/join-token)
if [ "$inputs" != "$(cat $installed 2>/dev/null)" ] || [ ! -s /etc/systemd/system/k0scontroller.service ]; then
  [ -z "$note" ] || report "install$note"
  [ ! -e /etc/systemd/system/k0scontroller.service ] || set -- "$@" --force
  $dry_run || echo >$installed
  run "$@"
  run systemctl restart k0scontroller.service
  $dry_run || {
    echo "$inputs" >$installed
    rm -f $attempts
  }
fi

works() {
  answer=$(timeout 10 k0s status 2>&1) || return
  answer=$(timeout 10 k0s kubectl get --raw /readyz 2>&1)
}
if ! works; then
  error=$({ journalctl -qb -u k0scontroller.service -S "@$(stat -c %Y $installed)" -o cat; } 2>/dev/null | sed -nE '/^Error: /p; s/.*(level=(error|fatal) .*)/\1/p' | tail -n 1)
  reason="k0s to report a working node: ${error:-$answer}
check the token, the clock and the network to the controllers; see journalctl -u k0scontroller.service"
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
