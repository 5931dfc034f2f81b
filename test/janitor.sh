#!/bin/sh
# Waits until the test run at the other end of standard input has ended, by kill -9 too, and then removes what it left:
# the noted process groups, PostgreSQL, and the run's directory, which is the only argument.
set -u
run_dir=$1

cat >/dev/null

for note in "$run_dir"/processes/*; do
  if [ -e "$note" ]; then kill -s KILL -- "-${note##*/}" 2>/dev/null; fi
done

# Its first line is the process id. Not SIGKILL, which would leave shared memory behind.
if read -r postgres 2>/dev/null <"$run_dir/postgres/postmaster.pid"; then
  kill -INT "$postgres"
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    if kill -0 "$postgres" 2>/dev/null; then sleep 1; fi
  done
fi 2>/dev/null

rm -rf "$run_dir"
