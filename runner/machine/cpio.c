// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpio.h"

#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/log.h"

#define CHUNK	(128 << 10)
#define PADDING 512

static int failed(struct cpio *c)
{
	return error("cannot write \"%s\": %s", c->path, archive_error_string(c->archive));
}

static la_ssize_t on_write(struct archive *archive, void *ctx, const void *data, size_t len)
{
	struct cpio *c = ctx;
	ssize_t n;

	do {
		n = write(c->fd, data, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		archive_set_error(archive, errno, "%s", strerror(errno));
	else
		hash_bytes(&c->hash, data, (size_t)n);
	return n;
}

int cpio_begin(struct cpio *c, int fd, const char *path)
{
	*c = (struct cpio){ .archive = archive_write_new(), .path = path, .fd = fd };
	if (!c->archive)
		return error("cannot write \"%s\": out of memory", path);
	hash_init(&c->hash);
	if (archive_write_set_format_cpio_newc(c->archive) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(c->archive, CHUNK) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(c->archive, PADDING) != ARCHIVE_OK ||
	    archive_write_open2(c->archive, c, NULL, on_write, NULL, NULL) != ARCHIVE_OK)
		return failed(c);
	return 0;
}

/* A header with everything that is the same in all of them. */
static int add_header(struct cpio *c, const char *name, mode_t type, mode_t mode, int64_t size)
{
	struct archive_entry *entry = archive_entry_new2(c->archive);
	int ret;

	if (!entry)
		return error("cannot write \"%s\": out of memory", c->path);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, type);
	archive_entry_set_perm(entry, mode);
	archive_entry_set_ino64(entry, ++c->entries);
	archive_entry_set_nlink(entry, 1);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_mtime(entry, 0, 0);
	archive_entry_set_size(entry, size);
	if (type == AE_IFCHR)
		archive_entry_set_rdev(entry, makedev(5, 1));
	ret = archive_write_header(c->archive, entry) == ARCHIVE_OK ? 0 : failed(c);
	archive_entry_free(entry);
	return ret;
}

int cpio_add_dir(struct cpio *c, const char *name)
{
	return add_header(c, name, AE_IFDIR, 0755, 0);
}

int cpio_add_console(struct cpio *c)
{
	return add_header(c, "dev/console", AE_IFCHR, 0600, 0);
}

int cpio_add_bytes(struct cpio *c, const char *name, const void *data, size_t len)
{
	if (add_header(c, name, AE_IFREG, 0644, (int64_t)len) < 0)
		return -1;
	return archive_write_data(c->archive, data, len) == (la_ssize_t)len ? 0 : failed(c);
}

/* Exactly `size` bytes, as the header in front of them promises. */
static int add_content(struct cpio *c, int fd, const char *from, int64_t size)
{
	char chunk[CHUNK];

	while (size > 0) {
		size_t want = size < CHUNK ? (size_t)size : CHUNK;
		ssize_t n = read(fd, chunk, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error("cannot read \"%s\":", from);
		if (n == 0)
			return error("\"%s\" became shorter while it was read", from);
		if (archive_write_data(c->archive, chunk, (size_t)n) != n)
			return failed(c);
		size -= n;
	}
	return 0;
}

int cpio_add_file(struct cpio *c, const char *name, const char *from)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int ret = -1;

	if (fd < 0)
		return error("cannot open \"%s\":", from);
	if (fstat(fd, &st) < 0)
		error("cannot read \"%s\":", from);
	else if (add_header(c, name, AE_IFREG, 0755, st.st_size) == 0)
		ret = add_content(c, fd, from, st.st_size);
	close(fd);
	return ret;
}

int cpio_end(struct cpio *c, struct hash_hex *sha256)
{
	if (archive_write_close(c->archive) != ARCHIVE_OK)
		return failed(c);
	if (sha256)
		hash_end(&c->hash, sha256);
	return 0;
}

void cpio_release(struct cpio *c)
{
	if (c->archive)
		archive_write_free(c->archive);
	c->archive = NULL;
}
