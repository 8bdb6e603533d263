#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The time from QEMU's start to the guest's first record, with kab's archive and with an empty
# busybox archive, in turn; the ratio of the medians. Usage: boot.sh RUN-DIRECTORY SCRATCH
set -eu
run=$1 scratch=$2
rounds=7

# The smallest archive that boots to a shell script, which writes to the port as the agent does.
root=$scratch/busybox
mkdir -p "$root"/{bin,dev,proc,sys}
cp /bin/busybox "$root/bin/"
cat >"$root/init" <<'I'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t sysfs sys /sys
for port in /sys/class/virtio-ports/*; do echo up >"/dev/${port##*/}"; done
/bin/busybox poweroff -f
I
chmod +x "$root/init"
(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet) >"$scratch/busybox.cpio"

# The command of that run, one argument a line, with other files.
perl -MJSON::PP -0777 -ne 'print "$_\n" for @{decode_json($_)->{guest}{command}}' \
	"$run/manifest.json" >"$scratch/command"
mapfile -t recorded <"$scratch/command"

first_record() { # archive: milliseconds
	local out=$scratch/records argv=() previous='' a start
	for a in "${recorded[@]}"; do
		case $previous in
		-initrd) a=$1 ;;
		-kernel) ;;
		esac
		case $a in
		file,*path=*records*) a=${a/path=*records.bin/path=$out} ;;
		file,*path=*) a=${a/path=*/path=/dev/null} ;;
		esac
		argv+=("$a")
		previous=$a
	done
	: >"$out"
	start=$(date +%s%N)
	"${argv[@]}" >/dev/null 2>&1 &
	until [ -s "$out" ]; do sleep 0.005; done
	echo $((($(date +%s%N) - start) / 1000000))
	kill -TERM $! 2>/dev/null || true
	wait $! 2>/dev/null || true
}

# The base archive: the first record comes before the agent looks for a job.
ours=$(ls -t "${KAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/kab}"/initramfs/*.cpio | head -n 1)
for _ in $(seq $rounds); do
	first_record "$ours" >>"$scratch/ours"
	first_record "$scratch/busybox.cpio" >>"$scratch/empty"
done
median() { sort -n "$1" | sed -n "$(((rounds + 1) / 2))p"; }
a=$(median "$scratch/ours") b=$(median "$scratch/empty")
echo "kab_ms $a -"
echo "busybox_ms $b -"
echo "ratio $(awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", a / b }') (at_most_1.3)"
