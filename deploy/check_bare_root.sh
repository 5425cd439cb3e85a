#!/bin/sh
# Runs the quick start in a bare Debian, and the Containerfile's steps with it:
#
#   sh deploy/check_bare_root.sh SUITE MIRROR     (as root; needs debootstrap)
#
# for example `bookworm` or `trixie`, and the address of a Debian mirror. Makes a minbase root in a
# temporary directory, copies the checkout there, runs `./best up --yes` as root and then as a
# plain user, asks both for an address,
# and removes everything. About two minutes and 1.5 GB.
set -eu

[ $# -eq 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2 && exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "debootstrap and chroot need root" >&2 && exit 3; }
suite=$1 mirror=$2
checkout=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
root=$(mktemp -d /var/tmp/best-root-XXXXXX)
chmod 755 "$root" # it is everybody's / in there
up=''

finish() {
    code=$?
    trap - EXIT INT TERM
    if [ -n "$up" ] && kill -0 "$up" 2>/dev/null; then
        kill -TERM "$up"
        wait "$up" || true
    fi
    # Never remove a tree that still has the machine's own /dev mounted in it.
    for place in dev proc; do
        if mountpoint -q "$root/$place"; then umount "$root/$place" || exit 3; fi
    done
    rm -rf --one-file-system "$root"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

inside() { in_root "$@"; }

# Without `exec`, a signal for the background job would reach this shell and not the program.
in_root() {
    exec_or_run=
    if [ "$1" = exec ]; then exec_or_run=exec && shift; fi
    $exec_or_run chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin CI=true HOME=/root \
        ${SSL_CERT_FILE:+SSL_CERT_FILE=/etc/machine-ca.crt} "$@"
}

serve_and_ask() { # LABEL PORT COMMAND...
    label=$1 port=$2
    shift 2
    began=$(date +%s)
    in_root exec "$@" >"$root/up.log" 2>&1 &
    up=$!
    until grep -q 'Best is ready' "$root/up.log"; do
        kill -0 "$up" 2>/dev/null || { cat "$root/up.log" >&2 && exit 1; }
        sleep 0.2
    done
    echo "$label: ready after $(($(date +%s) - began)) s"
    grep -v '"event":"request"' "$root/up.log"
    inside "$venv_python" -c "
import json, sys, urllib.request
answer = json.load(urllib.request.urlopen('http://127.0.0.1:$port/v1/addresses/bru-210225'))
sys.exit(answer['houseNumber'] != '16')"
    kill -TERM "$up"
    wait "$up"
    up=''
}

venv_python=/opt/best/.venv/bin/python
debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
    { tail -20 "$root.log" >&2 && exit 3; }
rm -f "$root.log"
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# A machine behind a proxy with a certificate of its own lends the root what it trusts.
[ -z "${SSL_CERT_FILE:-}" ] || cp "$SSL_CERT_FILE" "$root/etc/machine-ca.crt"
mkdir -p "$root/opt/best"
tar -C "$checkout" --exclude=./.venv --exclude=./.git --exclude='__pycache__' --exclude='./.*_cache' \
    -cf - . | tar -C "$root/opt/best" --no-same-owner -xf -

serve_and_ask "root, from nothing" 8121 /opt/best/best up --yes --port 8121
serve_and_ask "root, again" 8121 /opt/best/best up --yes --port 8121
inside useradd --system --create-home --home-dir /var/lib/best-user best
serve_and_ask "plain user (the Containerfile's last steps)" 8123 \
    setpriv --reuid=best --regid=best --clear-groups \
    env BEST_HOME=/var/lib/best-user/data /opt/best/best up --port 8123
inside /opt/best/best reset --yes
echo "$suite: all is well"
