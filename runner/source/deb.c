// SPDX-License-Identifier: GPL-2.0-or-later
#include "deb.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/fd.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strbuf.h"

#define CHUNK	     65536
#define FILE_MAX     (256 << 20) /* the largest module of 6.12 with its debug information: 40 MiB */
#define STUB_MAX     4096	 /* a System.map has megabytes; the stub is one line */
#define BLOCK	     10240
#define DATA_MEMBER  "data.tar"
#define MODULES_PART "lib/modules/" /* also below usr/ */

/* The files of a kernel's own that are wanted, by what their paths begin with. */
static const struct {
	const char *prefix;
	const char *to;
} places[] = {
	{ "boot/vmlinuz-", "bzImage" },
	{ "boot/config-", "config" },
	{ "boot/System.map-", "System.map" },
};

/* In the folder with the modules. Kernels since 7 have all of their own there. */
static const struct {
	const char *name;
	const char *to;
} beside_modules[] = {
	{ "modules.builtin", "modules.builtin" },
	{ "vmlinuz", "bzImage" },
	{ "config", "config" },
	{ "System.map", "System.map" },
};

static const char *const module_suffixes[] = { ".ko", ".ko.xz", ".ko.zst", ".ko.gz" };

/* The package, an ar archive, and the tar archive within it. */
struct deb {
	const char *path;
	const char *dir;
	struct archive *outer, *inner;
	char buffer[CHUNK];
};

static int fail(const struct deb *d, struct archive *a)
{
	return error("the package \"%s\" cannot be unpacked: %s", d->path, archive_error_string(a));
}

static la_ssize_t read_inner(struct archive *a, void *ctx, const void **data)
{
	struct deb *d = ctx;
	la_ssize_t n = archive_read_data(d->outer, d->buffer, sizeof(d->buffer));

	*data = d->buffer;
	if (n < 0)
		archive_set_error(a, archive_errno(d->outer), "%s", archive_error_string(d->outer));
	return n;
}

/* Up to the member with the files. */
static int open_outer(struct deb *d)
{
	struct archive_entry *entry;
	int code;

	archive_read_support_format_ar(d->outer);
	if (archive_read_open_filename(d->outer, d->path, BLOCK) != ARCHIVE_OK)
		return error("\"%s\" is no Debian package: %s", d->path,
			     archive_error_string(d->outer));
	while ((code = archive_read_next_header(d->outer, &entry)) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry);

		if (name && !strncmp(name, DATA_MEMBER, strlen(DATA_MEMBER)))
			return 0;
	}
	if (code != ARCHIVE_EOF)
		return error("\"%s\" is no Debian package: %s", d->path,
			     archive_error_string(d->outer));
	return error("\"%s\" is no Debian package: it has no \"" DATA_MEMBER "\"", d->path);
}

static int open_inner(struct deb *d)
{
	archive_read_support_format_tar(d->inner);
	archive_read_support_filter_all(d->inner);
	return archive_read_open(d->inner, d, NULL, read_inner, NULL) == ARCHIVE_OK
		       ? 0
		       : fail(d, d->inner);
}

/* All of the current entry. */
static int read_entry(const struct deb *d, struct archive *a, const char *name, struct strbuf *out)
{
	char buffer[CHUNK];
	la_ssize_t n;

	while ((n = archive_read_data(a, buffer, sizeof(buffer))) > 0) {
		if (out->len + (size_t)n > FILE_MAX)
			return error("the package \"%s\": \"%s\" has more than %d MiB", d->path,
				     name, FILE_MAX >> 20);
		strbuf_add(out, buffer, (size_t)n);
	}
	return n < 0 ? error("the package \"%s\": \"%s\" cannot be unpacked: %s", d->path, name,
			     archive_error_string(a))
		     : 0;
}

static int decompress(const struct deb *d, const char *name, const struct strbuf *from,
		      struct strbuf *to)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	int result;

	archive_read_support_format_raw(a);
	archive_read_support_filter_all(a);
	if (archive_read_open_memory(a, from->data, from->len) != ARCHIVE_OK ||
	    archive_read_next_header(a, &entry) != ARCHIVE_OK)
		result = error("the package \"%s\": \"%s\" cannot be decompressed: %s", d->path,
			       name, archive_error_string(a));
	else
		result = read_entry(d, a, name, to);
	archive_read_free(a);
	return result;
}

/* Not synced: the whole folder is, at the end. */
static int write_new(const char *path, const struct strbuf *data)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return error("cannot make \"%s\":", path);
	if (fd_write_close(fd, data->data, data->len) < 0)
		return error("cannot write \"%s\":", path);
	return 0;
}

/* "kernel/brd.ko.xz" -> "brd.ko"; NULL when it is no module. A new string. */
static char *module_file(const char *path)
{
	const char *base = path_base(path);
	size_t len = strlen(base);

	for (size_t i = 0; i < sizeof(module_suffixes) / sizeof(*module_suffixes); i++) {
		size_t suffix = strlen(module_suffixes[i]);

		if (len > suffix && !strcmp(base + len - suffix, module_suffixes[i]))
			return xasprintf("%.*s.ko", (int)(len - suffix), base);
	}
	return NULL;
}

static int take_file(const struct deb *d, const char *path, const char *name)
{
	struct strbuf data = STRBUF_INIT;
	char *to = xasprintf("%s/%s", d->dir, name);
	int result;

	if (file_exists(to))
		result = error("the package \"%s\" holds several kernels", d->path);
	else
		result = read_entry(d, d->inner, path, &data);
	if (!result)
		result = write_new(to, &data);
	strbuf_release(&data);
	free(to);
	return result;
}

/* What is compressed in a way that libarchive does not know comes out as it went in. */
static int write_module(const struct deb *d, const char *name, const char *to,
			const struct strbuf *data)
{
	static const char magic[] = "\177ELF";

	if (data->len < strlen(magic) || memcmp(data->data, magic, strlen(magic)) != 0)
		return error("the package \"%s\": \"%s\" is no module", d->path, name);
	return write_new(to, data);
}

static int take_module(const struct deb *d, const char *path)
{
	char *name = module_file(path);
	struct strbuf packed = STRBUF_INIT, plain = STRBUF_INIT;
	char *to;
	int result;

	if (!name)
		return 0; /* modules.order and the like */
	to = xasprintf("%s/modules/%s", d->dir, name);
	result = read_entry(d, d->inner, path, &packed);
	if (!result && !strcmp(path + strlen(path) - strlen(".ko"), ".ko"))
		result = write_module(d, path, to, &packed);
	else if (!result && !(result = decompress(d, path, &packed, &plain)))
		result = write_module(d, path, to, &plain);
	strbuf_release(&packed);
	strbuf_release(&plain);
	free(to);
	free(name);
	return result;
}

static int take_entry(const struct deb *d, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	const char *base;

	if (!path || archive_entry_filetype(entry) != AE_IFREG)
		return 0;
	path += !strncmp(path, "./", 2) ? 2 : 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!strncmp(path, places[i].prefix, strlen(places[i].prefix)))
			return take_file(d, path, places[i].to);
	path += !strncmp(path, "usr/", 4) ? 4 : 0;
	if (strncmp(path, MODULES_PART, strlen(MODULES_PART)) != 0)
		return 0;
	base = strchr(path + strlen(MODULES_PART), '/');
	for (size_t i = 0; base && i < sizeof(beside_modules) / sizeof(*beside_modules); i++)
		if (!strcmp(base + 1, beside_modules[i].name))
			return take_file(d, path, beside_modules[i].to);
	return take_module(d, path);
}

static int take_entries(const struct deb *d)
{
	struct archive_entry *entry;
	int code;

	while ((code = archive_read_next_header(d->inner, &entry)) == ARCHIVE_OK ||
	       code == ARCHIVE_WARN) {
		if (interrupted() || take_entry(d, entry) < 0)
			return -1;
	}
	return code == ARCHIVE_EOF ? 0 : fail(d, d->inner);
}

/* Debian keeps the real one in the package with the debug information. */
static int drop_stub(const char *dir)
{
	char *path = xasprintf("%s/System.map", dir);
	int64_t size = file_size(path);
	int result = 0;

	if (size >= 0 && size < STUB_MAX && unlink(path) < 0)
		result = error("cannot remove \"%s\":", path);
	free(path);
	return result;
}

static int check_kernel(const char *package, const char *dir)
{
	char *path = xasprintf("%s/bzImage", dir);
	bool there = file_exists(path);

	free(path);
	return there ? drop_stub(dir)
		     : error("the package \"%s\" holds no kernel: it has no \"boot/vmlinuz-...\"",
			     package);
}

static int sync_folder(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result =
		fd >= 0 && syncfs(fd) == 0 ? 0 : error("cannot write \"%s\" to the disk:", dir);

	if (fd >= 0)
		close(fd);
	return result;
}

static int unpack_one(const char *file, const char *dir)
{
	struct deb d = {
		.path = file, .dir = dir, .outer = archive_read_new(), .inner = archive_read_new()
	};
	int result = open_outer(&d);

	if (!result)
		result = open_inner(&d);
	if (!result)
		result = take_entries(&d);
	archive_read_free(d.inner);
	archive_read_free(d.outer);
	return result;
}

int deb_unpack(const struct strvec *files, const char *dir)
{
	char *modules = xasprintf("%s/modules", dir);
	int result = dir_make(modules);

	for (size_t i = 0; !result && i < files->count; i++)
		result = unpack_one(files->items[i], dir);
	if (!result)
		result = check_kernel(files->items[0], dir);
	if (!result)
		result = sync_folder(dir);
	free(modules);
	return result;
}
