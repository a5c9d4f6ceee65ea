#!/bin/sh
# Brings this node into its cluster. --dry-run prints the steps and changes nothing.
set -eu
export PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin

manifest=/etc/gen-node/manifest.sha256
marker=/var/lib/gen-node/bootstrapped
status=/run/gen-node/status

dry_run=false
[ $# -eq 0 ] || dry_run=true

say() {
  echo "$*"
  $dry_run || echo "$*" >"$status"
}

fail() {
  say "failed: $*"
  exit 1
}

run() {
  say "run: $*"
  $dry_run || "$@"
}

problem() {
  problems="$problems
  $*"
}

wait_for() {
  limit=${GEN_NODE_TRIES:-$1}
  what=$2
  shift 2
  say "waiting for $what"
  tries=0
  until $dry_run || "$@"; do
    tries=$((tries + 1))
    [ $tries -ne "$limit" ] || fail "gave up after $tries tries: $what
then: systemctl restart gen-node-bootstrap"
    [ $((tries % 30)) -gt 0 ] || say "waiting for $what, $tries tries so far"
    sleep 1
  done
}

answers() {
  for url; do
    if command -v curl >/dev/null; then
      curl --noproxy '*' -ks -o /dev/null --max-time 5 "$url" && return
    else
      python3 -c 'import ssl, sys, urllib.error, urllib.request as r
try:
    r.build_opener(r.ProxyHandler({}), r.HTTPSHandler(context=ssl._create_unverified_context())).open(sys.argv[1], timeout=5)
except urllib.error.HTTPError:
    pass' "$url" 2>/dev/null && return
    fi
  done
  return 1
}

if [ -e $marker ]; then
  echo "nothing to do: $marker exists"
  exit
fi

if ! $dry_run; then
  mkdir -p /run/gen-node
  exec 9>/run/gen-node/lock
  flock -n 9 || {
    echo "another run is in progress: see $status"
    exit 1
  }
fi

problems=
if [ -r $manifest ]; then
  while read -r sum file; do
    if [ ! -f "$file" ]; then
      problem "$file is missing: apply the config of this node again"
      continue
    fi
    case $file in
      /etc/k0s/containerd.d/cri-registry.toml) case $(cat "$file") in 'version = 2

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "/etc/k0s/containerd.d/certs.d"' | 'version = 3

[plugins."io.containerd.cri.v1.images".registry]
config_path = "/etc/k0s/containerd.d/certs.d"') continue ;; esac ;;
    esac
    [ "$(sha256sum <"$file")" = "$sum  -" ] ||
      problem "$file was changed: restore it, or apply the config of this node again"
  done <$manifest
else
  problem "$manifest is missing: apply the config of this node again"
fi
command -v k0s >/dev/null || problem 'the k0s binary is missing: copy it to /usr/local/bin/k0s with mode 0755'
command -v curl >/dev/null || command -v python3 >/dev/null ||
  problem 'curl and python3 are missing: install one of them, to verify that the registry answers'
[ -z "$problems" ] || fail "this node is not ready:$problems
then: systemctl restart gen-node-bootstrap"

wait_for 0 'the join token at /etc/k0s/join-token (on a controller: k0s token create --role worker)' test -s /etc/k0s/join-token
wait_for 86400 'the registry at http://192.168.1.10:5000/v2/ (see /run/gen-node/status there)' answers http://192.168.1.10:5000/v2/
version=$(k0s version) || fail "\`k0s version\` does not run: is $(command -v k0s) built for this machine ($(uname -m))?"
minor=$(echo "$version" | sed -n 's/^v1\.\([0-9]*\)\..*/\1/p')
[ "$minor" ] || fail "\`k0s version\` prints \"$version\", which is not a version of k0s 1.x"

drop_in=/etc/k0s/containerd.d/cri-registry.toml
wanted='version = 2

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "/etc/k0s/containerd.d/certs.d"'
[ "$minor" -lt 36 ] || wanted='version = 3

[plugins."io.containerd.cri.v1.images".registry]
config_path = "/etc/k0s/containerd.d/certs.d"'
if [ "$(cat $drop_in)" != "$wanted" ]; then
  say "write $drop_in for k0s $version"
  if ! $dry_run; then
    echo "$wanted" >$drop_in.new
    chmod 0644 $drop_in.new
    mv -f $drop_in.new $drop_in
  fi
fi

set -- k0s install worker --token-file /etc/k0s/join-token '--kubelet-extra-args=--node-ip=192.168.1.21 --max-pods=60' '--env=NOTE=a; b & (c) *'
[ ! -e /etc/systemd/system/k0sworker.service ] || set -- "$@" --force
run "$@"
run k0s start

$dry_run || { mkdir -p ${marker%/*} && : >$marker; }
say 'done: k0s was started'
