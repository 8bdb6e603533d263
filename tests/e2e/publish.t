#!/bin/sh
# The site to a directory, WebDAV (nginx), SFTP (OpenSSH) and S3 (s3rver, Swift), and what goes wrong there.
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/servers/lib.sh"

for program in /usr/sbin/nginx /usr/sbin/sshd openssl; do
	if ! command -v $program >/dev/null; then
		echo "1..0 # SKIP no $program"
		exit 0
	fi
done
export HOME="$scratch/home" no_proxy='*'
unset NETRC CURL_CA_BUNDLE SSH_AUTH_SOCK AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
mkdir -p "$HOME"
site="$scratch/site"

# A real site first, then one that is small and has names of all sorts.
mkdir -p "$KAB_DATA/sessions"
cp -r "$root"/tests/data/runs/* "$KAB_DATA/sessions/"
kab collect 2>/dev/null && kab report >/dev/null 2>&1
mkdir -p "$site/night one/deep"
head -c 300000 /dev/urandom >"$site/big.png"
echo one >"$site/a+b%20(c)~&;'\"#?.svg"
echo page >"$site/night one/page.html"
echo index >"$site/night one/index.html"
echo deep >"$site/night one/deep/index.html"
echo feed >"$site/feed.atom"
echo '<h1>front one</h1>' >"$site/index.html"

# Everything that the site has is there, and nothing else but the manifest.
same() { # folder
	diff -r -x kab-manifest.json -x '.*' "$site" "$1" && [ -s "$1/kab-manifest.json" ]
}
publish() { run kab publish --site "$site" --tries 1 "$@"; }
change() { # what the front page says
	echo "<h1>$1</h1>" >"$site/index.html"
	head -c 300000 /dev/urandom >"$site/big.png"
}
put_order() { sed -n 's/^put //p' "$scratch/err" | tr '\n' ' '; }

# --- a directory ---------------------------------------------------------------------------------
run kab publish "$scratch/real"
exits 0 "a real report to a directory"
ok "all of it" diff -r -x kab-manifest.json -x ".*" "$KAB_DATA/report" "$scratch/real"
publish --dry-run "$scratch/dir"
prints '^put index.html$' "--dry-run says what would be put"
ok "and puts nothing" test ! -e "$scratch/dir"
publish -v "$scratch/dir"
exits 0 "a small site"
ok "all of it" same "$scratch/dir"
ok "parts first, front page last" test "$(put_order)" = "a+b%20(c)~&;'\"#?.svg big.png \
night one/page.html night one/deep/index.html night one/index.html feed.atom index.html "
echo mine >"$scratch/dir/mine.txt"
publish "$scratch/dir"
says 'has it all' "nothing to do the second time"
rm -r "$site/night one/deep"
echo two >"$site/night one/page.html"
publish -v "$scratch/dir"
ok "only what changed" test "$(put_order)" = "night one/page.html "
ok "what is gone is removed" test ! -e "$scratch/dir/night one/deep"
ok "what others put there stays" test -f "$scratch/dir/mine.txt"
publish "$site/night one"
exits 3 "into the site itself"
mkdir "$scratch/empty"
run kab publish --site "$scratch/empty" "$scratch/dir"
exits 3 "a folder without a front page is no site"
ok "and removes nothing" test -f "$scratch/dir/index.html"
sed 's/"big.png"/"..\/..\/mine"/' "$scratch/dir/kab-manifest.json" >"$scratch/bad" &&
	cp "$scratch/bad" "$scratch/dir/kab-manifest.json"
publish "$scratch/dir"
exits 3 "a manifest that leads out of the destination"
says 'not a path of a site' "says so"
echo x >"$site/.hidden"
ln -s /etc/passwd "$site/link"
publish "$scratch/dir2"
says 'link" is neither a file' "symbolic links are refused"
rm "$site/link"

# --- WebDAV --------------------------------------------------------------------------------------
ok "certificates" make_certificates
dav="$scratch/dav"
port=$(free_port)
url="https://localhost:$port"
ca="--cacert $scratch/ca.pem"
start_nginx "$port" "$dav" ""
nginx=$pid
publish "$url/site/"
exits 3 "an unknown certificate authority"
says 'certificate' "says so"
ok "nothing was put" test ! -e "$dav/site"
publish $ca "https://127.0.0.1:$port/site/"
exits 0 "WebDAV with the authority given"
ok "all of it" same "$dav/site"
run env CURL_CA_BUNDLE="$scratch/ca.pem" "$KAB_BUILD/kab" publish --site "$site" "$url/site/"
says 'has it all' "the authority from CURL_CA_BUNDLE; nothing to do"
change 'front two'
mkdir "$site/new" && echo new >"$site/new/x.html" && rm "$site/feed.atom"
publish $ca -v "$url/site"
ok "changes, a new folder, and a removed file" same "$dav/site"

publish $ca "https://me:pass@localhost:$port/private/"
exits 3 "a password in the URL"
says 'does not belong' "says why"
ok "and does not repeat it" sh -c "! grep -q 'me:pass' '$scratch/err'"
mkdir -p "$dav/private"
publish $ca "$url/private/"
exits 3 "no password"
says '401.*credentials' "says so"
echo "machine localhost login me password \"pass word\"" >"$scratch/netrc"
chmod 644 "$scratch/netrc"
publish $ca --credentials "$scratch/netrc" "$url/private/"
exits 3 "a credentials file that others can read"
says '644.*chmod 600' "says what to do"
chmod 600 "$scratch/netrc"
publish $ca --credentials "$scratch/netrc" -v "$url/private/"
exits 0 "a credentials file of mode 600"
ok "all of it" same "$dav/private"
ok "no password in what was said" sh -c "! grep -q 'pass word' '$scratch/err'"
ok "none in what was put" sh -c "! grep -rq 'pass word' '$dav/private'"
cp "$scratch/netrc" "$HOME/.netrc"
publish $ca "$url/private/"
says 'has it all' "the password from ~/.netrc"
rm "$HOME/.netrc"
export KAB_PUBLISH_USER=me KAB_PUBLISH_PASSWORD='pass word'
publish $ca "$url/private/"
says 'has it all' "the password from the environment"
publish "http://example.invalid/private/"
says 'plain text' "never as plain text over a network"
unset KAB_PUBLISH_USER KAB_PUBLISH_PASSWORD

# Faults. In each the old front page stays, and the next call completes.
front() { cat "$dav/site/index.html"; }
fault() { # pattern, description
	exits 3 "$2"
	says "$1" "$2: a clear error"
	ok "$2: the old front page is whole" test "$(front)" = "$before"
}
completes() { # description
	publish $ca "$url/site/"
	exits 0 "$1: the next call completes"
	ok "$1: all of it" same "$dav/site"
}
restart() { # what goes wrong
	stop_server "$nginx"
	start_nginx "$port" "$dav" "$1"
	nginx=$pid
}

before=$(front)
change 'front three'
stop_server "$nginx"
publish $ca "$url/site/"
fault "onnect" "server down"
ok "server down: one error" test "$(grep -c error: "$scratch/err")" -eq 1
start_nginx "$port" "$dav" 'limit_except GET { deny all; }'
nginx=$pid
publish $ca "$url/site/"
fault '403.*not allow' "403"
restart 'if ($request_method = PUT) { return 500; }'
run kab publish --site "$site" --tries 2 $ca "$url/site/"
fault '500.*failed' "500"
says 'trying again in 1 s' "500 is tried again"
restart 'if ($request_uri ~ big.png) { return 503; }'
publish $ca "$url/site/"
fault '503' "503 at one file"
restart ""
completes "faults of the server"

before=$(front)
change 'front four'
cut=$(free_port)
start "$cut" /usr/bin/python3 "$root/tests/e2e/servers/faulty.py" "$cut" "$port" cut 150000
cutter=$pid
publish $ca "https://localhost:$cut/site/"
fault 'put "big.png"' "cut half-way through a file"
stop_server "$cutter"
completes "cut half-way through a file"

before=$(front)
change 'front five'
slow=$(free_port)
start "$slow" /usr/bin/python3 "$root/tests/e2e/servers/faulty.py" "$slow" "$port" hang
publish $ca --timeout 2 "https://localhost:$slow/site/"
fault 'timed out|[Tt]imeout|too slow' "a silent server"
stop_server "$pid"
completes "a silent server"

# Someone else begins meanwhile: seen before pages are changed.
before=$(front)
change 'front six'
restart 'if ($request_uri ~ index.html) { return 503; }'
publish $ca "$url/site/"
fault '503' "pages refused"
ok "the manifest does not claim the front page" grep -q '"index.html":null' "$dav/site/kab-manifest.json"
ok "it knows what was put" grep -q "\"big.png\":\"$(sha256sum <"$site/big.png" | cut -c1-64)" \
	"$dav/site/kab-manifest.json"
restart ""
publish $ca -v "$url/site/"
ok "the next call goes on where it was" test "$(put_order)" = "index.html "
ok "all of it" same "$dav/site"

# Disk full at the server: a small tmpfs in a namespace, with the server in it.
if unshare --user --map-root-user --mount true 2>/dev/null; then
	stop_server "$nginx"
	mkdir -p "$scratch/small"
	unshare --user --map-root-user --mount sh -c '
		small=$1 kab=$2 root=$3 scratch=$4 site=$5
		mount -t tmpfs -o size=400k none "$small" || exit 99
		KAB_BUILD=$6; export KAB_BUILD
		. "$root/tests/e2e/servers/lib.sh"
		trap stop_servers EXIT
		port=$(free_port)
		start_nginx "$port" "$small/dav" "" || exit 98
		to="https://localhost:$port/site/"
		"$kab" publish --site "$site" --tries 1 --cacert "$scratch/ca.pem" "$to" || exit 97
		cp -r "$site" "$small.site"
		echo new >"$small.site/index.html"
		head -c 300000 /dev/urandom >"$small.site/other.png"
		"$kab" publish --site "$small.site" --tries 1 --cacert "$scratch/ca.pem" "$to"
		echo "full $? $(cat "$small/dav/site/index.html")"
		mount -o remount,size=4m "$small"
		"$kab" publish --site "$small.site" --tries 1 --cacert "$scratch/ca.pem" "$to"
		echo "more $? $(cat "$small/dav/site/index.html")"' \
		sh "$scratch/small" "$KAB_BUILD/kab" "$root" "$scratch" "$site" "$KAB_BUILD" \
		>"$scratch/out" 2>"$scratch/err" </dev/null
	status=$?
	prints '^full 3 <h1>front six' "disk full at the server: the old front page"
	says '50[07].*(failed|full)' "says so"
	prints '^more 0 new' "with more space the next call completes"
fi
stop_servers

# --- SFTP ----------------------------------------------------------------------------------------
port=$(free_port)
sftp="$scratch/sftp"
mkdir -p "$sftp"
start_sshd "$port"
sshd=$pid
key="--identity $scratch/ssh/me --known-hosts $scratch/ssh/known_hosts"
url="sftp://$(id -un)@127.0.0.1:$port$sftp"
publish --identity "$scratch/ssh/me" "$url/site/"
exits 3 "SFTP without known_hosts"
says 'known' "says so"
ssh-keygen -q -t ed25519 -N '' -f "$scratch/ssh/other"
echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$scratch/ssh/other.pub")" >"$scratch/ssh/wrong_hosts"
publish --identity "$scratch/ssh/me" --known-hosts "$scratch/ssh/wrong_hosts" "$url/site/"
exits 3 "another host key"
: >"$scratch/ssh/no_hosts"
publish --identity "$scratch/ssh/me" --known-hosts "$scratch/ssh/no_hosts" "$url/site/"
exits 3 "an unknown host"
ok "nothing was put" test ! -e "$sftp/site"
chmod 644 "$scratch/ssh/me"
publish $key "$url/site/"
says 'chmod 600' "a private key that others can read is refused"
chmod 600 "$scratch/ssh/me"
publish --identity "$scratch/ssh/other" --known-hosts "$scratch/ssh/known_hosts" "$url/site/"
exits 3 "a key that the server does not know"
publish $key "$url/site/"
exits 0 "SFTP"
ok "all of it" same "$sftp/site"
change 'front seven'
rm -r "$site/new"
rm "$sftp/site/big.png" "$sftp/site/night one/page.html" && mv "$site/night one" "$site/night two"
echo mine >"$sftp/site/mine.txt"
publish $key -v "$url/site/"
exits 0 "changes by SFTP"
ok "what others put there stays" rm "$sftp/site/mine.txt"
ok "all of it, and what is gone is removed" same "$sftp/site"
ok "nothing unfinished stays" test -z "$(find "$sftp" -name '*.kab-part')"
change 'front eight'
cut=$(free_port)
start "$cut" /usr/bin/python3 "$root/tests/e2e/servers/faulty.py" "$cut" "$port" cut 150000
known=$(sed "s/:$port /:$cut /" "$scratch/ssh/known_hosts")
echo "$known" >>"$scratch/ssh/known_hosts"
publish $key "sftp://$(id -un)@127.0.0.1:$cut$sftp/site/"
exits 3 "SFTP cut half-way through a file"
ok "the old front page" grep -q 'front seven' "$sftp/site/index.html"
publish $key "$url/site/"
exits 0 "the next call completes"
ok "all of it" same "$sftp/site"
stop_server "$sshd"
publish $key "$url/site/"
exits 3 "SFTP server down"
stop_servers

# --- S3 ------------------------------------------------------------------------------------------
port=$(free_port)
mkdir -p "$scratch/s3"
s3="--endpoint http://127.0.0.1:$port"
publish $s3 s3://nights/site
exits 3 "S3 without credentials"
export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER
publish $s3 s3://nights/site
exits 3 "S3 server down"
if start_s3 "$port" "$scratch/s3" nights; then
	publish $s3 s3://nights/site
	exits 0 "S3"
	ok "an object" cmp -s "$site/big.png" "$scratch/s3/nights/site/big.png._S3rver_object"
	ok "its type" grep -q 'image/png' "$scratch/s3/nights/site/big.png._S3rver_metadata.json"
	change 'front nine'
	mv "$site/night two" "$site/night one"
	publish $s3 -v s3://nights/site/
	ok "only what changed" test "$(put_order)" = "big.png night one/page.html night one/index.html \
index.html "
	ok "the new front page" cmp -s "$site/index.html" "$scratch/s3/nights/site/index.html._S3rver_object"
	ok "what is gone is removed" test ! -e "$scratch/s3/nights/site/night two/page.html._S3rver_object"
	publish $s3 s3://elsewhere/site/
	says 'NoSuchBucket' "an unknown bucket"
	run env AWS_ACCESS_KEY_ID=other "$KAB_BUILD/kab" publish --tries 1 --site "$site" $s3 s3://nights/x
	says '403 InvalidAccessKeyId' "an unknown key"
	stop_servers
else
	report "$must" "S3 # SKIP no s3rver (make npm)"
fi

# --- S3 with a server that verifies signatures -----------------------------------------------------
port=$(free_port)
swift="$scratch/swift"
s3="--endpoint http://127.0.0.1:$port"
export AWS_ACCESS_KEY_ID=kab:me
stored() { # every file of the site as the server has it
	(cd "$site" && find . -type f ! -name '.*' | sed 's|^./||') >"$scratch/names"
	while read -r name; do
		path=$(/usr/bin/python3 -c 'import sys, urllib.parse as u; print(u.quote(sys.argv[1]))' "$name")
		swift_request "$port" "$swift" "nights/site/$path" | cmp -s - "$site/$name" || return 1
	done <"$scratch/names"
	[ -s "$scratch/names" ]
}
if start_swift "$port" "$swift" nights; then
	export AWS_SECRET_ACCESS_KEY=wrong
	publish $s3 s3://nights/site
	exits 3 "S3 with a wrong secret"
	says '403 SignatureDoesNotMatch' "the server tells it by the signature"
	ok "nothing was stored" test -z "$(find "$swift/srv" -name '*.data')"
	export AWS_SECRET_ACCESS_KEY=secret
	publish $s3 s3://nights/site
	exits 0 "with the right one"
	ok "all files, byte for byte" stored
	change 'front ten'
	publish $s3 -v s3://nights/site/
	ok "only what changed" test "$(put_order)" = "big.png index.html "
	ok "all files, byte for byte" stored
	run env AWS_REGION=eu-west-9 "$KAB_BUILD/kab" publish --tries 1 --site "$site" $s3 s3://nights/site
	exits 3 "a signature for another region"
	stop_servers
else
	report "$must" "S3 signatures # SKIP no Swift"
fi

# --- two at once on one machine --------------------------------------------------------------------
publish ftp://x/
exits 3 "an unknown way"
run kab publish
exits 2 "no destination"
ok "no server is left" no_leftovers
done_testing
