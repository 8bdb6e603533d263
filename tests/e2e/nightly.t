#!/bin/sh
# A night by one command: interrupted, failed and given again; its exit status, and what it removes.
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/servers/lib.sh"
unset NETRC CURL_CA_BUNDLE
export KAB_CACHE="${KAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kab}"
export no_proxy='*' TZ=UTC HOME="$scratch/home"
mkdir -p "$HOME" "$scratch/etc"

cat >"$scratch/etc/plan.json" <<-P
	{"name": "short", "kernels": ["linux-6.1", "linux-6.1"], "target": "det", "boots": 2,
	 "workloads": ["$root/tests/data/workloads/short.json"]}
P
port=$(free_port)
ok "certificates" make_certificates
echo '{"webhook": {"url": "http://127.0.0.1:9/hook"}}' >"$scratch/etc/notify.json"
cat >"$scratch/etc/night.json" <<-EOF
	{
		"plan": "plan.json", // beside this file
		"publish": [
			"../www",
			{"to": "https://localhost:$port/site/", "cacert": "../ca.pem", "tries": 1}
		],
		"notify": "notify.json",
		"retention": {"days": 30},
		"gate": ["worse", "failed"]
	}
EOF
night() { run kab nightly "$@" "$scratch/etc/night.json"; }
sessions() { ls "$KAB_DATA/sessions" | wc -l; }
another_day() { sed -i 's/"night": *"[^"]*"/"night":"2026-01-02"/' "$KAB_DATA"/nights/*.json; }
completed() { cat "$KAB_DATA"/sessions/*/runs/*/status 2>/dev/null | grep -cx complete; }
wait_until() { # seconds, condition...
	left=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}
has_run() { [ "$(completed)" -ge 1 ]; }

# --- interrupted, two at once ---------------------------------------------------------------------
perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$KAB_BUILD/kab" nightly "$scratch/etc/night.json" \
	>"$scratch/first.out" 2>"$scratch/first.err" &
pid=$!
ok "a night begins" wait_until 300 has_run
run kab nightly "$scratch/etc/night.json"
exits 3 "a second kab with the same configuration"
says 'another kab is at the night' "says so"
kill -INT $pid
wait $pid
status=$?
exits 130 "Ctrl-C"
ok "no process is left" wait_until 5 no_leftovers
# --- the publication fails ------------------------------------------------------------------------
night
exits 3 "the same command goes on; one destination is down"
prints 'publish +https://.*FAILED' "the summary says which"
prints 'publish +.*/www$' "the other has the site"
ok "it has" test -s "$scratch/www/index.html"
says 'continuing session' "the session was continued"
ok "one session" test "$(sessions)" -eq 1
ok "four runs" test "$(completed)" -eq 4
prints 'notify' "who has to be told was told"

before=$(completed)
night
exits 3 "given again while it is still down"
ok "nothing is run again" test "$(completed)" -eq "$before"
start_nginx "$port" "$scratch/dav" ""
night
exits 0 "the server is back"
prints 'publish +http' "only that is left to do"
ok "nothing else is done" sh -c "! grep -E '^  (run|report|notify|prune)' '$scratch/out'"
ok "the same site" diff -r -x kab-manifest.json "$scratch/www" "$scratch/dav/site"
night
exits 0 "a night that is complete"
says 'is complete' "says so"
ok "is not run again on the same day" test "$(sessions)" -eq 1

# --- the next night, killed in its middle ---------------------------------------------------------
another_day
"$KAB_BUILD/kab" nightly "$scratch/etc/night.json" >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
two() { [ "$(sessions)" -eq 2 ] && [ "$(completed)" -ge 5 ]; }
ok "the next day another night" wait_until 300 two
kill -KILL $pid
wait $pid 2>/dev/null
another_day
night
exits 0 "after a kill -9 it goes on, though the day is over"
ok "with the same session" test "$(sessions)" -eq 2
ok "of which all runs are stored" test "$(sql 'SELECT count(*) FROM run')" -eq 8

# --- gate -----------------------------------------------------------------------------------------
sed -i 's/"failed": *0/"failed": 1/' "$KAB_DATA"/nights/*.json
sed -i "s/\"night\": *\"[^\"]*\"/\"night\": \"$(date -u +%Y-%m-%d)\"/" "$KAB_DATA"/nights/*.json
night
exits 1 "a failed boot is 1 with that gate"
sed -i '/"gate"/d; s/{"days": 30},/{"days": 30}/' "$scratch/etc/night.json"
night
exits 0 "and 0 without"

# --- another night on the same day ----------------------------------------------------------------
sed -i 's/"boots": 2/"boots": 1/' "$scratch/etc/plan.json"
night
exits 0 "another plan is another night"
ok "another session" test "$(sessions)" -eq 3

# --- branches -------------------------------------------------------------------------------------
repository() { git -C "$scratch/there" -c user.name=x -c user.email=x@example.org "$@" >/dev/null 2>&1; }
mkdir "$scratch/there"
repository init -b main && repository commit --allow-empty -m one
git clone -q "$scratch/there" "$scratch/here" 2>/dev/null
repository commit --allow-empty -m two
fetched() {
	[ "$(git -C "$scratch/here" rev-parse origin/main)" = "$(git -C "$scratch/there" rev-parse main)" ]
}
sed -i 's#"name"#"fetch": [{"repository": "'"$scratch/here"'", "remote": "origin", "branch": "main"}], &#' \
	"$scratch/etc/plan.json"
night
exits 0 "a plan that fetches"
prints 'fetch +1 branches' "says so"
ok "the branch is there" fetched
ok "another session" test "$(sessions)" -eq 4
repository commit --allow-empty -m three
night
exits 0 "the night is complete"
ok "and fetches no more" sh -c "! grep fetch '$scratch/out'"
mv "$scratch/there" "$scratch/gone"
night --again
exits 3 "--again, and nothing can be fetched"
prints 'fetch +FAILED' "says so"
prints 'run +2 runs, 0 failed' "it is the night of what is there"
ok "a session more" test "$(sessions)" -eq 5

# --- what is wrong in a configuration ---------------------------------------------------------------
good=$(cat "$scratch/etc/night.json")
bad() { # sed script, pattern, description
	echo "$good" | sed "$1" >"$scratch/etc/night.json"
	night
	exits 2 "$3"
	says "$2" "$3: says so"
}
bad 's/plan.json/no.json/' 'no.json' "no such plan"
bad 's/"notify":/"notifi":/' 'did you mean "notify"' "an unknown key"
bad 's/"days": 30/"days": 0/' 'days' "an impossible retention"
bad 's/"retention": .*/"gate": ["bad"]/' '"worse" and "failed"' "an unknown gate"
bad 's#"../www"#7#' 'destination' "a destination that is none"
run kab nightly
exits 2 "no configuration"
stop_servers
ok "no process is left" no_leftovers

# --- examples ---------------------------------------------------------------------------------------
if command -v systemd-analyze >/dev/null; then
	cp "$root"/configs/nightly/kab-nightly.* "$scratch/etc/"
	sed -i "s#/usr/local/bin/kab#$KAB_BUILD/kab#" "$scratch/etc/kab-nightly.service"
	run systemd-analyze verify "$scratch/etc/kab-nightly.service" "$scratch/etc/kab-nightly.timer"
	exits 0 "systemd takes the service and the timer"
	ok "without a word" test ! -s "$scratch/err"
fi
done_testing
