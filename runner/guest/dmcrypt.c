// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device `dmcrypt`, an encrypted ramdisk: brd's /dev/ram0 under a dm-crypt mapping, made with
 * dmsetup.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "child.h"
#include "device.h"
#include "file.h"

#define RAMDISK	     "/dev/ram0"
#define CONTROL	     "/dev/mapper/control"
#define DMSETUP	     "/usr/sbin/dmsetup"
#define MAPPING	     "kab"
#define MAPPED	     "/dev/mapper/" MAPPING
#define OUTPUT	     "/tmp/dmsetup.out"
#define MIB	     (1 << 20)
#define SECTOR	     512
#define PAGE	     4096
#define KEY_BITS_MAX 4096

/*
 * Writes every page of the raw ramdisk once. brd allocates a page at its first write; without
 * this the measured part would be half brd's allocations.
 */
static int prefill(struct task *t, int fd, int64_t mib)
{
	void *block = aligned_alloc(PAGE, MIB);
	int ret = 0;

	if (!block)
		return task_fail(t, "workload-failed", "no memory to fill the ramdisk");
	memset(block, 0, MIB);
	for (int64_t i = 0; i < mib && ret == 0; i++)
		if (pwrite(fd, block, MIB, i * MIB) != MIB)
			ret = task_fail(t, "workload-failed",
					"'" RAMDISK "' cannot be filled at MiB %" PRId64 ": %s", i,
					strerror(errno));
	free(block);
	return ret;
}

static int open_ramdisk(struct task *t, struct json_object *device, int64_t mib)
{
	struct json_object *fill = spec_get(device, "prefill", json_type_boolean);
	int fd = open(RAMDISK, O_WRONLY | O_DIRECT | O_CLOEXEC);
	uint64_t bytes = 0;
	int ret = -1;

	if (fd < 0)
		return task_fail(t, "workload-failed",
				 "no ramdisk '" RAMDISK "' (CONFIG_BLK_DEV_RAM): %s",
				 strerror(errno));
	if (ioctl(fd, BLKGETSIZE64, &bytes) < 0 || bytes < (uint64_t)mib * MIB)
		(void)task_fail(t, "workload-failed",
				"'" RAMDISK "' has %" PRIu64 " MiB and not %" PRId64
				" (brd.rd_size on the kernel command line)",
				bytes / MIB, mib);
	else
		ret = fill && json_object_get_boolean(fill) ? prefill(t, fd, mib) : 0;
	close(fd);
	return ret;
}

/* A fixed key: what is measured does not depend on it, and every boot shall do the same. */
static void add_key(struct strbuf *table, int64_t bits)
{
	if (!bits)
		strbuf_addch(table, '-');
	for (int64_t i = 0; i < bits / 8; i++)
		strbuf_addf(table, "%02x", (unsigned int)((i * 7 + 1) & 0xff));
}

static void make_table(struct strbuf *table, struct json_object *device, int64_t mib)
{
	struct json_object *flags = spec_get(device, "flags", json_type_array);
	size_t count = flags ? json_object_array_length(flags) : 0;
	int64_t sector_size = spec_int(device, "sector_size", SECTOR);

	strbuf_addf(table, "0 %" PRId64 " crypt %s ", mib * (MIB / SECTOR),
		    spec_str(device, "cipher", ""));
	add_key(table, spec_int(device, "key_bits", 0));
	strbuf_adds(table, " 0 " RAMDISK " 0");
	if (sector_size != SECTOR)
		strbuf_addf(table, " %zu sector_size:%" PRId64, count + 1, sector_size);
	else if (count)
		strbuf_addf(table, " %zu", count);
	for (size_t i = 0; i < count; i++)
		strbuf_addf(table, " %s",
			    json_object_get_string(json_object_array_get_idx(flags, i)));
}

/* Runs dmsetup and appends what it said. 0 when it succeeded. */
static int dmsetup(const char *const *argv, struct strbuf *said)
{
	int status;

	if (child_run(argv, NULL, OUTPUT, &status) < 0) {
		strbuf_addf(said, "cannot run '" DMSETUP "': %s", strerror(errno));
		return -1;
	}
	(void)read_file(OUTPUT, said);
	return child_ok(status) ? 0 : -1;
}

/* Says why the table was refused: by the kernel that lacks the target, or in dmsetup's words. */
static int refused(struct task *t, const char *cipher, const char *said)
{
	const char *const argv[] = { DMSETUP, "targets", NULL };
	struct strbuf targets = STRBUF_INIT, words = STRBUF_INIT;

	if (dmsetup(argv, &targets) == 0 && !strstr(targets.data, "crypt"))
		(void)task_fail(t, "workload-failed",
				"crypt target missing in the kernel: CONFIG_DM_CRYPT");
	child_words(said, &words);
	(void)task_fail(t, "workload-failed", "dmsetup create with cipher '%s': %s", cipher,
			words.data);
	strbuf_release(&targets);
	strbuf_release(&words);
	return -1;
}

/* True when the table, a list of words, has this one. */
static bool has_word(const char *table, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = table; *at;) {
		size_t n = strcspn(at, " \n");

		if (n == len && strncmp(at, word, len) == 0)
			return true;
		at += n;
		at += strspn(at, " \n");
	}
	return false;
}

/* Sends the table as the kernel has it (without the key), and checks it against the request. */
static int check_table(struct task *t, struct json_object *device)
{
	const char *const argv[] = { DMSETUP, "table", MAPPING, NULL };
	struct json_object *flags = spec_get(device, "flags", json_type_array);
	const char *cipher = spec_str(device, "cipher", "");
	struct strbuf table = STRBUF_INIT;
	int ret = 0;

	if (dmsetup(argv, &table) < 0)
		ret = task_fail(t, "workload-failed", "dmsetup table: %s", table.data);
	else if (send_file(t->out, t->name, "table", table.data, table.len) < 0)
		ret = -1;
	if (ret == 0 && !has_word(table.data, cipher))
		ret = task_fail(t, "check-failed", "the mapping does not have cipher '%s'", cipher);
	for (size_t i = 0; ret == 0 && flags && i < json_object_array_length(flags); i++) {
		const char *flag = json_object_get_string(json_object_array_get_idx(flags, i));

		if (!has_word(table.data, flag))
			ret = task_fail(t, "check-failed", "the mapping does not have '%s'", flag);
	}
	strbuf_release(&table);
	return ret;
}

static int dmcrypt_open(struct task *t, struct json_object *device)
{
	struct strbuf table = STRBUF_INIT, said = STRBUF_INIT;
	int64_t mib = spec_int(device, "ramdisk_mib", 0);
	int64_t bits = spec_int(device, "key_bits", 0);
	int ret = -1;

	if (mib <= 0 || bits < 0 || bits > KEY_BITS_MAX || bits % 8)
		return task_fail(t, "workload-failed", "bad size of ramdisk or key in the job");
	if (access(CONTROL, F_OK) < 0)
		return task_fail(t, "workload-failed",
				 "no device mapper in the kernel: CONFIG_BLK_DEV_DM");
	if (open_ramdisk(t, device, mib) < 0)
		return -1;
	make_table(&table, device, mib);
	{
		const char *const argv[] = {
			DMSETUP, "create", MAPPING, "--table", table.data, NULL
		};

		if (dmsetup(argv, &said) < 0) {
			(void)refused(t, spec_str(device, "cipher", ""), said.data);
			goto out;
		}
	}
	snprintf(t->device, sizeof(t->device), "%s", MAPPED);
	ret = check_table(t, device);
out:
	strbuf_release(&table);
	strbuf_release(&said);
	return ret;
}

/* Counters of the device since boot: /sys/dev/block/MAJOR:MINOR/stat. */
static int dmcrypt_count(const struct task *t, struct moved *moved)
{
	enum { SECTORS_READ = 2, SECTORS_WRITTEN = 6, FIELDS };
	struct strbuf path = STRBUF_INIT, text = STRBUF_INIT;
	uint64_t fields[FIELDS];
	struct stat st;
	char *at;

	if (stat(t->device, &st) < 0)
		return -1;
	strbuf_addf(&path, "/sys/dev/block/%u:%u/stat", major(st.st_rdev), minor(st.st_rdev));
	read_fact(path.data, &text);
	at = text.data;
	for (int i = 0; i < FIELDS; i++)
		fields[i] = strtoull(at, &at, 10);
	*moved = (struct moved){ .read = fields[SECTORS_READ] * SECTOR,
				 .written = fields[SECTORS_WRITTEN] * SECTOR };
	strbuf_release(&path);
	strbuf_release(&text);
	return 0;
}

static void dmcrypt_close(struct task *t)
{
	const char *const argv[] = { DMSETUP, "remove", MAPPING, NULL };
	struct strbuf said = STRBUF_INIT;

	if (*t->device && dmsetup(argv, &said) < 0)
		(void)task_fail(t, "check-failed", "the mapping cannot be removed: %s", said.data);
	t->device[0] = '\0';
	strbuf_release(&said);
}

const struct device_kind dmcrypt_device = {
	.type = "dmcrypt",
	.open = dmcrypt_open,
	.count = dmcrypt_count,
	.close = dmcrypt_close,
};
