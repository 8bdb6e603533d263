#!/bin/sh
# Mail (aiosmtpd) and a webhook about what got worse or failed: once per change.
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/servers/lib.sh"

if ! /usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || ! command -v openssl >/dev/null; then
	echo "1..0 # SKIP no aiosmtpd or no openssl"
	exit 0
fi
export no_proxy='*'
unset CURL_CA_BUNDLE KAB_MAIL_PASSWORD KAB_WEBHOOK_SECRET
from="$root/tests/data/runs/20261120T210235Z-b0483553"
servers_dir="$root/tests/e2e/servers"

# A session of a later night: worse (the arms are swapped) or better.
night() { # day, worse|better
	fresh=yes
	session="202611${1}T210235Z-b0483553"
	mkdir -p "$KAB_DATA/sessions"
	cp -r "$from" "$KAB_DATA/sessions/$session"
	for run in "$KAB_DATA/sessions/$session"/runs/*; do
		sed -i "s/20261120T210235Z/202611${1}T210235Z/g; s/2026-11-20T/2026-11-${1}T/g" \
			"$run/manifest.json"
		[ "$2" = worse ] || continue
		sed -i 's/"arm": *0/"arm": X/; s/"arm": *1/"arm": 0/; s/"arm": X/"arm": 1/
			s/"linux-6.1+mempool-bulk"/"linux-old"/; s/"linux-6.1"/"linux-new"/
			s/"linux-old"/"linux-6.1"/; s/"linux-new"/"linux-6.1+mempool-bulk"/' \
			"$run/manifest.json"
	done
}
fails() { # of the last night: dmcrypt-4k of the new kernel
	for run in "$KAB_DATA/sessions/$session"/runs/*; do
		grep -q '"arm": *1' "$run/manifest.json" && grep -q dmcrypt-4k "$run/manifest.json" || continue
		cat >"$run/outcome.json" <<-'EOF'
			{"outcome": "failed", "wall_ms": 1, "exit": "killed", "findings": [{"workload":
			"dmcrypt-4k", "kind": "oops", "severity": "failure", "message":
			"BUG <script>alert(1)</script> \r\nBcc: you@example.org \u001b[31m"}]}
		EOF
	done
}
tell() {
	if [ -n "$fresh" ]; then
		kab collect "$KAB_DATA/sessions/$session"/runs/* 2>"$scratch/err" || return 1
	fi
	fresh=
	run kab notify --tries 1 ${pictures-} "$@" "$scratch/config.json"
}
mails() { find "$scratch/mail" -name '*.eml' | wc -l; }
hooks() { find "$scratch/hook" -name '*.json' | wc -l; }
has() { # mails, hooks, description
	[ "$(mails)" -eq "$1" ] && [ "$(hooks)" -eq "$2" ]
	report $? "$3: $1 mails, $2 webhooks"
}

ok "certificates" make_certificates
mkdir "$scratch/mail" "$scratch/hook"
smtp=$(free_port)
http=$(free_port)
start "$smtp" /usr/bin/python3 "$servers_dir/smtpd.py" "$smtp" "$scratch/mail" \
	"$scratch/server.pem" "$scratch/server.key"
mailer=$pid
start "$http" /usr/bin/python3 "$servers_dir/hook.py" "$http" "$scratch/hook" "hook word"
echo "mail word" >"$scratch/password"
echo "hook word" >"$scratch/secret"
chmod 600 "$scratch/password" "$scratch/secret"
config() { # sed script
	sed "$1" >"$scratch/config.json" <<-EOF
		{
			// addresses
			"site": "https://perf.example.org/nights/",
			"cacert": "ca.pem",
			"mail": {
				"server": "smtp://localhost:$smtp",
				"from": "kab <kab@example.org>",
				"to": ["Ann <ann@example.org>", "bob@example.org"],
				"user": "kab",
				"password_file": "password"
			},
			"webhook": {"url": "http://127.0.0.1:$http/hook/SECRETPATH", "secret_file": "secret"}
		}
	EOF
}
config ''

night 20 better
tell
exits 0 "a night in which nothing got worse"
has 0 0 "nobody is told"

night 21 worse
tell --dry-run
exits 0 "a dry run"
prints 'mail: kab: 4 proven worse' "prints the message"
has 0 0 "and tells nobody"
tell
exits 0 "a night with something worse"
has 1 1 "told once"
ok "no password in what was said" sh -c "! grep -E 'mail word|hook word|SECRETPATH' '$scratch/err'"
run /usr/bin/python3 "$servers_dir/mail.py" "$scratch/mail/1.eml"
exits 0 "a mail that a mail program reads"
prints '^X-Envelope: kab@example.org ann@example.org bob@example.org' "to whom it goes"
prints '^Subject: kab: 4 proven worse' "its subject"
prints '^Date: UTC' "its date"
prints '^part multipart/related -$' "multipart/related"
prints '^part multipart/alternative -$' "multipart/alternative"
prints '^ write_iops +1480.5/s +1349.1/s +-8.87% +exact' "the table"
prints 'https://perf.example.org/nights/' "the site"
ok "at most 72 columns" test "$(sed -n 's/^widest //p' "$scratch/out")" -le 72
prints '^defects 0' "no defects"
prints '^other addresses 0' "nothing is loaded from elsewhere"
if command -v gnuplot >/dev/null; then
	prints '^part image/png inline' "a plot within it"
	prints '^png True' "which is a PNG"
	prints '^pictures shown True' "and shown by the HTML"
fi
pictures=--no-pictures
run cat "$scratch/hook/1.json"
prints '"workload":"dmcrypt-1m","metric":"write_iops"' "the webhook's JSON"
prints '"delta_pct":-8.87' "its figures"

tell
has 1 1 "the same night again"
night 22 worse
tell
exits 0 "another night like it"
has 1 1 "one message per change, not per night"
night 23 better
tell
has 1 1 "better again: silence"
night 24 worse
tell
has 2 2 "worse again: a new message"

night 25 worse
fails
tell
exits 0 "a night with a failure"
has 3 3 "told"
run /usr/bin/python3 "$servers_dir/mail.py" "$scratch/mail/3.eml"
prints '^Subject: kab: dmcrypt-4k failed: oops of linux-6.1\+mempool-bulk' "only the failure"
ok "no header by a message of a guest" sh -c "! grep -q '^Bcc:' '$scratch/mail/3.eml'"
ok "no script in the HTML" sh -c "! grep -qi '<script' '$scratch/mail/3.eml' ||
	! sed -n '/text.html/,\$p' '$scratch/mail/3.eml' | grep -q '<script'"
ok "no escape sequence" sh -c "! grep -q \"\$(printf '\\033')\" '$scratch/mail/3.eml'"
night 26 worse
fails
tell
has 3 3 "it still fails: silence"
night 27 worse
tell
has 3 3 "it runs again, as slow as before: silence"
night 28 worse
fails
touch "$scratch/mail/refuse"
tell
exits 3 "the mail server refuses for now"
says '45[0-9]' "says so"
has 3 4 "the webhook hears it"
tell
has 3 4 "and hears it once"
rm "$scratch/mail/refuse"
tell
exits 0 "the next call completes"
has 4 4 "the mail is sent, the webhook not called again"
run kab notify --session 20261124T210235Z-b0483553 "$scratch/config.json"
exits 3 "an older session"
has 4 4 "is not told"

# What is wrong with the set-up
night 29 better
tell
night 30 worse
chmod 644 "$scratch/password"
tell
exits 3 "a password that others can read"
says 'chmod 600' "says what to do"
has 4 5 "the webhook alone"
chmod 600 "$scratch/password"
echo wrong >"$scratch/password"
tell
exits 3 "a wrong password"
says 'cannot send mail' "says so"
echo "mail word" >"$scratch/password"
config '/cacert/d'
tell
exits 3 "an unknown certificate authority"
says 'certificate' "says so"
has 4 5 "nothing is sent"
config ''
stop_server "$mailer"
tell
exits 3 "the mail server is down"
says 'onnect' "says so"
config 's/smtp:/http:/'
tell
exits 2 "no mail server at all"
config 's/ann@example.org/ann@example.org>, <x/'
tell
exits 2 "a recipient who is two"
says 'not an address' "says so"
config 's/"user": "kab",/"usr": "kab",/'
tell
exits 2 "an unknown key"
says 'did you mean "user"' "suggests the right one"
config 's/"password_file"/"plaintext": true, "password_file"/'
tell
exits 2 "a password without TLS"
stop_servers
ok "no server is left" no_leftovers
done_testing
