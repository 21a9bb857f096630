#!/usr/bin/env bash
# store_on_postgres.sh FOLDER NAME... - the unit tests of the store, the same programs that run
# on SQLite, on a PostgreSQL of their own. Exit 77, loudly: no server here.
set -uo pipefail
folder=$1 && shift
here=$(cd "$(dirname "$0")" && pwd)
server=$(bash "$here/e2e/postgres_server.sh" start)
case $? in
0) ;;
77) echo "SKIPPED: no PostgreSQL server here (scripts/setup test): the store was tested on SQLite alone" >&2 && exit 77 ;;
*) echo "PostgreSQL does not start" >&2 && exit 1 ;;
esac
trap 'bash "$here/e2e/postgres_server.sh" stop "$server"' EXIT
export SELFHEAL_TEST_STORE="postgresql://postgres@127.0.0.1:$(cat "$server/port")/postgres"
status=0
for name in "$@"; do
    echo "== $name"
    "$folder/$name" || status=1
done
exit $status
