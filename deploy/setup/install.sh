#!/bin/sh
# Installs pinned and hashed requirements with a line of progress, then the project itself.
set -eu
bin=$1
requirements=$2
total=$(grep -cE '^[a-zA-Z0-9_.-]+==' "$requirements")
log=$(mktemp)
trap 'rm -f "$log"' EXIT

echo "Installing $total packages (a minute or two, once)"
"$bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
    --require-hashes -r "$requirements" >"$log" 2>&1 &
pid=$!
trap 'kill $pid 2>/dev/null; rm -f "$log"' INT TERM
shown=
while kill -0 $pid 2>/dev/null; do
    sleep 1
    done_now=$(grep -cE '^(Collecting|Requirement already)' "$log" || true)
    line="  $done_now of $total"
    if grep -q '^Installing collected' "$log"; then line="  unpacking"; fi
    if [ "$line" != "$shown" ]; then
        echo "$line"
        shown=$line
    fi
done
if ! wait $pid; then
    tail -n 20 "$log" >&2
    echo "boucle: the packages could not be installed; the lines above say why. Check the network and run the command again" >&2
    exit 1
fi
"$bin/python" -m pip install --disable-pip-version-check --quiet --no-input \
    --no-deps --no-build-isolation --no-index -e .
echo "Installed"
