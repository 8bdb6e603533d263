#!/bin/sh
# From committed run directories to the database and the page, with no virtual machine.
. "$(dirname "$0")/lib.sh"

mkdir -p "$KAB_DATA/sessions"
cp -r "$root"/tests/data/runs/* "$KAB_DATA/sessions/"
run kab collect
exits 0 "collect"
runs=$(find "$root/tests/data/runs" -name manifest.json | wc -l)
ok "every run is stored" test "$(sql 'SELECT count(*) FROM run')" -eq "$runs"
run kab collect
exits 0 "collect again"
ok "storing is idempotent" test "$(sql 'SELECT count(*) FROM run')" -eq "$runs"
run env PATH=/nowhere "$KAB_BUILD/kab" report --output "$scratch/bare"
exits 0 "a report without gnuplot"
says 'gnuplot' "says that the plots are missing"
run kab report --output "$scratch/site"
exits 0 "the site"
ok "there is a page of the nights" grep -q 'A kernel against itself' "$scratch"/site/trends/*/index.html
ok "a page for each run" test "$(find "$scratch/site" -path '*/runs/[0-9]*.html' | wc -l)" -eq "$runs"
ok "no request leaves any page" sh -c \
	"! find $scratch/site -name '*.html' | xargs grep -Ei '(src|srcset)=\"(https?:)?//'"
run kab report --session "$(sql 'SELECT max(id) FROM session')" --output "$scratch/report"
exits 0 "a session alone"
page=$scratch/report/index.html
ok "the page has the verdict" grep -q 'mempool-bulk is better than linux-6.1' "$page"
ok "every picture is there" sh -c "cd $scratch/report && grep -oE '(src|srcset)=\"[^\"]+\"' index.html |
	sed 's/.*=\"//; s/\"//' | while read -r f; do [ -s \"\$f\" ] || exit 1; done"
ok "every picture has a text alternative" sh -c "! grep -oE '<img[^>]*>' $page | grep -v 'alt=\"[^\"]'"
ok "no request leaves the page" sh -c "! grep -Ei '(src|href|srcset)=\"(https?:)?//' $page"
for format in text json csv email benchstat junit ktap; do
	run kab report --format $format --all
	exits 0 "as $format"
	prints 'write_iops' "$format has the figures"
done
run kab report --format xml
exits 2 "an unknown format"
if command -v chromium >/dev/null; then
	chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
		--disable-component-update --disable-sync --user-data-dir="$scratch/chromium" \
		--window-size=1280,2000 --dump-dom "file://$page" >"$scratch/dom" 2>/dev/null
	ok "Chromium renders it" grep -q '</html>' "$scratch/dom"
fi

# Damage: one run directory cut, one incomplete
first=$(find "$KAB_DATA/sessions" -name manifest.json | sort | head -n 1)
head -c 50 "$first" >"$scratch/cut" && cp "$scratch/cut" "$first"
last=$(find "$KAB_DATA/sessions" -name status | sort | tail -n 1)
echo incomplete >"$last"
run kab collect --rebuild
exits 3 "a damaged run directory is an error"
says 'manifest\.json' "and named"
ok "the rest is stored" test "$(sql 'SELECT count(*) FROM run')" -ge $((runs - 2))
done_testing
