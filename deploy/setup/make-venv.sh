#!/bin/sh
# Makes the virtual environment, or says in one line what is missing and how to get it.
set -eu
python=$1
venv=$2

fail() {
    echo "boucle: $1" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    fail "no '$python' here. Install it: apt-get install python3 python3-venv (as root or with sudo)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old: Boucle needs Python 3.11 or later. Name a newer one: make PYTHON=python3.12 ..."
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "Python's venv module is missing. Install it: apt-get install python3-venv (as root or with sudo)"
here=$(dirname "$venv")
[ -w "$here" ] ||
    fail "the folder $(cd "$here" && pwd) is read-only for $(id -un): clone Boucle where you may write"
# An interrupted earlier attempt leaves half an environment: start again.
rm -rf "$venv"
"$python" -m venv "$venv"
