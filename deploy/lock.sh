#!/bin/sh
# Writes the lock files anew from pyproject.toml; needs the dev set in .venv (`./best lint` makes it).
#
#   sh deploy/lock.sh            keep the versions locked now where they still satisfy
#   sh deploy/lock.sh --upgrade  take the newest of everything
#
# No host names reach the output, so the files work behind any mirror.
set -eu
cd -- "$(dirname -- "$0")/.."

upgrade=${1:-}

lock() {
    .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-annotate ${upgrade:+"$upgrade"} "$@"
}

lock pyproject.toml -o deploy/requirements.txt
# What the wall needs, in an environment of its own; a package of both has one version.
lock links/requirements.in -c deploy/requirements.txt -o links/requirements.txt
# The dev set must hold both sets exactly: one .venv serves all.
lock pyproject.toml links/requirements.in --extra dev \
    -c deploy/requirements.txt -c links/requirements.txt -o deploy/requirements-dev.txt
printf 'uv\n' | lock - -o deploy/requirements-uv.txt
# What `./best bench` compares the API with, in an environment of its own.
printf 'tipg\nuvicorn\nuvloop\nhttptools\n' |
    lock - -c deploy/requirements.txt -o deploy/requirements-bench.txt
# And what it compares matching with.
printf 'addok==1.2.1\naddok-fr\naddok-france\n' | lock - -o deploy/requirements-addok.txt
