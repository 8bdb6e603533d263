#!/bin/sh
# Data moves to the right only: a stage includes lib/, itself, and the published header of the
# stage before it. main.c and the cmd-*.c files are the top and may include everything.
cd "$(dirname "$0")/../.." || exit 1

# stage: what its include lines may name ("" is the same folder)
allowed() {
	case $1 in
	lib)        echo '^lib/' ;;
	runner/guest) echo '^(lib/(alloc|record|strbuf|window)\.h|runner/guest/)' ;;
	runner/hba) echo '^(lib/|runner/hba/)' ;;
	runner)     echo '^(lib|runner)/' ;;
	collectors) echo '^(lib/|collectors/|runner/rundir\.h$)' ;;
	collectors/plugin) echo '^(lib/(alloc|window)\.h|collectors/plugin/)' ;;
	db)         echo '^(lib/|db/|collectors/(observations|collect)\.h$|runner/rundir\.h$)' ;;
	reports)    echo '^(lib/|reports/|db/(query|store)\.h$|collectors/observations\.h$)' ;;
	esac
}

echo 1..8
n=0
for stage in lib runner runner/guest runner/hba collectors collectors/plugin db reports; do
	n=$((n + 1))
	bad=$(for f in "$stage"/*.c "$stage"/*.h; do
		case $f in
		runner/main.c | runner/cmd-*.c | runner/commands.h | runner/results.* | runner/profiled.* | \
			runner/pruning.* | runner/publishing.* | runner/telling.* | runner/bisection.*) continue ;;
		esac
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
