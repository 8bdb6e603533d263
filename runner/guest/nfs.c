// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device `nfs`: a file on an NFS mount whose server is the same kernel. The export is a tmpfs,
 * so all that the server reads is in its page cache. NFS 4.0 alone needs no helper in user space:
 * no port mapper, no mountd, no lock manager; what exportfs would tell the kernel is written to
 * its caches here.
 *	file_mib   size of the file, which is filled
 *	block_kib  largest READ and WRITE (1024)
 *	threads	   of the server (4)
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.h"
#include "file.h"
#include "link.h"

#define EXPORT	  "/export"
#define MOUNT	  "/nfs"
#define FILE_NAME "data"
#define RECOVERY  "/tmp/nfs-clients"
#define NFSD	  "/proc/fs/nfsd"
#define CACHES	  "/proc/net/rpc"
#define STATS	  "/proc/net/rpc/nfsd"
#define MIB	  (1 << 20)
#define FOREVER	  "2147483647" /* seconds since 1970: when an entry of a cache expires */

/* A file of the kernel, and what is written to it. */
struct setting {
	const char *path;
	const char *text;
};

/* Flags of an export: insecure ports, asynchronous writes, no check of the subtree, and an fsid,
 * which a tmpfs needs as it has no identity of its own; root stays root. */
#define EXPORT_FLAGS "9234"

static const struct setting caches[] = {
	{ CACHES "/auth.unix.ip/channel", "nfsd 127.0.0.1 " FOREVER " kab\n" },
	{ CACHES "/nfsd.export/channel",
	  "kab " EXPORT " " FOREVER " " EXPORT_FLAGS " 65534 65534 0\n" },
	/* Type 1 is an fsid of four bytes; 0 is the root of the version 4 name space. */
	{ CACHES "/nfsd.fh/channel", "kab 1 \\x00000000 " FOREVER " " EXPORT "\n" },
};

/* With 2 or 3 the server would want the lock manager, and that the port mapper. */
static const struct setting versions = { NFSD "/versions", "-2 -3 +4.0 -4.1 -4.2\n" };
/* Without a place to remember clients the server would insist on its 90 s of grace. */
static const struct setting recovery = { NFSD "/nfsv4recoverydir", RECOVERY "\n" };
/* What it insists on where it remembers nothing by itself: kernels since 6.8 may be built so. */
static const struct setting short_grace = { NFSD "/nfsv4gracetime", "10\n" };
static const struct setting port = { NFSD "/portlist", "tcp 2049\n" };
/* Nobody has locks to reclaim from a server before this one. */
static const struct setting end_grace = { NFSD "/v4_end_grace", "Y\n" };

/* The kernel takes a setting only if it comes in one write. */
static int put(struct task *t, const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
	int saved = errno;

	if (fd >= 0)
		close(fd);
	if (n == (ssize_t)strlen(text))
		return 0;
	return task_fail(t, "workload-failed", "'%s' does not take '%.*s': %s", path,
			 (int)strcspn(text, "\n"), text, n < 0 ? strerror(saved) : "cut short");
}

static int put_number(struct task *t, const char *path, int64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64 "\n", number);
	return put(t, path, text);
}

static int put_setting(struct task *t, const struct setting *s)
{
	return put(t, s->path, s->text);
}

static int mount_on(struct task *t, const char *source, const char *dir, const char *type,
		    const char *options)
{
	/* Those of /proc are there; what is wrong otherwise, mount() says. */
	(void)mkdir(dir, 0755);
	if (mount(source, dir, type, 0, options) == 0)
		return 0;
	return task_fail(t, "workload-failed", "cannot mount %s on '%s': %s", type, dir,
			 strerror(errno));
}

/* The page number in each page: what arrives in the wrong place shows. */
static int fill(struct task *t, int64_t mib)
{
	enum { WORDS = MIB / sizeof(uint64_t), WORDS_PER_PAGE = 4096 / sizeof(uint64_t) };
	uint64_t *block = malloc(MIB);
	int fd = open(EXPORT "/" FILE_NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int ret = fd < 0 || !block ? -1 : 0;

	for (int64_t i = 0; i < mib && ret == 0; i++) {
		for (size_t w = 0; w < WORDS; w++)
			block[w] = ((uint64_t)i * WORDS + w) / WORDS_PER_PAGE;
		ret = write_all(fd, block, MIB);
	}
	if (ret < 0)
		(void)task_fail(t, "workload-failed", "'" EXPORT "' cannot be filled: %s",
				strerror(errno));
	if (fd >= 0)
		close(fd);
	free(block);
	return ret;
}

static int export_file(struct task *t, int64_t mib)
{
	char options[64];

	/* A few pages more: a full tmpfs would refuse even what is there already. */
	snprintf(options, sizeof(options), "size=%" PRId64 "m", mib + 1);
	return mount_on(t, "kab", EXPORT, "tmpfs", options) < 0 ? -1 : fill(t, mib);
}

/* An open file ends the wait. */
static int wait_for_grace(struct task *t)
{
	int fd = open(MOUNT "/" FILE_NAME, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return task_fail(t, "workload-failed", "'" MOUNT "/" FILE_NAME "': %s",
				 strerror(errno));
	close(fd);
	return 0;
}

static bool remembers(void)
{
	return access(recovery.path, F_OK) == 0;
}

static int start_server(struct task *t, int64_t block_kib, int64_t threads)
{
	(void)mkdir(RECOVERY, 0755);
	if (mount_on(t, "nfsd", NFSD, "nfsd", NULL) < 0 || put_setting(t, &versions) < 0 ||
	    put_setting(t, remembers() ? &recovery : &short_grace) < 0 ||
	    put_number(t, NFSD "/max_block_size", block_kib * 1024) < 0 ||
	    put_setting(t, &port) < 0 || put_number(t, NFSD "/threads", threads) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(caches) / sizeof(caches[0]); i++)
		if (put_setting(t, &caches[i]) < 0)
			return -1;
	return remembers() ? put_setting(t, &end_grace) : 0;
}

static int mount_client(struct task *t, int64_t block_kib)
{
	char options[128];

	snprintf(options, sizeof(options),
		 "vers=4.0,addr=127.0.0.1,clientaddr=127.0.0.1,sec=sys,rsize=%" PRId64
		 ",wsize=%" PRId64,
		 block_kib * 1024, block_kib * 1024);
	return mount_on(t, "127.0.0.1:/", MOUNT, "nfs4", options);
}

static int nfs_open(struct task *t, struct json_object *device)
{
	int64_t mib = spec_int(device, "file_mib", 0);
	int64_t block_kib = spec_int(device, "block_kib", 1024);
	int64_t threads = spec_int(device, "threads", 4);

	if (mib <= 0 || block_kib <= 0 || threads <= 0)
		return task_fail(t, "workload-failed", "bad size or number of threads in the job");
	if (link_up("lo") < 0)
		return task_fail(t, "workload-failed", "no loopback interface: %s",
				 strerror(errno));
	if (export_file(t, mib) < 0 || start_server(t, block_kib, threads) < 0 ||
	    mount_client(t, block_kib) < 0 || (!remembers() && wait_for_grace(t) < 0))
		return -1;
	snprintf(t->device, sizeof(t->device), "%s", MOUNT "/" FILE_NAME);
	return 0;
}

/* The server's own count: "io BYTES-READ BYTES-WRITTEN". */
static int nfs_count(const struct task *t, struct moved *moved)
{
	static const char key[] = "\nio ";
	struct strbuf text = STRBUF_INIT;
	char *at;

	(void)t;
	(void)read_file(STATS, &text);
	at = strstr(text.data, key);
	if (at) {
		at += sizeof(key) - 1;
		moved->read = strtoull(at, &at, 10);
		moved->written = strtoull(at, &at, 10);
	}
	strbuf_release(&text);
	return at ? 0 : -1;
}

static void unmount(struct task *t, const char *dir)
{
	/* EINVAL: it was not mounted. ENOENT: it was never made. */
	if (umount(dir) < 0 && errno != EINVAL && errno != ENOENT)
		(void)task_fail(t, "check-failed", "cannot unmount '%s': %s", dir, strerror(errno));
}

static void nfs_close(struct task *t)
{
	unmount(t, MOUNT);
	if (access(NFSD "/threads", F_OK) == 0) {
		(void)put(t, NFSD "/threads", "0\n");
		unmount(t, NFSD);
	}
	/* The caches of the server hold the export; the machine is powered off before they let go. */
	(void)umount2(EXPORT, MNT_DETACH);
	t->device[0] = '\0';
}

const struct device_kind nfs_device = {
	.type = "nfs",
	.open = nfs_open,
	.count = nfs_count,
	.close = nfs_close,
};
