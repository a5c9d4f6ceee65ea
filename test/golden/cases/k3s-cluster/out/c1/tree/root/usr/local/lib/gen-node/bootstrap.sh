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
  node -e 'require("http").get(process.argv[1], answer => process.exit(answer.statusCode - 200))' "$1"
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
command -v k3s >/dev/null || problem 'the k3s 1.33.4 binary is missing: copy it to /usr/local/bin/k3s with mode 0755'
node -e 'require("util").parseArgs({strict:false})' 2>/dev/null || problem 'Node 18.3 or later is missing: copy it to /usr/local/bin/node with mode 0755'
[ -e /srv/bundle.tar ] || problem 'the image bundle is missing: copy it to /srv/bundle.tar'
[ -z "$problems" ] || fail "this node is not ready:$problems"

systemctl is-enabled -q gen-node-registry.service || run systemctl enable --now --no-block gen-node-registry.service
systemctl is-active -q gen-node-registry.service || {
  $dry_run || systemctl start --no-block gen-node-registry.service
  wait_for "gen-node-registry.service, last message: $(journalctl -qb -t gen-node-registry -o cat -n 1)"
}

[ -s /etc/rancher/k3s/token ] || wait_for 'the token at /etc/rancher/k3s/token (on a server: cat /var/lib/rancher/k3s/server/node-token)'
version=$(k3s --version 2>&1) || :
found=$(echo "$version" | sed -n 's/^k3s version v\(1\.[^ ]*\).*/\1/p')
[ "$found" ] || fail "\`k3s --version\` prints \"$version\": is $(command -v k3s) k3s 1.x for $(uname -m)?"
case $found in
1.33.4 | 1.33.4[!0-9]*) note= ;;
*) note=" with k3s $found, while the spec has version 1.33.4" ;;
esac

installed=/var/lib/gen-node/installed
attempts=/run/gen-node/attempts
inputs=$(stat -c %y%i $manifest /etc/rancher/k3s/token)
if [ "$inputs" != "$(cat $installed 2>/dev/null)" ] || ! systemctl is-enabled -q k3s.service; then
  [ -z "$note" ] || report "start$note"
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
