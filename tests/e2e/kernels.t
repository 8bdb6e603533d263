#!/bin/sh
# kab kernels: builds, the cache, and what may go wrong with both. The source is a makefile that
# does in a moment what a kernel's does in minutes; the real ones are built in main.t.
. "$(dirname "$0")/lib.sh"

export KAB_CACHE="$scratch/cache"
tree=$scratch/tree
mkdir -p "$tree/arch/x86" "$tree/mm" "$scratch/share/patches"
cp -r "$root/configs" "$scratch/share/"
printf '{"fragments": ["small"]}\n' >"$scratch/share/configs/kernels/default.json"
printf 'CONFIG_SMP=y\n' >"$scratch/share/configs/fragments/small.config"
export KAB_SHARE="$scratch/share"
touch "$tree/Kconfig" "$tree/arch/x86/Makefile"
printf 'one\ntwo\nthree\n' | tee "$tree/mm/a.c" >"$tree/mm/b.c"
cat >"$tree/Makefile" <<'M'
tinyconfig:
	@touch .config
olddefconfig:
	@true
bzImage: mm/a.o mm/b.o
	@mkdir -p arch/x86/boot include/config
	@cat mm/*.o .config >arch/x86/boot/bzImage
	@echo 'ffffffff81000000 T first' >System.map
	@echo 6.6.6 >include/config/kernel.release
modules:
	@touch modules.order
%.o: %.c
	@echo '  CC      $@'
	@if grep -q broken $<; then echo "$<:2:1: error: broken"; exit 1; fi
	@if grep -q slow $<; then sleep 300; fi
	@cp $< $@
M
patch() { # name, file, new second line
	printf -- '--- a/%s\n+++ b/%s\n@@ -1,3 +1,3 @@\n one\n-two\n+%s\n three\n' "$2" "$2" "$3" \
		>"$scratch/$1.patch"
}
patch good mm/a.c 2
patch broken mm/a.c broken
patch slow mm/b.c slow
patch lost mm/z.c 2
files() { find "$KAB_CACHE/kernels" "$KAB_CACHE/layers" "$KAB_CACHE/work" -mindepth 1 -maxdepth 1; }
sum() { cat "$KAB_CACHE"/kernels/*/kernel.json | sed -n 's/.*"image_sha256": "\(.*\)".*/\1/p' | sort; }

run kab kernels
exits 0 "an empty cache is no error"

run kab kernels build "$tree+$scratch/lost.patch"
exits 3 "a patch for a file that is not there"
says 'patch "lost\.patch" does not apply' "names the patch"
ok "nothing is left of it" test -z "$(files)"

run kab kernels build "$tree" "$tree+$scratch/good.patch"
exits 0 "a base and a patched kernel are built"
prints '6\.6\.6 .*/bzImage' "prints release and image"
says 'good\.patch: done, 1 objects' "only what the patch touches is compiled"
ok "the tree is left as it was" test ! -e "$tree/.config"
first=$(sum)

run kab kernels build "$tree" "$tree+$scratch/good.patch"
exits 0 "a second time"
ok "nothing is built twice" sh -c "! grep -q building '$scratch/err'"

run kab kernels build "$tree+$scratch/broken.patch"
exits 3 "a patch that does not compile"
says 'mm/a\.c:2:1: error: broken' "shows the compiler's line"
says 'output is in ".*\.log"' "and where the rest is"
ok "two kernels and a layer are there, no more" test "$(files | wc -l)" -eq 3

# The same in another cache, by copies instead of overlays
KAB_CACHE="$scratch/other" KAB_OVERLAY=no run kab kernels build "$tree" "$tree+$scratch/good.patch"
exits 0 "builds without overlays"
KAB_CACHE="$scratch/other"
ok "same kernels, same images" test "$(sum)" = "$first"
KAB_CACHE="$scratch/cache"

# kill -9 and Ctrl-C in the middle of a build
interrupt() { # signal
	"$KAB_BUILD/kab" kernels build "$tree+$scratch/slow.patch" >"$scratch/out" 2>"$scratch/err" &
	pid=$!
	for _ in $(seq 100); do
		grep -qs 'CC      mm/b.o\|building' "$scratch/err" && break
		sleep 0.1
	done
	sleep 0.3
	kill "-$1" $pid
	wait $pid
	status=$?
	sleep 0.3
}
interrupt KILL
ok "kill -9 leaves no process" no_leftovers
interrupt INT
exits 130 "Ctrl-C"
ok "Ctrl-C leaves no process" no_leftovers
ok "nor anything in the cache, of either" test "$(files | wc -l)" -eq 3

# Two at once
rm -rf "$KAB_CACHE"
kab kernels build "$tree+$scratch/good.patch" 2>"$scratch/one" >/dev/null &
pid=$!
run kab kernels build "$tree+$scratch/good.patch"
exits 0 "two at once: the second"
wait $pid
report $? "two at once: the first"
ok "one of them built" test "$(cat "$scratch/one" "$scratch/err" | grep -c 'good.patch: done')" -eq 1

run kab kernels list
prints '^kernel .* 6\.6\.6 .*good\.patch$' "lists the kernels"
prints '^layer ' "lists the layer"
run kab kernels prune
exits 0 "prune"
ok "prune leaves what is needed" test "$(files | wc -l)" -eq 3
run kab kernels prune --all --dry-run
prints 'would remove kernel' "a dry run says what would go"
ok "and removes nothing" test "$(files | wc -l)" -eq 3
run kab kernels prune --older-than 0
ok "prune --older-than 0 removes all" test -z "$(files)"

run kab kernels build linux-6.l
exits 2 "an unknown source"
says 'did you mean "linux-6\.1"' "suggests"
run kab kernels build "image:$tree/Makefile"
exits 2 "an image that is none"
says 'is no kernel image: it is too short' "says why"
mkdir "$tree/include"
mkdir "$tree/include/config"
run kab kernels build "$tree"
exits 2 "a tree with objects"
says 'make -C .* mrproper' "says what helps"
run kab kernels frobnicate
exits 2 "an unknown subcommand"
if [ "$(id -u)" -ne 0 ]; then
	mkdir "$scratch/ro"
	chmod 555 "$scratch/ro"
	KAB_CACHE="$scratch/ro" run kab kernels build linux-6.1
	exits 2 "a read-only cache"
	says 'cannot write to' "says so"
fi
done_testing
