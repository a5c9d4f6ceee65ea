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
  report "done: containerd pulls from its mirrors at $(cat $marker); containerd.service: $(systemctl is-active containerd.service | xargs)"
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
command -v containerd >/dev/null || problem 'containerd 2.3.4 with runc and containerd.service is missing: install the package of the operating system, or the files of its release'
command -v curl >/dev/null || command -v python3 >/dev/null ||
  problem 'curl and python3 are missing: install one of them, to verify that the registry answers'
[ -z "$problems" ] || fail "this node is not ready:$problems"

errors=
set -- http://192.168.1.10:5000/v2/
for url; do
  if error=$(get "$url" 2>&1 >/dev/null); then
    errors=
    break
  fi
  errors="$errors
  $url: $error"
done
case $errors in *' 401'*) errors= ;; esac
[ -z "$errors" ] || wait_for "the registry (see /run/gen-node/status there):$errors"
version=$(containerd --version 2>&1) || fail "\`containerd --version\` prints \"$version\": is $(command -v containerd) for $(uname -m)?"
case $version in
*[\ v]2.3.*) ;;
*) fail "the machine has \"$version\", and its configuration is for 2.3.4: install that version, or set distro.version and apply the config again" ;;
esac
output=$(containerd --config /etc/containerd/config.toml config dump 2>&1) || fail "containerd refuses /etc/containerd/config.toml: $output"

started=/run/gen-node/containerd-started
inputs=$(stat -c %y%i /etc/containerd/config.toml)
systemctl is-enabled -q containerd.service || run systemctl enable containerd.service
if [ "$inputs" != "$(cat $started 2>/dev/null)" ]; then
  run systemctl daemon-reload
  run systemctl restart containerd.service
  $dry_run || echo "$inputs" >$started
fi

if ! plugins=$(timeout 10 ctr plugins ls 2>&1) || ! echo "$plugins" | grep -Eq ' cri .* ok *$'; then
  error=$({ journalctl -qb -u containerd.service -o cat; } 2>/dev/null | sed -nE '/level=(error|fatal|warning).*(cri|config)/p' | tail -n 1)
  wait_for "the CRI plugin of containerd: ${error:-$(echo "$plugins" | tail -n 1)}
see journalctl -u containerd.service"
fi
$dry_run && end 0
echo "$(date -u +%FT%TZ)${note-}" >$marker
report_done
}
