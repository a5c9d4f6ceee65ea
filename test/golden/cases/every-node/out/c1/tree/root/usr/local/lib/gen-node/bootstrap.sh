#!/bin/sh
# Brings this node up once: checks what was written here, waits for the registry, installs and
# starts k0s. Safe to run again. Progress: journalctl -u gen-node-bootstrap, /run/gen-node/status
set -eu
PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
LC_ALL=C
export LC_ALL

manifest=/etc/gen-node/manifest.sha256
drop_in=/etc/k0s/containerd.d/cri-registry.toml
containerd_1='version = 2

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "/etc/k0s/containerd.d/certs.d"'
containerd_2='version = 3

[plugins."io.containerd.cri.v1.images".registry]
config_path = "/etc/k0s/containerd.d/certs.d"'
marker=/var/lib/gen-node/bootstrapped
status=/run/gen-node/status
# Seconds; GEN_NODE_DEADLINE shortens both. Without a token this node waits for as long as it takes.
registry_deadline=${GEN_NODE_DEADLINE:-86400}
token_deadline=${GEN_NODE_DEADLINE:-0}

dry_run=false
case "$#:${1-}" in
  0:) ;;
  1:--dry-run) dry_run=true ;;
  *)
    echo 'usage: bootstrap.sh [--dry-run]' >&2
    exit 2
    ;;
esac

say() {
  echo "$*"
  "$dry_run" || { mkdir -p /run/gen-node && echo "$*" >"$status"; } || true
}

fail() {
  say "failed: $*"
  exit 1
}

run() {
  say "run: $*"
  "$dry_run" || "$@"
}

problems=''
problem() {
  problems="$problems
  $*"
}

uptime_seconds() {
  # Not the clock: it may jump when the machine first learns the time.
  read -r seconds _ </proc/uptime
  echo "${seconds%%.*}"
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds; 0 seconds is no deadline.
wait_for() {
  limit=$1
  what=$2
  shift 2
  if "$dry_run"; then
    say "wait for $what"
    return
  fi
  begun=$(uptime_seconds)
  told=-60
  until "$@"; do
    waited=$(($(uptime_seconds) - begun))
    [ "$limit" -eq 0 ] || [ "$waited" -lt "$limit" ] || fail "$what did not come within $limit s"
    if [ $((waited - told)) -ge 60 ]; then
      say "waiting for $what (since $waited s)"
      told=$waited
    fi
    sleep 1
  done
}

# answers URL...: whether any of them gives an HTTP answer, whatever it says.
answers() {
  for url; do
    if command -v curl >/dev/null; then
      curl --noproxy '*' -ksS -o /dev/null --max-time 5 "$url" 2>/dev/null && return
    elif command -v python3 >/dev/null; then
      python3 -c 'import ssl, sys, urllib.error, urllib.request as r
try:
    r.build_opener(r.ProxyHandler({}), r.HTTPSHandler(context=ssl._create_unverified_context())).open(sys.argv[1], timeout=5)
except urllib.error.HTTPError:
    pass
except Exception:
    sys.exit(1)' "$url" && return
    else
      code=0
      wget --no-proxy --no-check-certificate -q -T 5 -t 1 -O /dev/null "$url" || code=$?
      # 6 and 8: it answered, and wants a password or has an error to tell.
      case $code in 0 | 6 | 8) return ;; esac
    fi
  done
  return 1
}

if [ -e "$marker" ]; then
  echo "done before: $marker exists"
  exit 0
fi

# One run at a time: the unit's and a curious operator's would install twice.
if ! "$dry_run"; then
  mkdir -p /run/gen-node
  exec 9>/run/gen-node/lock
  flock -n 9 || {
    echo "another run is under way: see $status" >&2
    exit 1
  }
fi

# What was written here is whole, and what must be here already is here.
if [ -r "$manifest" ]; then
  while read -r sum file; do
    if [ ! -f "$file" ]; then
      problem "$file is missing: this node was configured in part only; look at the log of cloud-init or Ignition"
    elif [ "$file" = "$drop_in" ]; then
      # Either form is ours: the right one is put there below.
      case $(cat "$file") in
        "$containerd_1" | "$containerd_2") ;;
        *) problem "$file is not what was written for this node: restore it, or configure the node again" ;;
      esac
    elif [ "$(sha256sum <"$file")" != "$sum  -" ]; then
      problem "$file is not what was written for this node: restore it, or configure the node again"
    fi
  done <"$manifest"
else
  problem "$manifest is missing: this node was configured in part only; look at the log of cloud-init or Ignition"
fi
command -v k0s >/dev/null ||
  problem 'k0s is missing: put the binary at /usr/local/bin/k0s, executable'
/opt/node/bin/node -e 'process.exit(parseInt(process.versions.node) < 18)' 2>/dev/null ||
  problem 'Node is missing or older than 18: put the binary at /opt/node/bin/node, executable'
[ -f /var/lib/gen-node/bundle ] || [ -n "$(ls -A /var/lib/gen-node/bundle 2>/dev/null)" ] ||
  problem 'the image bundle is missing: put it at /var/lib/gen-node/bundle'
command -v curl >/dev/null || command -v python3 >/dev/null || command -v wget >/dev/null ||
  problem 'none of curl, python3 and wget is here to ask the registry: install one of them'
[ -z "$problems" ] || fail "this node is not ready:$problems
then: systemctl restart gen-node-bootstrap"

run systemctl daemon-reload
run systemctl enable --now --no-block gen-node-registry.service
wait_for "$registry_deadline" 'the registry of this node at http://127.0.0.1:443/v2/ (journalctl -u gen-node-registry)' answers http://127.0.0.1:443/v2/

# k0s 1.36 and later stop at a drop-in for containerd 1, earlier ones cannot read one for containerd 2.
if "$dry_run"; then
  say "put the drop-in for the containerd of the k0s that is here at $drop_in"
else
  version=$(k0s version) || fail "k0s version does not work: is $(command -v k0s) a binary for this machine?"
  minor=${version#v1.}
  minor=${minor%%.*}
  case $minor in '' | *[!0-9]*) fail "k0s version says $version, which is no version" ;; esac
  wanted=$containerd_1
  [ "$minor" -lt 36 ] || wanted=$containerd_2
  if [ "$(cat "$drop_in")" != "$wanted" ]; then
    say "putting the drop-in for the containerd of k0s $version at $drop_in"
    echo "$wanted" >"$drop_in.new"
    chmod 0644 "$drop_in.new"
    mv -f "$drop_in.new" "$drop_in"
  fi
fi

set -- k0s install controller --enable-worker --no-taints --config /etc/k0s/k0s.yaml
# A start that was interrupted here left the unit behind.
[ ! -e /etc/systemd/system/k0scontroller.service ] || set -- "$@" --force
run "$@"
run k0s start

"$dry_run" || { mkdir -p "${marker%/*}" && : >"$marker"; }
say 'done: k0s was started'
