#!/bin/sh
# Data moves to the right only: a stage includes lib/, itself, and the published header of the
# stage before it. Inside runner/ source, kernel, machine and session follow one another in the same way;
# what these folders need of a later one is named here, header by header. The files of runner/ itself
# are the commands, the top of the house: they may include everything.
cd "$(dirname "$0")/../.." || exit 1

# stage: what its include lines may name ("" is the same folder)
allowed() {
	case $1 in
	lib)        echo '^lib/' ;;
	runner/guest) echo '^(lib/(alloc|record|strbuf|window)\.h|runner/guest/)' ;;
	runner/hba) echo '^(lib/|runner/hba/)' ;;
	runner/source) echo '^(lib|runner/source)/' ;;
	runner/kernel) echo '^((lib|runner/source|runner/kernel)/|runner/machine/probe\.h$)' ;;
	runner/machine) echo '^((lib|runner/source|runner/kernel|runner/machine|runner/hba)/|runner/session/workload\.h$)' ;;
	runner/session) echo '^(lib/|runner/(source|kernel|machine|session)/)' ;;
	collectors) echo '^(lib/|collectors/|runner/machine/rundir\.h$)' ;;
	collectors/plugin) echo '^(lib/(alloc|window)\.h|collectors/plugin/)' ;;
	db)         echo '^(lib/|db/|collectors/(observations|collect)\.h$|runner/machine/rundir\.h$)' ;;
	reports)    echo '^(lib/|reports/|db/(query|store)\.h$|collectors/observations\.h$)' ;;
	esac
}

echo 1..11
n=0
for stage in lib runner/source runner/kernel runner/machine runner/session runner/guest runner/hba collectors collectors/plugin db reports; do
	n=$((n + 1))
	bad=$(for f in "$stage"/*.c "$stage"/*.h; do
		sed -n 's/^#include "\(.*\)".*/\1/p' "$f" | while read -r inc; do
			case $inc in
			schema*.h) continue ;; # generated from db/schema.sql
			*/*) ;;
			*) inc=$stage/$inc ;;
			esac
			echo "$inc" | grep -Eq "$(allowed $stage)" || echo "# $f includes $inc"
		done
	done)
	if [ -z "$bad" ]; then
		echo "ok $n - $stage"
	else
		echo "not ok $n - $stage"
		echo "$bad"
	fi
done
