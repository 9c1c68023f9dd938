#!/bin/sh
# Installs the few system parts the tests use, when it may; otherwise prints the one line to run.
# With CI or BOUCLE_REQUIRE_PARTS set, a part that is still missing is a failure.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
packages=
command -v mbpoll >/dev/null 2>&1 || packages="$packages mbpoll"
command -v chromium >/dev/null 2>&1 || packages="$packages chromium"
command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm"
command -v gcc >/dev/null 2>&1 || packages="$packages gcc libc6-dev"
command -v pkg-config >/dev/null 2>&1 && pkg-config --exists libmodbus ||
    packages="$packages pkg-config libmodbus-dev"

missing() {
    echo "boucle: $1" >&2
    if [ -n "${CI:-}${BOUCLE_REQUIRE_PARTS:-}" ]; then exit 1; fi
    echo "boucle: the tests that need it are skipped and say so" >&2
}

as_root=
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi
if [ -n "$packages" ]; then
    if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then
        echo "Installing the Debian packages of the tests:$packages"
        # shellcheck disable=SC2086 # a list of words on purpose
        $as_root apt-get update -q >/dev/null &&
            $as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y -q --no-install-recommends $packages >/dev/null ||
            missing "apt-get could not install$packages"
    else
        missing "missing parts of the tests. Run: sudo apt-get install -y$packages"
    fi
fi
# Unpacked and not installed: Debian would start both as services of this machine.
unpacked=$here/unpacked
for package in prometheus prometheus-alertmanager; do
    if [ ! -x "$unpacked/usr/bin/$package" ]; then
        echo "Unpacking the Debian package $package for the tests"
        mkdir -p "$unpacked"
        (cd "$unpacked" && { apt-get download -q "$package" >/dev/null 2>&1 ||
            { $as_root apt-get update -q >/dev/null && apt-get download -q "$package" >/dev/null; }; } &&
            dpkg-deb -x "$package"_*.deb . && rm "$package"_*.deb) ||
            missing "apt-get could not download $package"
    fi
done
# Debian's Alertmanager reads its templates of messages from there, wherever it lies itself.
templates=usr/share/prometheus/alertmanager
for template in default.tmpl email.tmpl; do
    if [ -f "$unpacked/$templates/$template" ] && [ ! -f "/$templates/$template" ]; then
        $as_root install -D -m 644 "$unpacked/$templates/$template" "/$templates/$template" ||
            missing "a template of Alertmanager could not be put into /$templates"
    fi
done
if command -v npm >/dev/null 2>&1; then
    if [ ! -f "$here/node_modules/.package-lock.json" ] ||
        [ "$here/package-lock.json" -nt "$here/node_modules/.package-lock.json" ]; then
        echo "Installing the npm tools of the tests"
        (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) ||
            missing "npm could not install the tools of tests/tools/package.json"
    fi
fi
