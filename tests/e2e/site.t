#!/bin/sh
# The site of the seeds' plan, of 30 nights with holes, of a ladder and a bisection, and of names
# that must only ever be shown: every link leads somewhere, a browser finds nothing wrong, and three
# servers get all of it.
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/servers/lib.sh"
export HOME="$scratch/home" no_proxy='*'
unset NETRC CURL_CA_BUNDLE SSH_AUTH_SOCK AWS_SESSION_TOKEN
mkdir -p "$HOME" "$KAB_DATA/sessions" "$scratch/deep/er"
site="$scratch/deep/er/site"
npm="${KAB_NPM:-$root/build/npm}/node_modules"

simulate() { /usr/bin/python3 "$root/tests/browser/simulate.py" "$1" "$KAB_DATA/sessions"; }
look() { # name: Chromium's view of the site
	if [ ! -d "$npm/playwright-core" ] || [ ! -d "$npm/axe-core" ] ||
		! command -v chromium >/dev/null || ! command -v node >/dev/null; then
		report "$must" "$1 # SKIP no Chromium, node, or what make npm installs"
		return
	fi
	node "$root/tests/browser/check.mjs" "$npm" "$site" >"$scratch/tap" 2>"$scratch/err"
	looked=$?
	sed -n 's/^not \(ok.*\)/# \1/p; /^# /p' "$scratch/tap"
	head -n 20 "$scratch/err" | sed 's/^/# /'
	! grep -q '^not ok' "$scratch/tap" && [ $looked -eq 0 ] &&
		[ "$(grep -c '^ok' "$scratch/tap")" = "$(sed -n 's/^1\.\.//p' "$scratch/tap")" ]
	report $? "$1: $(grep -c '^ok' "$scratch/tap") checks in Chromium"
}
# Targets of links and pictures, without anchors, that are neither files nor addresses.
broken() {
	/usr/bin/python3 - "$site" <<-'P'
		import html.parser, os, sys, urllib.parse
		site = os.path.realpath(sys.argv[1])
		class Links(html.parser.HTMLParser):
		    def handle_starttag(self, tag, attrs):
		        for name, value in attrs:
		            if name in ("href", "src", "srcset") and value:
		                check(self.page, value.split()[0])
		def check(page, link):
		    url = urllib.parse.urlsplit(link)
		    if url.scheme in ("http", "https", "mailto", "data") or not url.path:
		        return
		    path = os.path.join(os.path.dirname(page), urllib.parse.unquote(url.path))
		    real = os.path.realpath(path)
		    inside = real == site or real.startswith(site + os.sep)
		    if url.scheme or not inside or not os.path.exists(real):
		        print(os.path.relpath(page, site), link[:100])
		for folder, _, files in os.walk(site):
		    for file in files:
		        if file.endswith(".html"):
		            links = Links()
		            links.page = os.path.join(folder, file)
		            links.feed(open(links.page, encoding="utf-8").read())
	P
}
no_broken() { broken >"$scratch/out"; [ ! -s "$scratch/out" ]; }

# The plan of the seeds, as it was run once: its kernels take an hour to build. "make site" runs it and
# gives the sessions of its data directory as KAB_TEST_SESSIONS.
if [ -n "${KAB_TEST_SESSIONS-}" ]; then
	cp -r "$KAB_TEST_SESSIONS"/. "$KAB_DATA/sessions/"
else
	tar -xJf "$root/tests/data/seeds.tar.xz" -C "$KAB_DATA/sessions"
fi

# --- nights ---------------------------------------------------------------------------------------
simulate nights
run kab collect
exits 0 "30 nights are stored"
run kab report --output "$site"
exits 0 "their site"
ok "with the seeds and what was published of them" grep -q 'dma_pool_alloc of 373,959 blocks' \
	"$site/published.html"
ok "and all their comparisons" test "$(ls -d "$site"/sessions/*/comparison-*/index.html | wc -l)" -ge 10
ok "every link leads to a file of the site" no_broken

# --- run directories that are pruned ----------------------------------------------------------------
raw() { find "$site/sessions" -path '*/runs/*/*' -type f | sort; }
raw >"$scratch/raw"
ok "pages have raw files beside them" test "$(wc -l <"$scratch/raw")" -gt 50
run kab prune --days 7
prints '^pruned: 29 sessions, 112 runs' "all nights but the newest are pruned"
run kab collect --rebuild
exits 0 "the database is made again"
run kab report --output "$site"
exits 0 "the site again"
ok "it still has the raw files" sh -c "find '$site/sessions' -path '*/runs/*/*' -type f | sort | cmp - '$scratch/raw'"
ok "every link leads to a file of the site" no_broken

# --- which patch, which commit ----------------------------------------------------------------------
# A ladder of two patches, and a bisection of 15 commits of which one does not boot, as they were run once.
tar -xJf "$root/tests/data/causes.tar.xz" -C "$KAB_DATA"
run kab collect
exits 0 "a ladder and a bisection are stored"
cp -r "$site/trends" "$scratch/trends"
run kab report --output "$site"
exits 0 "their site"
page=$site/bisections/32393a47cd0de47f-write_slat_mean_ns
ok "the ladder has its page" grep -q '2/2  dm crypt: allocate compound pages where possible' \
	"$site/sessions/20261129T150845Z-e1fe6e7c/index.html"
ok "the bisection has one" sh -c "grep -q '+10.48..%' '$page.html' && grep -q 'step 11: culprit' '$page.html'"
ok "with what does not boot" grep -q '^20c2a26b.*,panic: .*,8,,,skipped,,0,1' "$page.csv"
ok "and a log" grep -q '^# first bad commit: df0e28db5928 step 11: culprit dm-crypt.c$' "$page.log.txt"
ok "they are in no trend" sh -c "find '$scratch/trends' -name '*.csv' | sed 's:.*/trends/::' | while read -r f; do
	cmp '$scratch/trends/'\"\$f\" '$site/trends/'\"\$f\" || exit 1; done"
ok "every link leads to a file of the site" no_broken

# --- names ----------------------------------------------------------------------------------------
# What lies around the site before, and after.
around() { (cd "$scratch/deep" && find . -path ./er/site -prune -o -print && ls -d ../deep*); }
simulate hostile
run kab collect
exits 0 "hostile names are stored"
ok "all of them" test "$(sql "SELECT count(*) FROM run WHERE id LIKE '202608%'")" -eq \
	"$(ls -d "$KAB_DATA"/sessions/202608*/runs/* | wc -l)"
before=$(around)
run kab report --output "$site"
exits 0 "their site"
ok "nothing is written outside the site" test "$before" = "$(around)"
ok "not even elsewhere" test ! -e /tmp/kab-evil
ok "names of files are plain" sh -c "! find '$site' | LC_ALL=C grep '[^-A-Za-z0-9._/+]'"
ok "names are shown" grep -rq '&lt;kab-evil&gt;' "$site"
ok "also those with 10,000 letters" grep -rqE 'x{500}' "$site"
ok "no picture has markup of theirs" sh -c "! grep -rl '<kab-evil' '$site' --include='*.svg'"
svgs() { find "$site" -name '*.svg' -print0 | xargs -0 xmllint --noout; }
ok "pictures are well-formed" svgs
ok "every link leads to a file of the site" no_broken
look "30 nights and hostile names"
for format in text json csv email benchstat junit ktap; do
	for session in "$KAB_DATA"/sessions/202608*; do
		kab report --session "${session##*/}" --format $format --all >"$scratch/form" 2>"$scratch/err" ||
			report 1 "${session##*/} as $format"
		case $format in
		json) /usr/bin/python3 -m json.tool "$scratch/form" >/dev/null ;;
		junit) xmllint --noout "$scratch/form" ;;
		*) ! LC_ALL=C grep -q "$(printf '\033')" "$scratch/form" ;;
		esac || report 1 "${session##*/} as $format is well-formed"
	done
done

# --- three servers --------------------------------------------------------------------------------
same() { # folder
	diff -r -x kab-manifest.json -x '.*' "$site" "$1" && [ -s "$1/kab-manifest.json" ]
}
ok "certificates" make_certificates
port=$(free_port)
start_nginx "$port" "$scratch/dav" ""
run kab publish --site "$site" --cacert "$scratch/ca.pem" "https://localhost:$port/nights/"
exits 0 "published by WebDAV"
ok "all of it" same "$scratch/dav/nights"
port=$(free_port)
start_sshd "$port"
mkdir -p "$scratch/sftp"
run kab publish --site "$site" --identity "$scratch/ssh/me" --known-hosts "$scratch/ssh/known_hosts" \
	"sftp://$(id -un)@127.0.0.1:$port$scratch/sftp/nights/"
exits 0 "by SFTP"
ok "all of it" same "$scratch/sftp/nights"
port=$(free_port)
mkdir -p "$scratch/s3"
if start_s3 "$port" "$scratch/s3" nights; then
	export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER
	run kab publish --site "$site" --endpoint "http://127.0.0.1:$port" s3://nights/site
	exits 0 "to S3"
	objects() { # the folder as s3rver keeps it
		(cd "$scratch/s3/nights/site" && find . -name '*._S3rver_object' |
			sed 's/\._S3rver_object$//' | grep -v kab-manifest.json | sort)
	}
	ok "all of it" test "$(objects)" = "$(cd "$site" && find . -type f ! -name '.*' | sort)"
	rm "$site/index.html" && echo '<h1>changed</h1>' >"$site/index.html"
	run kab publish -v --site "$site" --endpoint "http://127.0.0.1:$port" s3://nights/site
	ok "then only what changed" test "$(sed -n 's/^put //p' "$scratch/err")" = index.html
else
	report "$must" "S3 # SKIP no s3rver (make npm)"
fi
stop_servers
ok "no process is left" no_leftovers
done_testing
