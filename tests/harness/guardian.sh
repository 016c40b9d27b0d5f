#!/bin/sh
# Runs a server on behalf of a test process and ends with it.
#
#   guardian.sh SIGNAL DIR COMMAND...
#
# The test process holds the other end of our standard input. When that closes (the tests are done,
# or were killed), the server gets SIGNAL, what is left of its process group is killed and DIR goes.
# The server's own death ends us too.
signal=$1
dir=$2
shift 2

exec 3<&0 </dev/null
# A session of its own, so that its process group holds its children and not us.
setsid "$@" 3<&- &
server=$!
# A shell's `read`, not `cat`: no process is left behind when the watcher is killed.
( read -r _ <&3; kill -s "$signal" "$server" ) >/dev/null 2>&1 &
watcher=$!
wait "$server"
status=$?
kill -KILL "$watcher" 2>/dev/null
kill -KILL -- "-$server" 2>/dev/null
# The killed may still be writing their last file.
rm -rf "$dir" || rm -rf "$dir" || rm -rf "$dir"
exit "$status"
