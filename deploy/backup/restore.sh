#!/bin/sh
# Fills an empty database from a file of backup.sh; stops at the first error.
# Usage: restore.sh FILE URL
# Who may read the views is of the server, not of the file: boucle migrate says it anew.
set -eu
file=$1 url=$2
ask() { psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname="$url" --command="$1" >/dev/null; }

if pg_restore --list "$file" | grep -q ' EXTENSION - timescaledb '; then
    # The tables that TimescaleDB keeps of itself are filled like any other: until the end it must
    # not act on them. As superuser, and with the same version of the extension on both servers.
    ask "create extension if not exists timescaledb"
    ask "select timescaledb_pre_restore()"
    pg_restore --no-owner --no-privileges --exit-on-error --dbname="$url" "$file"
    ask "select timescaledb_post_restore()"
else
    pg_restore --no-owner --no-privileges --exit-on-error --single-transaction --dbname="$url" "$file"
fi
ask "analyze"
