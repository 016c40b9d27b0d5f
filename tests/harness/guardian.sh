#!/bin/sh
# Runs a server on behalf of a test process and ends with it.
#
#   guardian.sh SIGNAL DIR COMMAND...
#
# The test process holds the other end of our standard input. When that closes (the tests are done,
# or were killed), the server gets SIGNAL, whatever it has started is killed and DIR goes. The
# server's own death ends us too.
signal=$1
dir=$2
shift 2

exec 3<&0 </dev/null
# Browsers leave their driver's process group and outlive it; the environment they inherit tells
# whose they are.
mark=LOCKKEEPER_TEST_GUARDED=$dir
env "$mark" "$@" 3<&- &
server=$!
# A shell's `read`, not `cat`: no process is left behind when the watcher is killed.
( read -r _ <&3; kill -s "$signal" "$server" ) >/dev/null 2>&1 &
watcher=$!
# The shell reports a killed child; nobody may be left to read that, and the write would end us.
exec >/dev/null 2>&1
wait "$server"
status=$?
kill -KILL "$watcher"
# Again until none is left: the killed may have had time to start another or to write a file.
for _ in 1 2 3 4 5 6 7 8 9 10; do
    marked=$(grep -lszxF "$mark" /proc/[0-9]*/environ | cut -d/ -f3)
    [ -n "$marked" ] || break
    # shellcheck disable=SC2086  # one word per process
    kill -KILL $marked
done
rm -rf "$dir"
exit "$status"
