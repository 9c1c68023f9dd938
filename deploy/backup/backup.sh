#!/bin/sh
# Writes the whole database into one file while everybody works on it.
# Usage: backup.sh URL FILE
set -eu
url=$1 file=$2
# A file that is there under its name is whole.
pg_dump --format=custom --no-owner --file="$file.part" "$url"
mv "$file.part" "$file"
