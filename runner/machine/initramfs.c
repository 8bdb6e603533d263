// SPDX-License-Identifier: GPL-2.0-or-later
#include "initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cpio.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "provision.h"
#include "rootfs.h"

#define FOLDER	       "initramfs"
#define LAYOUT	       "2" /* to be raised with every change of what this file packs, and how */
#define SUFFIX	       ".cpio"
#define LINKER_CACHE   "/etc/ld.so.cache"
#define ASK_TIMEOUT_MS 30000
#define COPY_CHUNK     (64 << 20)
#define KEEP_S	       86400 /* an archive that was not used for a day goes when a new one comes */

/* The first line of what a program says about its version, from `skip` on, without its date. */
static char *ask_version(const char *program, const char *skip)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	const char *at;
	char *version;

	strvec_push(&argv, program);
	strvec_push(&argv, "--version");
	/* dmsetup fails without a device mapper on the host, after the line that is wanted. */
	(void)proc_capture(argv.items, &out, NULL, ASK_TIMEOUT_MS);
	at = strstr(out.data, skip);
	at = at ? at + strlen(skip) : out.data;
	at += strspn(at, " \t");
	version = xstrndup(at, strcspn(at, " \t\n"));
	strvec_release(&argv);
	strbuf_release(&out);
	return version;
}

/*
 * The stamp: what the archive was made from, and what it is. A file that changes changes its
 * size, time or inode; a library that would now be found elsewhere changes the linker's cache.
 *
 *	sha256 fio-version dmsetup-version
 *	size mtime inode path	(one line for each file)
 */
static void stamp_add(struct strbuf *stamp, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		st = (struct stat){ 0 };
	strbuf_addf(stamp, "%" PRId64 " %" PRId64 ".%09ld %" PRIu64 " %s\n", (int64_t)st.st_size,
		    (int64_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (uint64_t)st.st_ino, path);
}

/* Reads the first line. False when it is not of this form, or the archive is not there. */
static bool stamp_read_head(struct initramfs *base, const char *head)
{
	struct strvec words = STRVEC_INIT;
	struct initramfs found = { 0 };

	strvec_split(&words, head, " ");
	if (words.count == 3 && strlen(words.items[0]) == HASH_HEX_LEN) {
		char *name = xasprintf(FOLDER "/%s" SUFFIX, words.items[0]);

		found = (struct initramfs){ .path = path_cache(name),
					    .sha256 = xstrdup(words.items[0]),
					    .fio = xstrdup(words.items[1]),
					    .dmsetup = xstrdup(words.items[2]) };
		free(name);
	}
	strvec_release(&words);
	if (!found.path || !file_exists(found.path)) {
		initramfs_release(&found);
		return false;
	}
	*base = found;
	return true;
}

/* True when all files of the stamp are as they were; then `base` is filled in. */
static bool stamp_holds(struct initramfs *base, const char *stamp)
{
	struct strvec lines = STRVEC_INIT;
	struct strbuf now = STRBUF_INIT;
	bool holds;

	strvec_split(&lines, stamp, "\n");
	holds = lines.count > ROOTFS_PROGRAMS;
	if (holds)
		strbuf_addf(&now, "%s\n", lines.items[0]);
	for (size_t i = 1; holds && i < lines.count; i++) {
		const char *path = strchr(lines.items[i], '/');

		if (path)
			stamp_add(&now, path);
	}
	holds = holds && strcmp(now.data, stamp) == 0 && stamp_read_head(base, lines.items[0]);
	strvec_release(&lines);
	strbuf_release(&now);
	return holds;
}

/* Every folder above the file that has not been there yet. */
static int add_folders(struct cpio *out, struct strvec *seen, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		char *dir = xstrndup(path, (size_t)(slash - path));
		int ret = 0;

		if (!strvec_has(seen, dir)) {
			ret = cpio_add_dir(out, dir);
			strvec_push(seen, dir);
		}
		free(dir);
		if (ret < 0)
			return -1;
	}
	return 0;
}

/* In the order of their names in the guest. */
static int add_files(struct cpio *out, const struct rootfs *c)
{
	struct strvec order = STRVEC_INIT, folders = STRVEC_INIT;
	int ret = 0;

	for (size_t i = 0; i < c->to.count; i++)
		strvec_push(&order, c->to.items[i]);
	strvec_sort(&order);
	for (size_t i = 0; ret == 0 && i < order.count; i++) {
		const char *to = order.items[i] + 1; /* names in an archive are relative */
		size_t at = 0;

		while (strcmp(c->to.items[at], order.items[i]) != 0)
			at++;
		ret = add_folders(out, &folders, to);
		if (ret == 0)
			ret = cpio_add_file(out, to, c->from.items[at]);
	}
	strvec_release(&order);
	strvec_release(&folders);
	return ret;
}

static int add_tools(struct cpio *out, const struct initramfs *base)
{
	struct json_object *tools = json_new_object();
	const char *text;
	int ret;

	json_set_str(tools, "fio", base->fio);
	json_set_str(tools, "dmsetup", base->dmsetup);
	text = json_object_to_json_string_ext(tools, JSON_C_TO_STRING_PLAIN);
	ret = cpio_add_bytes(out, "tools.json", text, strlen(text));
	json_object_put(tools);
	return ret;
}

static int write_base(const struct initramfs *base, const struct rootfs *c, const char *path,
		      struct hash_hex *sha256)
{
	struct cpio out = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int ret = -1;

	if (fd < 0)
		return error("cannot make \"%s\":", path);
	if (cpio_begin(&out, fd, path) < 0 || cpio_add_dir(&out, "dev") < 0 ||
	    cpio_add_console(&out) < 0 || add_tools(&out, base) < 0 || add_files(&out, c) < 0 ||
	    cpio_end(&out, sha256) < 0)
		goto out;
	/* On disk before it gets its name: what has the name is whole. */
	ret = fsync(fd) == 0 ? 0 : error("cannot write \"%s\":", path);
out:
	cpio_release(&out);
	close(fd);
	if (ret < 0)
		unlink(path);
	return ret;
}

/* Removes archives that nobody has used lately. The age is that of the last use: see use(). */
static void remove_old(const char *folder)
{
	struct strvec names = STRVEC_INIT;
	time_t now = time(NULL);

	if (dir_list(folder, &names) < 0)
		return;
	for (size_t i = 0; i < names.count; i++) {
		char *path = xasprintf("%s/%s", folder, names.items[i]);
		struct stat st;

		if (strstr(names.items[i], SUFFIX) && stat(path, &st) == 0 &&
		    now - st.st_mtime > KEEP_S)
			unlink(path);
		free(path);
	}
	strvec_release(&names);
}

/* Builds the archive, gives it the name of its content, and writes the stamp. */
static int build(struct initramfs *base, char *const *paths, const char *folder,
		 const char *stamp_path)
{
	char *draft = xasprintf("%s/draft", folder);
	struct rootfs c = { .standins = xasprintf("%s/standins", folder) };
	struct strbuf stamp = STRBUF_INIT;
	struct hash_hex sha256;
	int ret = -1;

	note("packing the guest's file system");
	base->fio = ask_version(paths[ROOTFS_FIO], "");
	base->dmsetup = ask_version(paths[ROOTFS_DMSETUP], "Library version:");
	if (rootfs_find(&c, paths) < 0)
		goto out;
	/* The stamp is taken first: a file that changes while it is packed is packed again. */
	for (size_t i = 0; i < c.sources.count; i++)
		stamp_add(&stamp, c.sources.items[i]);
	stamp_add(&stamp, LINKER_CACHE);
	if (write_base(base, &c, draft, &sha256) < 0)
		goto out;
	base->sha256 = xstrdup(sha256.s);
	base->path = xasprintf("%s/%s" SUFFIX, folder, sha256.s);
	if (rename(draft, base->path) < 0) {
		error("cannot make \"%s\":", base->path);
		goto out;
	}
	remove_old(folder);
	{
		char *text = xasprintf("%s %s %s\n%s", base->sha256, base->fio, base->dmsetup,
				       stamp.data);

		ret = file_write_str(stamp_path, text);
		free(text);
	}
out:
	if (dir_remove(c.standins) < 0)
		ret = -1;
	rootfs_release(&c);
	strbuf_release(&stamp);
	free(draft);
	return ret;
}

/* From the stamp, or built. Others that want the same wait for the first. */
static int stamp_or_build(struct initramfs *base, char *const *paths, const char *folder)
{
	char *stamp_path = NULL, *lock_path = NULL;
	struct strbuf stamp = STRBUF_INIT;
	struct hash_hex key;
	struct hash h;
	int lock = -1, ret = -1;

	hash_init(&h);
	hash_part(&h, "layout", LAYOUT);
	for (size_t i = 0; i < ROOTFS_PROGRAMS; i++)
		hash_part(&h, rootfs_name(i), paths[i]);
	hash_end(&h, &key);
	stamp_path = xasprintf("%s/%.16s.stamp", folder, key.s);
	lock_path = xasprintf("%s/lock", folder);
	lock = file_lock(lock_path, "another kab that packs the guest's file system", false);
	if (lock < 0 || file_read_optional(stamp_path, &stamp) < 0)
		goto out;
	if (stamp_holds(base, stamp.data)) {
		/* The time of the last use, for remove_old(). */
		(void)utimensat(AT_FDCWD, base->path, NULL, 0);
		ret = 0;
	} else {
		ret = build(base, paths, folder, stamp_path);
	}
out:
	if (lock >= 0)
		close(lock);
	free(stamp_path);
	free(lock_path);
	strbuf_release(&stamp);
	return ret;
}

int initramfs_base(struct initramfs *base)
{
	char *paths[ROOTFS_PROGRAMS] = { NULL };
	char *folder = NULL;
	int ret = rootfs_programs(paths);

	*base = (struct initramfs){ 0 };
	if (ret == 0) {
		folder = path_cache(FOLDER);
		ret = folder && dir_make(folder) == 0 ? stamp_or_build(base, paths, folder) : -1;
	}
	for (size_t i = 0; i < ROOTFS_PROGRAMS; i++)
		free(paths[i]);
	free(folder);
	if (ret < 0)
		initramfs_release(base);
	return ret;
}

void initramfs_release(struct initramfs *base)
{
	free(base->path);
	free(base->sha256);
	free(base->fio);
	free(base->dmsetup);
	*base = (struct initramfs){ 0 };
}

static int add_modules(struct cpio *out, const char *folder, const struct strvec *files)
{
	struct strbuf order = STRBUF_INIT;
	char *list = xasprintf("%s/order", folder);
	int ret = files->count ? cpio_add_dir(out, folder) : 0;

	for (size_t i = 0; ret == 0 && i < files->count; i++) {
		char *name = xasprintf("%s/%s", folder, path_base(files->items[i]));

		ret = cpio_add_file(out, name, files->items[i]);
		strbuf_addf(&order, "%s\n", path_base(files->items[i]));
		free(name);
	}
	if (ret == 0 && files->count)
		ret = cpio_add_bytes(out, list, order.data, order.len);
	strbuf_release(&order);
	free(list);
	return ret;
}

static int add_provision(struct cpio *out, const struct provision *p)
{
	if (!p)
		return 0;
	if (add_modules(out, "machine", &p->machine) < 0 ||
	    add_modules(out, "modules", &p->loaded) < 0)
		return -1;
	return add_modules(out, "workload", &p->workload);
}

static int add_job(struct cpio *out, struct json_object *job)
{
	const char *text = json_object_to_json_string_ext(job, JSON_C_TO_STRING_PLAIN);

	return cpio_add_bytes(out, "job.json", text, strlen(text));
}

/*
 * Shared on file systems that can, otherwise copied inside the kernel. Not synced: the file is
 * of use for one boot only.
 */
static int copy_base(const struct initramfs *base, int out, const char *path)
{
	int in = open(base->path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;
	int ret;

	if (in < 0)
		return error("cannot open \"%s\":", base->path);
	if (ioctl(out, FICLONE, in) < 0)
		while (n > 0 || (n < 0 && errno == EINTR))
			n = sendfile(out, in, NULL, COPY_CHUNK); /* also to another file system */
	ret = n < 0 ? error("cannot write \"%s\":", path) : 0;
	close(in);
	return ret;
}

int initramfs_for_job(const struct initramfs *base, struct json_object *job,
		      const struct provision *p, const char *out)
{
	int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct cpio archive = { 0 };
	int ret = -1;

	if (fd < 0)
		return error("cannot make \"%s\":", out);
	if (copy_base(base, fd, out) < 0)
		goto out;
	if (lseek(fd, 0, SEEK_END) < 0) {
		error("cannot write \"%s\":", out);
		goto out;
	}
	if (cpio_begin(&archive, fd, out) == 0 && add_job(&archive, job) == 0 &&
	    add_provision(&archive, p) == 0)
		ret = cpio_end(&archive, NULL);
out:
	cpio_release(&archive);
	close(fd);
	if (ret < 0)
		unlink(out);
	return ret;
}
