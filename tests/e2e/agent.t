#!/bin/sh
# The agent is a part of what the instruction clock counts: its bytes must not depend on where, or with
# which of the user's flags, it is built.
. "$(dirname "$0")/lib.sh"

mkdir "$scratch/elsewhere"
cp -r "$root/Makefile" "$root/lib" "$root/runner" "$scratch/elsewhere"
run make -C "$scratch/elsewhere" SETUP=no CFLAGS="-O1 -g3" build/kab-agent
exits 0 "the agent builds elsewhere, with other flags"
ok "its bytes are the same" cmp "$scratch/elsewhere/build/kab-agent" "$KAB_BUILD/kab-agent"
ok "no folder is named in it" sh -c '! grep -aq "$1" "$2"' - "$root" "$KAB_BUILD/kab-agent"

done_testing
