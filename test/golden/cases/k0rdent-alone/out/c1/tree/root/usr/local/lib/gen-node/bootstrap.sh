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
  printf '%s\n' "$@" |
  timeout 60 node -e 'process.on("uncaughtException", error => {
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
command -v k0s >/dev/null || problem 'the k0s binary is missing: copy it to /usr/local/bin/k0s with mode 0755'
node -e 'require("util").parseArgs({strict:false})' 2>/dev/null || problem 'Node 18.3 or later is missing: copy it to /usr/local/bin/node with mode 0755'
[ -e /var/lib/gen-node/bundle ] || problem 'the image bundle is missing: copy it to /var/lib/gen-node/bundle'
[ -z "$problems" ] || fail "this node is not ready:$problems"

systemctl is-enabled -q gen-node-registry.service || run systemctl enable --now --no-block gen-node-registry.service
systemctl is-active -q gen-node-registry.service || {
  $dry_run || systemctl start --no-block gen-node-registry.service
  wait_for "gen-node-registry.service, last message: $(journalctl -qb -t gen-node-registry -o cat -n 1)"
}

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
chart=/var/lib/gen-node/charts/k0rdent-enterprise-1.2.2.tgz
chart_repository=charts/k0rdent-enterprise
chart_tag=1.2.2

chart_layers() {
  tr -d ' \t\r\n' | sed -e 's/\\\//\//g' -e 's/\\.//g' | tr '"' '\n' | sed 'n;s/[][{}]//g' | tr '\n' '"' |
    sed -e ':a' -e 's/":{[^{}]*}/":0/g' -e 'ta' | tr '{' '\n' |
    sed -n '/"mediaType":"application\/vnd.cncf.helm.chart.content.v1.tar+gzip"/s/.*"digest":"sha256:\([0-9a-f]*\)".*/\1/p'
}

take_chart() {
  for url; do
    printf '%s: ' "$url"
    manifest=$(get "$url/v2/$chart_repository/manifests/$chart_tag" 'Accept: application/vnd.oci.image.manifest.v1+json') || continue
    digest=$(printf '%s\n' "$manifest" | chart_layers)
    if [ ${#digest} -ne 64 ]; then
      echo 'the manifest does not have exactly one layer with a chart'
      continue
    fi
    if [ -f "$chart" ] && [ "$(sha256sum <"$chart")" = "$digest  -" ]; then return; fi
    get "$url/v2/$chart_repository/blobs/sha256:$digest" >"$chart.new" || continue
    if [ "$(sha256sum <"$chart.new")" != "$digest  -" ]; then
      echo "the content does not have the digest sha256:$digest"
      continue
    fi
    sync
    mv -f "$chart.new" "$chart" && return
  done
  return 1
}

[ -d "${chart%/*}" ] || run mkdir -p "${chart%/*}"
former=$(stat -c %i "$chart" 2>/dev/null) || :
$dry_run || reasons=$(take_chart http://127.0.0.1:5000 2>&1) ||
  fail "the chart $chart_repository:$chart_tag cannot be taken from the registry:
$reasons
"'add it to the bundle /var/lib/gen-node/bundle'
[ "$former" = "$(stat -c %i "$chart" 2>/dev/null)" ] || report "took the chart $chart_repository:$chart_tag from the registry"

output=$(k0s config validate --config /etc/k0s/k0s.yaml 2>&1) || fail "k0s refuses /etc/k0s/k0s.yaml: $output"

set -- k0s install controller --enable-worker --no-taints --config /etc/k0s/k0s.yaml
installed=/var/lib/gen-node/installed
attempts=/run/gen-node/attempts
inputs=$(stat -c %y%i $manifest)
if [ "$inputs" != "$(cat $installed 2>/dev/null)" ] || [ ! -s /etc/systemd/system/k0scontroller.service ]; then
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
  echo "$answer" | grep -q 'probing successful: true' || return
  answer='its kubelet does not answer'
  get http://127.0.0.1:10248/healthz >/dev/null 2>&1
}
if ! works; then
  error=$({ journalctl -qb -u k0scontroller.service -S "@$(stat -c %Y $installed)" -o cat; } 2>/dev/null | sed -nE '/^Error: /p; s/.*(level=(error|fatal) .*)/\1/p' | tail -n 1)
  reason="k0s to report a working node: ${error:-$answer}
see journalctl -u k0scontroller.service"
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
