#!/bin/sh
# Executes the README's quick start: the commands between the two comments
#   <!-- quick-start:begin -->   <!-- quick-start:end -->
# in an empty BEST_HOME. A line that begins with `./best up` runs in the background; a line that
# begins with `curl` must succeed and print something. Fails when there is none of either.
set -eu
cd -- "$(dirname -- "$0")/.."

work=$(mktemp -d)
chmod 755 "$work" # as root, the database runs as another user
export CI=true BEST_HOME="$work/home"
up=''

finish() {
    code=$?
    trap - EXIT INT TERM
    if [ -n "$up" ] && kill -0 "$up" 2>/dev/null; then
        kill -TERM "$up"
        wait "$up" || code=$?
    fi
    [ "$code" -eq 0 ] || { echo "The README's quick start failed ($code)."; cat "$work/up.log"; } >&2
    rm -rf "$work"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

find_free_port() {
    .venv/bin/python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

read_commands() {
    sed -n '/<!-- quick-start:begin -->/,/<!-- quick-start:end -->/p' README.md |
        grep -E '^(\$ )?(\./best|curl) ' | sed 's/^\$ //'
}

wait_until_ready() {
    tries=0
    until grep -q 'Best is ready' "$work/up.log"; do
        kill -0 "$up" 2>/dev/null || return 1
        tries=$((tries + 1))
        [ "$tries" -le 1200 ] || return 1
        sleep 0.1
    done
}

if ! command -v curl >/dev/null; then
    apt-get install -y -qq --no-install-recommends curl >/dev/null
fi
: >"$work/up.log"
./best doctor >/dev/null # makes .venv, which find_free_port needs
port=$(find_free_port)
metrics_port=$(find_free_port)
asked=0
read_commands >"$work/commands"
while IFS= read -r command <&3; do
    case $command in
    './best up'*)
        [ -z "$up" ] || { echo "The quick start starts ./best up twice" >&2 && exit 1; }
        ./best up --yes --port "$port" --metrics-port "$metrics_port" >"$work/up.log" 2>&1 &
        up=$!
        wait_until_ready
        ;;
    'curl '*)
        line=$(printf '%s\n' "$command" | sed "s/:8000/:$port/g")
        echo "+ $line" >&2
        sh -c "$line" >"$work/answer"
        [ -s "$work/answer" ] || { echo "no answer" >&2 && exit 1; }
        ! grep -q 'urn:problem-type' "$work/answer" || { cat "$work/answer" >&2 && exit 1; }
        asked=$((asked + 1))
        ;;
    *) echo "not executed here: $command" >&2 ;;
    esac
done 3<"$work/commands"
[ -n "$up" ] || { echo "The quick start does not start ./best up" >&2 && exit 1; }
[ "$asked" -gt 0 ] || { echo "The quick start asks for nothing with curl" >&2 && exit 1; }
echo "The README's quick start works: $asked answers." >&2
