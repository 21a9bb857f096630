# postgres_harness.sh - sourced behind live_harness.sh: a PostgreSQL of the test's own, and a
# shop in it that customers ask.
server=$source_dir/tests/e2e/postgres_server.sh

# start_postgres - its folder in $folder, its port in $port; gone when the test ends. Skips,
# loudly, where there is none.
start_postgres() {
    needs psql
    folder=$(bash "$server" start)
    case $? in
    0) ;;
    77) echo "SKIPPED: no PostgreSQL server here (scripts/setup test)" >&2 && exit 77 ;;
    *) fail "PostgreSQL does not start" && exit 1 ;;
    esac
    on_leave 'bash "$server" stop "$folder"'
    port=$(cat "$folder/port")
}
# sql TEXT [DATABASE] - as role $as, by default the superuser; rows bare.
sql() { psql -qAtX -v ON_ERROR_STOP=1 -h "$folder" -p "$port" -U "${as:-postgres}" "${2:-shop}" -c "$1"; }

# start_shop - the server with postgres_shop.sql, selfheal's password in a file, and shop.bench
# for who asks by customer.
start_shop() {
    start_postgres
    psql -qX -v ON_ERROR_STOP=1 -h "$folder" -p "$port" -U postgres -f "$source_dir/tests/e2e/postgres_shop.sql" || fail "no shop"
    echo swordfish >password && chmod 600 password
    printf '\\set c random(1, 50000)\nSELECT count(*) FROM orders WHERE customer_id = :c;\n' >shop.bench
}
# load FILE - customers that ask, 40 times a second, until they are told to stop.
load() {
    needs pgbench
    pgbench -n -h "$folder" -p "$port" -U app -c 2 -R 40 -T 600 -f "$1" shop >/dev/null 2>bench.err &
    bench=$!
    servers+=($bench)
}
unload() { kill $bench 2>/dev/null; wait $bench 2>/dev/null; }
