#!/bin/sh
# Kernels of the distribution: packages downloaded by apt, unpacked, and booted with their own modules.
. "$(dirname "$0")/lib.sh"

old=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: *\(linux-image-6\.1\..*\)/\1/p' | head -n 1)
deb=linux-image-6.12-cloud-amd64

# Names
run kab kernels build deb:linux-image-cloud-amd6
exits 2 "a package that apt does not know"
says 'did you mean "linux-image-cloud-amd64"' "the nearest one is named"
run kab kernels build deb:fio+mempool-bulk
exits 2 "patches on a package"
says 'apt knows no package "fio\+mempool-bulk"' "are no package"
run env PATH=/nowhere "$KAB_BUILD/kab" kernels build deb:linux-image-cloud-amd64
exits 2 "a host without apt"
says 'no apt here; give the path of a \.deb' "what to do is said"

# What a package holds. The meta package leads to a kernel; both are the same.
run kab kernels build "deb:linux-image-cloud-amd64" "deb:$old" "deb:$deb"
exits 0 "two kernels are taken out of packages"
ok "a meta package is the kernel that it stands for" \
	test "$(awk '{ print $2 }' "$scratch/out" | sort -u | wc -l)" -eq 2
folder=$(awk 'NR == 3 { print $4 }' "$scratch/out")
folder=${folder%/bzImage}
ok "compressed modules are stored plain" sh -c "file_type=\$(head -c 4 '$folder/modules/dm-crypt.ko' | tail -c 3); test \"\$file_type\" = ELF"
ok "their signatures with them" sh -c "tail -c 28 '$folder/modules/dm-crypt.ko' | grep -q 'Module signature appended'"
ok "the stub of a System.map is not taken" test ! -s "$folder/System.map" -o "$(stat -c %s "$folder/System.map" 2>/dev/null || echo 0)" -gt 100000

# Damage
mkdir "$scratch/packages"
echo "no package" >"$scratch/packages/text.deb"
run kab kernels build "deb:$scratch/packages/text.deb"
exits 3 "a file that is no package"
says 'is no Debian package' "is called so"
(cd "$scratch/packages" && apt-get -qq download linux-base 2>/dev/null)
run kab kernels build "deb:$(ls "$scratch"/packages/linux-base*.deb)"
exits 3 "a package without a kernel"
says 'holds no kernel' "is called so"

# The everyday call: two kernels, one with virtio as modules, one with compressed modules.
run kab compare "deb:$old" "deb:$deb" --target det --format json -w dmcrypt-1m -w dmcrypt-1m-aes
exits 0 "two distribution kernels are compared"
prints '"metric": *"write_iops"' "with figures"
ok "no boot failed" test "$(sql "SELECT count(*) FROM finding WHERE severity = 'failure'")" -eq 0
ok "the compiler is known from the configuration" \
	test "$(sql "SELECT count(*) FROM arm WHERE compiler LIKE 'gcc (Debian%'")" -eq 2
prints 'kernel configuration' "what differs in the configuration is told"
rm -rf "$KAB_DATA"

# The same digits each time, also with modules.
run kab compare "deb:$deb" "deb:$deb" --target det --format json -w dmcrypt-4k
exits 0 "a distribution kernel against itself"
ok "is the same to the digit" test "$(sql "SELECT count(DISTINCT value) FROM sample WHERE metric = 'write_slat_mean_ns'")" -eq 1
rm -rf "$KAB_DATA"

# Bench modules are compiled with the headers of the package. An image has none.
run kab compare "deb:$old" "deb:$deb" --target det -w page-bulk --format json
exits 0 "a bench module on two packages"
ok "both have figures" test "$(sql "SELECT count(DISTINCT run) FROM sample WHERE metric LIKE '%ns%'")" -eq 2
ok "no finding is a failure" test "$(sql "SELECT count(*) FROM finding WHERE severity = 'failure'")" -eq 0
module=$(find "$folder/bench" -name page_bulk.ko | head -n 1)
ok "the module is of this kernel" sh -c "modinfo -F vermagic '$module' | grep -q '^$(basename "$(apt-cache depends "$deb" |
	sed -n 's/.*Depends: linux-image-\(6\.12[^ ]*\)$/\1/p' | head -n 1)") '"
ok "and has no path of the cache in it" sh -c "! grep -q '${folder%/kernels/*}' '$module'"
rm -rf "$KAB_DATA"
run kab compare "image:$folder/bzImage" "image:$folder/bzImage" --target det -w page-bulk
exits 3 "a bench module on an image"
says 'skipped: .*without the source to compile modules for' "is skipped, and why"
rm -rf "$KAB_DATA"

# Other releases: by an apt state in the cache. What apt is set up with is changed by files that are
# read before its own.
old_release=deb:linux-image-cloud-amd64/bullseye
setup() { # lines of apt.conf, with ; at their ends
	printf '%s\n' "$@" >"$scratch/apt.conf"
}
elsewhere() { env KAB_CACHE="$scratch/cache" APT_CONFIG="$scratch/apt.conf" "$@"; }
nothing_left() { test -z "$(find "$scratch/cache/releases" "$scratch/cache/work" "$scratch/cache/kernels" -mindepth 1 2>/dev/null)"; }

setup 'Dir::Etc::SourceList "/dev/null";' 'Dir::Etc::SourceParts "/dev/null";'
run elsewhere "$KAB_BUILD/kab" kernels build $old_release
exits 2 "a host that has no mirror of Debian's"
says "apt knows no mirror of Debian's" "is told so"
setup 'Acquire::http::Proxy "http://127.0.0.1:9";' 'Acquire::https::Proxy "http://127.0.0.1:9";' 'Acquire::Retries "0";'
run elsewhere "$KAB_BUILD/kab" kernels build $old_release
exits 2 "a host without a network"
says "the index of Debian's \"bullseye\" cannot be had" "is told what is missing"
says '127\.0\.0\.1' "and why, by apt"
setup
run elsewhere "$KAB_BUILD/kab" kernels build deb:linux-image-cloud-amd64/bulseye
exits 2 "a release that there is not"
says 'has no release "bulseye"; did you mean "bullseye"' "the nearest is named"
ok "nothing is left of any" nothing_left

# Interrupted while apt fetches at 50 KiB a second, first the index, then the package.
interrupt() {
	setup 'Acquire::http::Dl-Limit "50";' 'Acquire::https::Dl-Limit "50";'
	# Not by a function, which would be another process.
	env KAB_CACHE="$scratch/cache" APT_CONFIG="$scratch/apt.conf" "$KAB_BUILD/kab" kernels build \
		$old_release >"$scratch/out" 2>"$scratch/err" &
	pid=$!
	for _ in $(seq 150); do
		grep -qs "downloading $1.*\.\.\.\$" "$scratch/err" && break
		sleep 0.1
	done
	sleep 0.5
	kill -INT $pid
	wait $pid
	status=$?
}
interrupt 'the index of "bullseye"'
exits 130 "interrupted while the index is downloaded"
ok "nothing is left" nothing_left
ok "no process either" no_leftovers
run kab kernels build $old_release deb:linux-image-cloud-amd64/sid
exits 0 "kernels of other releases are taken out of packages, also of several"
prints '^deb:linux-image-cloud-amd64/bullseye .* 5\.10\.' "bullseye's is 5.10"
for file in config modules.builtin modules/dm-crypt.ko; do
	ok "each has its $file" sh -c "awk '{ print \$4 }' '$scratch/out' | while read -r image; do
		test -s \"\${image%/bzImage}/$file\" || exit 1; done"
done
run kab kernels list
prints '^release +bullseye ' "the index is a part of the cache"
mkdir -p "$scratch/cache/releases"
cp -a "${KAB_CACHE:-$HOME/.cache/kab}/releases/bullseye" "$scratch/cache/releases/"
interrupt 'linux-image-5\.10'
exits 130 "interrupted while the package is downloaded"
run elsewhere "$KAB_BUILD/kab" kernels prune --all
prints 'removed release bullseye' "an index can be pruned"
ok "nothing else was there" nothing_left
run kab kernels build linux-image-amd64/bullseye
exits 2 "a package without \"deb:\" is no kernel"
run kab kernels build source:linux-sourc-5.10/bullseye
exits 2 "a source that there is not"
says 'did you mean "linux-source-5\.10/bullseye"' "the nearest is named, with its release"
run kab compare $old_release deb:linux-image-cloud-amd64/sid --target det --format json -w dmcrypt-1m -w page-bulk
prints '"metric": *"write_iops"' "Debian's oldest kernel is compared with its newest"
says 'bullseye.*skipped: .*the bulk page allocator came with Linux 5\.13' "what a kernel lacks is skipped, and why"
ok "both booted" test "$(sql "SELECT count(*) FROM sample WHERE metric = 'write_iops'")" -eq 2
ok "no boot failed" test "$(sql "SELECT count(*) FROM finding WHERE severity = 'failure'")" -eq 0
rm -rf "$KAB_DATA"

# Functions by their names, which the kernel itself tells.
run kab explain "deb:$old" "deb:$deb" --target det -w dmcrypt-1m
exits 0 "functions are counted"
prints 'crypt_page_alloc' "those of modules have names"
prints '__alloc_pages' "those of the kernel have, too"
ok "the kernel does not test its ciphers beside the workload" test "$(sql "SELECT count(*) FROM function_count
	WHERE name LIKE 'mpihelp%' AND instructions > 0")" -eq 0
rm -rf "$KAB_DATA"

# A module whose names have been stripped: its code is counted, as unknown. In a cache of its own.
mkdir -p "$scratch/stripped/kernels"
cp -r "$folder" "$scratch/stripped/kernels/"
strip --strip-unneeded "$scratch/stripped/kernels/${folder##*/}/modules/dm-crypt.ko"
KAB_CACHE=$scratch/stripped run kab profile "deb:$deb" --target det -w "$root/tests/data/workloads/short-1m.json"
exits 0 "a module without names is profiled"
ok "most of its code is unknown, and counted" test "$(sql "SELECT sum(name = 'unknown') || ' ' || (sum(instructions * (name = 'unknown')) >
	sum(instructions * (name <> 'unknown'))) FROM function_count WHERE object = '[dm_crypt]'")" = "1 1"
ok "the functions add up to the window" test "$(sql "SELECT count(*) FROM profile WHERE instructions <>
	(SELECT sum(instructions) FROM function_count f WHERE f.run = profile.run AND f.workload = profile.workload)")" -eq 0
done_testing
