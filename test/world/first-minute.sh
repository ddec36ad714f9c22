#!/bin/sh
# The first minute with a built program: start a server, sign in, set, lock, verify, stop. Arguments: node, program.
set -eu
node=$1 program=$2
home=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server" 2>/dev/null || true; rm -rf "$home"' EXIT
export HOME="$home" XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache"

postern() { "$node" "$program" "$@"; }

"$node" "$program" server start --data "$home/data" --listen 127.0.0.1:0 >"$home/out" 2>"$home/err" &
server=$!
tries=0
until grep -q 'login --local' "$home/out"; do
  tries=$((tries + 1))
  if [ "$tries" -gt 300 ] || ! kill -0 "$server"; then cat "$home/out" "$home/err"; exit 1; fi
  sleep 0.1
done

postern login --local "$home/data"
printf hunter2 | postern secret set --scope production DB_PASSWORD
VALUE=db.example postern variable set --scope production DB_HOST --from-env VALUE
test "$(postern variable get --scope production DB_HOST)" = db.example
postern policy lock secrets.set
postern secret list
postern audit verify
kill -TERM "$server"
wait "$server"
server=
echo "first minute done on $("$node" --version)"
