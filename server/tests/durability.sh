#!/usr/bin/env bash
# Shows with strace, on Linux, that nothing is answered as done before it is on the disk:
#
#   bash server/tests/durability.sh target/debug/signet
#
# 1. Before each answer to a registration there is a sync of the database.
# 2. When the disk fails (EIO) or is full (ENOSPC) in a sync, the answer is 503, and whatever was
#    answered 201 is there after the next start.
#
# Needs strace and curl. A kill alone would not show it: the system writes a dead process's pages.
set -euo pipefail
signet=$(realpath "${1:?the path of the program signet}")
cd "$(mktemp --directory)"
export SIGNET_LISTEN=127.0.0.1:8629 SIGNET_LOG=error SIGNET_THROTTLE_REGISTER=off

serve() { # the arguments of strace; sets `server`
    strace --follow-forks --output=trace.txt "$@" "$signet" serve 2>>log.txt &
    server=$!
    until curl --silent --output /dev/null "http://$SIGNET_LISTEN/healthz"; do
        kill -0 "$server"
        sleep 0.1
    done
}
stop() {
    pkill --parent "$server" --signal TERM || true
    wait "$server" || true
}
register() { # a name; prints the status
    curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' \
        --header 'Content-Type: application/json' \
        --data "{\"username\": \"$1\", \"password\": \"correct-horse-42\"}" \
        "http://$SIGNET_LISTEN/auth/register/"
}

serve --trace=fsync,fdatasync,writev,write,sendto
for number in 1 2 3 4 5; do
    [ "$(register "user$number")" = 201 ]
done
stop
# The syncs and the answers in their order: no two answers without a sync between them.
order=$(grep --only-matching --extended-regexp 'f(data)?sync\(|HTTP/1.1 201' trace.txt |
    sed 's/f.*sync(/sync/; s/HTTP.*/answer/')
answers=$(grep --count answer <<<"$order")
[ "$answers" = 5 ]
uniq <<<"$order" | grep --count answer | grep --quiet --line-regexp 5
echo "before each of $answers answers there is a sync"

for error in EIO ENOSPC; do
    rm -rf data
    SIGNET_LISTEN=127.0.0.1:8630 "$signet" user list >/dev/null
    # Of each thread, the syncs from the tenth on fail.
    serve --trace=fsync,fdatasync --inject="fsync,fdatasync:error=$error:when=10+"
    answered=() refused=0
    for number in $(seq 30); do
        case $(register "$error$number") in
        201) answered+=("$error$number") ;;
        503) refused=$((refused + 1)) ;;
        *) exit 1 ;;
        esac
    done
    stop
    [ "$refused" -gt 0 ]
    for name in "${answered[@]}"; do
        "$signet" user show "$name" >/dev/null
    done
    echo "$error: ${#answered[@]} answered and kept, $refused put off with 503"
done
