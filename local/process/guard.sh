#!/bin/sh
# Runs one command and ends it when the starter closes this script's standard input or dies, however it dies.
# Why: a process killed with -9 cannot clean up after itself, and a closing pipe is the one sign that always comes.
#
# usage: guard.sh LOGFILE CLEANUP_DIR GRACE_SECONDS COMMAND [ARGUMENT...]
#   LOGFILE      output of the command is appended to it; empty: this script's own output
#   CLEANUP_DIR  removed after the command has ended, unless it holds a file `keep`; empty: nothing
# Signals sent: INT (Postgres: fast shutdown), after GRACE_SECONDS QUIT (immediate), after five more KILL.
log=$1 cleanup=$2 grace=$3
shift 3
exec 3<&0 </dev/null
[ -n "$log" ] && exec >>"$log" 2>&1

"$@" 3<&- &
child=$!

gone_within() {
  ticks=$(($1 * 10))
  while [ "$ticks" -gt 0 ]; do
    kill -0 "$child" 2>/dev/null || return 0
    sleep 0.1
    ticks=$((ticks - 1))
  done
  return 1
}

(
  while read -r _ <&3; do :; done
  kill -INT "$child" 2>/dev/null
  gone_within "$grace" || kill -QUIT "$child" 2>/dev/null
  gone_within 5 || kill -KILL "$child" 2>/dev/null
) &
watcher=$!
exec 3<&-
trap 'kill -INT $child 2>/dev/null' INT TERM HUP

while :; do
  wait "$child"
  code=$?
  # a trapped signal ends wait early while the command still runs
  kill -0 "$child" 2>/dev/null || break
done
if kill -0 "$watcher" 2>/dev/null; then
  kill "$watcher" 2>/dev/null
fi
if [ -n "$cleanup" ] && [ ! -e "$cleanup/keep" ]; then
  rm -rf "$cleanup"
fi
exit "$code"
