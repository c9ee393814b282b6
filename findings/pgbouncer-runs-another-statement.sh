#!/usr/bin/env bash
# PgBouncer 1.18 (Debian 12) with pool_mode = transaction, PostgreSQL 15, psycopg 3.3.9 (PyPI, binary).
#
# Expected: prepared statements and pool_mode = transaction do not go together, and PostgreSQL says so: a statement
#           that a server's connection does not know is an error (SQLSTATE 26000), one that it knows already, too (42P05).
# Seen:     drivers count their names from the same start (psycopg `_pg3_0`, sqlx `sqlx_s_1`), so two clients call
#           different statements the same. If the pooler lends one of them the connection on which the other prepared
#           its own, there is no error: the other's statement runs, with the values of this one, and its rows come back as
#           the answer. Here `SELECT 'one: ' || $1` answers "two: 1".
# For us:   retrying after 26000 and 42P05 does not make that mode safe. Signet tries both ways at its start, and does not
#           serve through such a pooler.
#
# Exits with 0 while that is so, with 1 if it has changed.
set -euo pipefail
postgres=$(ls -d /usr/lib/postgresql/15/bin 2>/dev/null || true)
pgbouncer=$(PATH=$PATH:/usr/sbin command -v pgbouncer || true)
if [ -z "$postgres" ] || [ -z "$pgbouncer" ] || [ "$(id -u)" != 0 ]; then
    echo "skipped: PostgreSQL 15, PgBouncer and root are needed"
    exit 0
fi
folder=$(mktemp -d)
as_postgres() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
finish() {
    [ -z "${pooler:-}" ] || kill "$pooler" || true
    as_postgres "$postgres/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT
chown postgres "$folder"
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'psycopg[binary]==3.3.9'
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
as_postgres "$postgres/initdb" -D "$folder/data" -U postgres --auth=trust --no-sync >/dev/null
as_postgres "$postgres/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
    -o "-h 127.0.0.1 -p $port -c unix_socket_directories= -c fsync=off" start >/dev/null
pooled=$(free_port)
cat >pgbouncer.ini <<INI
[databases]
* = host=127.0.0.1 port=$port user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $pooled
unix_socket_dir =
auth_type = any
pool_mode = transaction
INI
chmod 644 pgbouncer.ini
"$pgbouncer" -q -u postgres pgbouncer.ini &
pooler=$!
cat >check.py <<'PYTHON'
import sys, time, psycopg

def connect():
    for _ in range(200):
        try:
            return psycopg.connect(sys.argv[1], autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise SystemExit("the pooler does not answer")

def ask(client, name):
    answer = client.execute(f"SELECT '{name}: ' || %t", ["1"], prepare=True)
    return answer.fetchone()[0]

def backend(client):
    return client.execute("SELECT pg_backend_pid()", prepare=False).fetchone()[0]

one, two = connect(), connect()
# Both are in a transaction at once, so each has a connection of the server of its own.
one.execute("BEGIN"), two.execute("BEGIN")
of_one, of_two = backend(one), backend(two)
assert (ask(one, "one"), ask(two, "two")) == ("one: 1", "two: 1")
# The connection of the second is given back, that of the first is kept by a third client.
one.execute("COMMIT"), two.execute("COMMIT")
keeper = connect()
keeper.execute("BEGIN")
if backend(keeper) == of_two:
    other = connect()
    other.execute("BEGIN")
    assert backend(other) == of_one
    keeper.execute("ROLLBACK")
assert backend(one) == of_two, "the pooler lent another connection than was thought"
answer = ask(one, "one")
print(f"asked for 'one: ' || '1', answered {answer!r}")
assert answer == "two: 1", answer
PYTHON
venv/bin/python check.py "host=127.0.0.1 port=$pooled user=postgres dbname=postgres"
