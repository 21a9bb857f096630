#!/usr/bin/env bash
# postgres_server.sh start|stop|up|down|pool [FOLDER] - a PostgreSQL of one's own for a test.
#
#   start         makes one in a new folder, prints the folder; FOLDER/port is its port
#   down, up      stops it, starts it again
#   pool          starts a pgbouncer before it, FOLDER/pool_port; 77: there is none here
#   stop          stops all and takes the folder away
#
# It listens on 127.0.0.1 (scram for role selfheal, else trust) and in FOLDER. initdb
# does not run as root: it and the server run as user postgres then. Exit 77: no server here.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] && [ -x "$bin/initdb" ] && [ -f "$("$bin/pg_config" --pkglibdir)/pg_stat_statements.so" ] || exit 77
as=()
if [ "$(id -u)" -eq 0 ]; then
    id postgres >/dev/null 2>&1 || exit 77
    as=(setpriv --reuid=postgres --regid=postgres --init-groups --)
fi
free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
up() {
    (cd "$1" && "${as[@]}" "$bin/pg_ctl" -D "$1/data" -l "$1/log" -w -t 60 start >/dev/null) || { cat "$1/log" >&2 && exit 1; }
}
down() { (cd "$1" && "${as[@]}" "$bin/pg_ctl" -D "$1/data" -w -m fast stop >/dev/null); }

case "$1" in
start)
    folder=$(mktemp -d /tmp/selfheal-pg.XXXXXX)
    [ ${#as[@]} -eq 0 ] || chown postgres "$folder"
    (cd "$folder" && "${as[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C >/dev/null)
    port=$(free_port)
    cat >>"$folder/data/postgresql.conf" <<C
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
shared_preload_libraries = 'pg_stat_statements'
fsync = off
max_connections = 40
shared_buffers = 64MB
max_parallel_workers_per_gather = 0
autovacuum = off
C
    cat >"$folder/data/pg_hba.conf" <<C
local all all trust
host all selfheal 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
C
    echo "$port" >"$folder/port"
    up "$folder"
    echo "$folder"
    ;;
up) up "$2" ;;
down) down "$2" ;;
pool)
    command -v pgbouncer >/dev/null || exit 77
    pool_port=$(free_port)
    cat >"$2/pgbouncer.ini" <<C
[databases]
shop = host=$2 port=$(cat "$2/port") dbname=shop
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pool_port
unix_socket_dir =
auth_type = any
admin_users = pooladmin
default_pool_size = 20
pidfile = $2/pgbouncer.pid
logfile = $2/pgbouncer.log
C
    [ ${#as[@]} -eq 0 ] || chown postgres "$2/pgbouncer.ini"
    (cd "$2" && "${as[@]}" pgbouncer -q -d "$2/pgbouncer.ini") || exit 1
    for _ in $(seq 100); do
        psql -qAt -h 127.0.0.1 -p "$pool_port" -U pooladmin pgbouncer -c 'SHOW VERSION' >/dev/null 2>&1 && break
        sleep 0.1
    done
    echo "$pool_port" >"$2/pool_port"
    echo "$pool_port"
    ;;
stop)
    [ ! -f "$2/pgbouncer.pid" ] || kill "$(cat "$2/pgbouncer.pid")" 2>/dev/null || true
    down "$2" || true
    rm -rf "$2"
    ;;
*) echo "postgres_server.sh: start, stop, up, down or pool" >&2 && exit 2 ;;
esac
