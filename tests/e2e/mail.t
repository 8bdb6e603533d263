#!/bin/sh
# Series of patches from mails: our own, indexed and served by a real public-inbox on loopback; what a
# server should not send; and the base of a series, in the sources of configs/ and in a repository.
. "$(dirname "$0")/lib.sh"
. "$root/tests/e2e/servers/lib.sh"
real_home=$HOME
export KAB_CACHE="${KAB_CACHE:-$real_home/.cache/kab}" HOME="$scratch/home" no_proxy='*'
export PI_DIR="$scratch/pi" GIT_CONFIG_NOSYSTEM=1
mkdir -p "$HOME"
git config --global user.name 'kab developers'
git config --global user.email kab@kab.invalid
git config --global init.defaultBranch main

# One kernel source, so that the search for a base is short, and a debug dress of it.
share=$scratch/share
mkdir -p "$share/configs/kernels" "$share/runner/guest"
cp -r "$root/configs/fragments" "$root/configs/workloads" "$root/configs/published.json" "$share/configs/"
cp "$root/configs/kernels/default.json" "$root"/configs/kernels/linux-6.1*.json "$share/configs/kernels/"
rm -f "$share/configs/kernels/linux-6.12.json"
cp -r "$root/patches" "$share/"
export KAB_SHARE="$share"

# The base of a series among the sources: unpacks it when it is not there.
run kab compare "$root/patches/mempool-bulk" -w nothing
says '"mempool-bulk" applies to linux-6.1$' "a series alone: its base is found, not the debug one"
says 'unknown workload "nothing"' "and it goes on as with two kernels"
tree=
for tree in "$KAB_CACHE"/sources/*; do
	grep -qx 'PATCHLEVEL = 1' "$tree/Makefile" && break
done

# A small kernel repository with the files that the series changes.
repo=$scratch/repo
git init -q "$repo"
for f in Makefile Kconfig arch/x86/Makefile drivers/md/dm-crypt.c include/linux/gfp.h include/linux/mempool.h \
	mm/mempolicy.c mm/mempool.c mm/page_alloc.c; do
	mkdir -p "$repo/$(dirname $f)"
	cp "$tree/$f" "$repo/$f"
done
git_in() { git -C "$repo" "$@"; }
{
	git_in add -A && git_in commit -qm 'linux 6.1' && git_in tag -a -m 6.1 v6.1
	echo '/* another */' >>"$repo/mm/mempool.c" && git_in commit -qam another && git_in tag -a -m later v6.1.1
	sed -i 's/mempool_alloc/mempool_get/' "$repo/mm/mempool.c" && git_in commit -qam changed && git_in tag v6.2
	git_in checkout -q -b topic v6.1
	git_in am -q $(sed 's/#.*//' "$root/patches/mempool-bulk/series" | sed "s,^,$root/patches/mempool-bulk/,")
} >"$scratch/git.log" 2>&1 || sed 's/^/# /' "$scratch/git.log"

# Two revisions of it. The first with attachments, the second in the encodings that mails may have.
mkdir "$scratch/v1" "$scratch/v2"
git_in format-patch -q --attach --cover-letter --thread=shallow -o "$scratch/v1" v6.1
git_in commit -q --amend -m 'dm-crypt: allocate the pages of a write in bulk

Better words.'
sleep 1.1 # git makes Message-Ids of seconds
first=$(sed -n 's/^Message-I[dD]: <\(.*\)>/\1/p' "$scratch"/v1/0000*)
git_in format-patch -q -v2 --cover-letter --thread=shallow --in-reply-to="$first" --base=v6.1 -o "$scratch/v2" v6.1
sed -i 's/\*\*\* SUBJECT HERE \*\*\*/dm-crypt: pages of a write in bulk/' "$scratch"/v?/*0000*
/usr/bin/python3 - "$scratch"/v2/v2-000[1-3]* <<'PYTHON'
import email, sys
from email import charset, policy
for path, encoding in zip(sys.argv[1:], (charset.QP, charset.BASE64, charset.QP)):
    with open(path, "rb") as f:
        line, rest = f.read().split(b"\n", 1)
    mail = email.message_from_bytes(rest, policy=policy.compat32)
    text = mail.get_payload()
    del mail["MIME-Version"], mail["Content-Type"], mail["Content-Transfer-Encoding"]
    c = charset.Charset("utf-8")
    c.body_encoding = encoding
    mail.set_payload(text.encode("utf-8", "surrogateescape").decode(), c)
    with open(path, "wb") as f:
        f.write(line + b"\n" + mail.as_bytes(policy=policy.compat32.clone(max_line_length=None)))
PYTHON
id_of() { sed -n 's/^Message-I[dD]: <\(.*\)>/\1/p' "$1" | head -n 1; }
cover=$(id_of "$scratch"/v2/v2-0000*)
second=$(id_of "$scratch"/v2/v2-0002*)
answer() { # id, parent, body
	printf 'From: R <r@kab.invalid>\nTo: list@kab.invalid\nDate: Fri, 2 Jan 2026 00:00:00 +0000\nMessage-ID: <%s>\nIn-Reply-To: <%s>\nSubject: Re: [PATCH v2 2/5] mm\n\n%b' "$1" "$2" "$3"
}

# The server
ok "a public-inbox is made" public-inbox-init -V2 kernel "$scratch/inbox" http://127.0.0.1/kernel/ list@kab.invalid
git config -f "$PI_DIR/config" publicinboxmda.spamcheck none
deliver() { ORIGINAL_RECIPIENT=list@kab.invalid public-inbox-mda --no-precheck; }
for mail in "$scratch"/v1/*.patch "$scratch"/v2/*.patch; do
	sed '1s/^From .*/X-From: x/;0,/^Subject:/s/^Subject:/To: list@kab.invalid\nSubject:/' "$mail" | deliver
done
answer r1@kab.invalid "$second" '> quoted\n> Tested-by: Not Me <n@kab.invalid>\nReviewed-by: R <r@kab.invalid>\n' | deliver
answer r2@kab.invalid "$cover" 'All good.\n\nAcked-by: All <all@kab.invalid>\n' | deliver
port=$(free_port)
start "$port" public-inbox-httpd -l "127.0.0.1:$port"
inbox=$pid
export KAB_LORE="http://127.0.0.1:$port/kernel"

run kab list "lore:$first"
exits 0 "a thread, asked for by the first mail of its first revision"
prints '^dm-crypt: pages of a write in bulk \(v2\)$' "the newest revision is taken"
prints "base  *$(git_in rev-parse v6.1^0)" "with its base"
prints "link  *$KAB_LORE/$cover/" "and the page of its cover letter"
ok "each patch has its own page" test "$(grep -c "^       $KAB_LORE/" "$scratch/out")" -eq 5
ok "an answer to a patch is that patch's" test "$(grep -c 'Reviewed-by: R <r@kab.invalid>' "$scratch/out")" -eq 1
ok "one to the cover letter is everybody's" test "$(grep -c 'Acked-by: All' "$scratch/out")" -eq 5
ok "what is quoted is nobody's" test "$(grep -c 'Not Me' "$scratch/out")" -eq 0
run kab list "lore:$first"
ok "a second time nothing is asked for" test ! -s "$scratch/err"

# The same patches from each of the forms: one kernel. They change one file, so that it is soon built.
git_in checkout -q -b small v6.1
sed -i 's/^MODULE_DESCRIPTION.*/MODULE_DESCRIPTION("first");/' "$repo/drivers/md/dm-crypt.c"
git_in commit -qam 'dm-crypt: first'
sed -i 's/^MODULE_DESCRIPTION.*/MODULE_DESCRIPTION("second");/' "$repo/drivers/md/dm-crypt.c"
git_in commit -qam 'dm-crypt: second'
git_in format-patch -q --cover-letter --thread=shallow -o "$scratch/small" v6.1
git_in checkout -q topic
sed -i 's/\*\*\* SUBJECT HERE \*\*\*/dm-crypt: two words/' "$scratch"/small/0000*
for mail in "$scratch"/small/*.patch; do
	sed '1s/^From .*/X-From: x/;0,/^Subject:/s/^Subject:/To: list@kab.invalid\nSubject:/' "$mail" | deliver
done
small=$(id_of "$scratch"/small/0002*)
cat "$scratch"/small/*.patch >"$scratch/all.mbox"
mkdir -p "$scratch/md/cur" "$scratch/md/new" "$scratch/md/tmp"
for mail in "$scratch"/small/*.patch; do sed 1d "$mail" >"$scratch/md/cur/$(basename "$mail"):2,S"; done
run kab kernels build "linux-6.1+lore:$small" "linux-6.1+$scratch/small" "linux-6.1+$scratch/all.mbox" "linux-6.1+$scratch/md"
exits 0 "a thread, a folder, an mbox and a maildir are built"
ok "to the same kernel" test "$(awk '{ print $2 }' "$scratch/out" | sort -u | wc -l)" -eq 1

# The everyday call
run kab compare "lore:$small" --target det -w dmcrypt-4k
exits 0 "a thread against its base"
says 'applies to linux-6.1' "which is told"
prints 'write_iops .*=' "and is answered"
ok "the mails are remembered with the run" \
	test "$(sql "SELECT count(*) FROM environment WHERE key LIKE 'series.%' AND value LIKE '%$small%'")" -ge 1
run kab report --output "$scratch/site"
ok "the page of the comparison names the patches" grep -qr --include=index.html '<li>dm-crypt: second' "$scratch/site"
rm -rf "$KAB_DATA"

# Inside a repository: base-commit, or the newest tag on which it applies. The repository stays as it is.
state() { (cd "$repo" && GIT_OPTIONAL_LOCKS=0 git status --porcelain && git for-each-ref && find . -type f | sort | xargs sha256sum) | sha256sum; }
before=$(state)
inside() { (cd "$repo" && kab compare "$@" -w nothing); }
run inside "lore:$first"
says "is made for $(git_in rev-parse --short=12 v6.1^0) \(base-commit\)" "the base that the series names"
ok "the repository is as it was" test "$(state)" = "$before"
git_in checkout -q main
before=$(state)
run inside "$scratch/v1"
says 'applies to the tag "v6.1.1"' "no base named: the newest tag on which it applies"
ok "the repository is as it was, again" test "$(state)" = "$before"
git_in checkout -q topic
mkdir "$scratch/none"
sed 's/mempool_alloc/mempool_nowhere/g' "$scratch/v1/0003"* >"$scratch/none/0003-x.patch"
run inside "$scratch/none"
exits 2 "a series that applies nowhere"
says 'applies to none of the newest [0-9]+ tags' "is said so"
says 'mempool\.[ch]: the hunk at line [0-9]+' "with file and hunk"
run kab compare "$scratch/none" -w nothing
exits 2 "nor on any source"
says 'applies to none of the kernel sources' "is said so"
says 'mempool\.[ch]: hunk [0-9]+, at line [0-9]+' "with file and hunk"

# Threads that are not whole
rm "$scratch"/v1/0003*
run kab list "$scratch/v1"
exits 2 "a patch is missing"
says 'the series is not whole: v1 lacks 3/5' "and named"
cp "$scratch"/v1/0002* "$scratch/v1/0009-again.patch"
sed -i 's/^+\(.*mempool.*\)/+\1 /' "$scratch/v1/0009-again.patch"
cp "$scratch"/v2/v2-0003* "$scratch/v1/0003-x.patch"
sed -i 's/v2 3/3/' "$scratch/v1/0003-x.patch"
run kab list "$scratch/v1"
exits 2 "a number twice"
says 'two different patches have number 2 of 5' "is said so"

# Servers
run kab list lore:nobody@kab.invalid
exits 2 "a message that the server does not have"
says 'there is no message "nobody@kab.invalid" at "http' "is said so"
port=$(free_port)
start "$port" /usr/bin/python3 "$root/tests/e2e/servers/odd.py" "$port"
odd() { KAB_LORE="http://127.0.0.1:$port/$1" run kab list "lore:$first"; }
while read -r kind words; do
	odd "$kind"
	exits 2 "the server sends: $kind"
	says "$words" "$words"
done <<'END'
page sends a page in place of a thread
half is cut short
text holds no mails
plain is not a gzip file
bomb is more than a thread of mails can be
endless the answer has more than 64 MiB
busy 503
END

# The server goes away: what was fetched an hour ago is taken, with a warning.
stop_server "$inbox"
find "$KAB_CACHE/downloads" -name '*.mbox' -newer "$scratch/git.log" -exec touch -d '2 hours ago' {} +
run kab list "lore:$first"
exits 0 "the server is gone"
says 'is taken as it was 2 hours ago' "the thread in the cache is used"
find "$KAB_CACHE/downloads" -name '*.mbox' -mmin +100 -mmin -140 -delete
run kab list "lore:$first"
exits 2 "and not in the cache"
says 'cannot get "http' "is an error"
done_testing
