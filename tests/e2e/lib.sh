# SPDX-License-Identifier: GPL-2.0-or-later
# For the end-to-end tests: TAP, and a data directory of the test's own. The cache is the user's,
# so that kernels are built once; a test that needs another sets KAB_CACHE itself.
# shellcheck shell=sh
: "${KAB_BUILD:?is the folder with the kab to test; run the tests by make e2e}"
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/kab-test.XXXXXX")
trap 'chmod -R u+w "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
trap 'exit 1' INT TERM
must=${CI:+1} must=${must:-0} # for report, about a part that is left out: on CI a failure
export KAB_DATA="$scratch/data" KAB_SHARE="$root" LC_ALL=C NO_COLOR=1
count=0

kab() { "$KAB_BUILD/kab" "$@"; }

# Runs a command; out, err and status hold what came of it.
run() {
	"$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	status=$?
}

report() { # 0 or 1, description
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
		return
	fi
	echo "not ok $count - $2"
	if [ -f "$scratch/out" ]; then
		echo "# status ${status:-?}"
		head -n 15 "$scratch/out" | sed 's/^/# out: /'
		tail -n 15 "$scratch/err" | sed 's/^/# err: /'
	fi
}

ok() { # description, command...
	what=$1
	shift
	"$@" >/dev/null 2>&1
	report $? "$what"
}

exits() { # status, description: of the last run
	[ "$status" -eq "$1" ]
	report $? "$2 (exit status $1)"
}

says() { # pattern, description: in the last run's errors
	grep -Eq -- "$1" "$scratch/err"
	report $? "$2"
}

prints() { # pattern, description: in the last run's output
	grep -Eq -- "$1" "$scratch/out"
	report $? "$2"
}

done_testing() { echo "1..$count"; }

# One value out of a database.
sql() { sqlite3 -readonly "$KAB_DATA/kab.db" "$1"; }

# Nothing that was started in the scratch folder still runs.
no_leftovers() { ! pgrep -f "$scratch" >/dev/null; }
