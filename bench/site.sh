#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The site of ten years of nights (3,650 x 60 metrics x 3 kernels), and one night more; a comparison
# out of ten million samples. site.sh KAB DECADE SCRATCH: a line "NAME VALUE LIMIT" each.
set -eu
kab=$1 decade=$2 scratch=$3
export KAB_DATA="$scratch/site-data"
db=$scratch/decade.db site=$scratch/decade-site

seconds() { # command...
	local TIMEFORMAT=%R
	{ time "$@" >/dev/null 2>&1; } 2>&1
}
report() { "$kab" report --database "$db" --output "$site"; }

"$decade" "$db" 0 3650
echo "site_of_ten_years,_s $(seconds report) (at most 20 on 2 CPUs)"
"$decade" "$db" 3650 1
echo "one_night_more,_s $(seconds report) (at most 1)"
echo "nothing_new,_s $(seconds report) (reading only)"
echo "largest_page,_kB $(find "$site" -name '*.html' -printf '%s\n' | sort -n | tail -n 1 | awk '{ printf "%.0f", $1 / 1000 }') (at most 500)"
rm -rf "$site" "$db"
"$decade" "$db" 0 55600
session=$(sqlite3 "$db" 'SELECT max(id) FROM session')
echo "comparison_out_of_10_million_samples,_s $(seconds "$kab" report --database "$db" --session "$session" --format json) (at most 0.1)"
rm -f "$db"*
