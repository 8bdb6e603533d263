// SPDX-License-Identifier: GPL-2.0-or-later
#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "alloc.h"
#include "fd.h"
#include "log.h"
#include "proc.h"

#define CHUNK	     (128 << 10)
#define LOCK_POLL_MS 100

static int read_all(int fd, const char *path, struct strbuf *out)
{
	for (;;) {
		ssize_t n = strbuf_read_once(out, fd, CHUNK);

		if (!n)
			return 0;
		if (n < 0 && errno != EINTR)
			return error("cannot read \"%s\":", path);
	}
}

/* As file_read_optional(), but leaves the message about a missing file to the caller. */
static int read_path(const char *path, struct strbuf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return errno == ENOENT ? 1 : error("cannot open \"%s\":", path);
	result = read_all(fd, path, out);
	close(fd);
	return result;
}

int file_read(const char *path, struct strbuf *out)
{
	int result = read_path(path, out);

	return result == 1 ? error("cannot open \"%s\":", path) : result;
}

int file_read_optional(const char *path, struct strbuf *out)
{
	return read_path(path, out);
}

/* The directory that holds the path; the caller frees it. */
static char *parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return xstrdup(".");
	return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

/* A file on its way to its place. */
struct draft {
	const char *path; /* the place; borrowed */
	char *dir;
	char *name; /* where the bytes are until then */
	int fd;
};

static int draft_open(struct draft *d, const char *path)
{
	d->path = path;
	d->dir = parent_of(path);
	d->name = xasprintf("%s/.kab-tmp-XXXXXX", d->dir);
	d->fd = mkostemp(d->name, O_CLOEXEC);
	if (d->fd >= 0)
		return 0;
	error("cannot write \"%s\":", path);
	free(d->name);
	free(d->dir);
	return -1;
}

/* After a failure: no half file stays behind. */
static void draft_drop(struct draft *d)
{
	if (d->fd >= 0)
		close(d->fd);
	unlink(d->name);
	free(d->name);
	free(d->dir);
}

static int draft_write(const struct draft *d, const void *data, size_t len)
{
	return fd_write(d->fd, data, len) < 0 ? error("cannot write \"%s\":", d->path) : 0;
}

/* A rename is durable only once the directory is. */
static int sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return error("cannot open \"%s\":", dir);
	/* Some file systems cannot sync a directory, and need not. */
	if (fsync(fd) < 0 && errno != EINVAL)
		result = error("cannot sync \"%s\":", dir);
	close(fd);
	return result;
}

/* Brings it into place and ends the draft, whatever the outcome. */
static int draft_commit(struct draft *d, mode_t mode)
{
	int result = 0;

	if (fchmod(d->fd, mode) < 0 || fsync(d->fd) < 0)
		result = error("cannot write \"%s\":", d->path);
	/* Some file systems report a full disk only here. */
	if (close(d->fd) < 0 && !result)
		result = error("cannot write \"%s\":", d->path);
	d->fd = -1;
	if (!result && rename(d->name, d->path) < 0)
		result = error("cannot rename to \"%s\":", d->path);
	if (result < 0) {
		draft_drop(d);
		return -1;
	}
	result = sync_dir(d->dir);
	free(d->name);
	free(d->dir);
	return result;
}

/* What open() would give a new file. */
static mode_t default_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

int file_write(const char *path, const void *data, size_t len)
{
	struct draft d;

	if (draft_open(&d, path) < 0)
		return -1;
	if (draft_write(&d, data, len) < 0) {
		draft_drop(&d);
		return -1;
	}
	return draft_commit(&d, default_mode());
}

int file_write_str(const char *path, const char *s)
{
	return file_write(path, s, strlen(s));
}

static int copy_bytes(int from_fd, const char *from, const struct draft *d)
{
	struct strbuf chunk = STRBUF_INIT;
	int result = 0;

	if (!ioctl(d->fd, FICLONE, from_fd))
		return 0;
	while (!result) {
		ssize_t n;

		strbuf_reset(&chunk);
		n = strbuf_read_once(&chunk, from_fd, CHUNK);
		if (!n)
			break;
		if (n > 0)
			result = draft_write(d, chunk.data, chunk.len);
		else if (errno != EINTR)
			result = error("cannot read \"%s\":", from);
	}
	strbuf_release(&chunk);
	return result;
}

int file_copy(const char *from, const char *to)
{
	struct draft d;
	struct stat st;
	int fd;

	fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		error("cannot open \"%s\":", from);
		goto fail;
	}
	if (draft_open(&d, to) < 0)
		goto fail;
	if (copy_bytes(fd, from, &d) < 0) {
		draft_drop(&d);
		goto fail;
	}
	close(fd);
	return draft_commit(&d, st.st_mode & 07777);
fail:
	if (fd >= 0)
		close(fd);
	return -1;
}

bool file_exists(const char *path)
{
	struct stat st;

	return !stat(path, &st);
}

int64_t file_size(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	return st.st_size;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

int dir_make(const char *path)
{
	char *part = xstrdup(path);
	int result = 0;

	for (char *end = part; !result && *end;) {
		char kept;

		end += strspn(end, "/");
		end += strcspn(end, "/");
		kept = *end;
		*end = '\0';
		/* Not EEXIST alone: on a read-only file system it is EROFS, and fine, too. */
		if (mkdir(part, 0777) < 0) {
			int saved = errno;

			if (!is_dir(part)) {
				errno = saved;
				result = error("cannot make the directory \"%s\":", part);
			}
		}
		*end = kept;
	}
	free(part);
	return result;
}

/* Appends the names in an open directory, unsorted; leaves the descriptor alone. */
static int read_names(int dir_fd, struct strvec *names)
{
	struct dirent *entry;
	DIR *dir;
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -1;
	}
	errno = 0;
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			strvec_push(names, entry->d_name);
		errno = 0;
	}
	fd = errno;
	closedir(dir);
	errno = fd;
	return fd ? -1 : 0;
}

/* A walk through a tree: where it is, for messages, and what it may not leave. */
struct walk {
	struct strbuf path;
	dev_t dev;
};

static int remove_at(struct walk *w, int parent, const char *name);

static int remove_entries(struct walk *w, int fd)
{
	struct strvec names = STRVEC_INIT;
	size_t len = w->path.len;
	int result = 0;

	/* All names first: removing while reading may skip some on some file systems. */
	if (read_names(fd, &names) < 0)
		result = error("cannot read \"%s\":", w->path.data);
	for (size_t i = 0; !result && i < names.count; i++) {
		strbuf_addf(&w->path, "/%s", names.items[i]);
		result = remove_at(w, fd, names.items[i]);
		if (!result) {
			w->path.len = len;
			w->path.data[len] = '\0';
		}
	}
	strvec_release(&names);
	return result;
}

static int remove_dir_at(struct walk *w, int parent, const char *name, mode_t mode)
{
	int fd, result;

	/* A read-only folder of a source tree, or overlayfs' work folder, which has no rights. */
	if ((mode & S_IRWXU) != S_IRWXU)
		fchmodat(parent, name, (mode & 07777) | S_IRWXU, AT_SYMLINK_NOFOLLOW);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return error("cannot open \"%s\":", w->path.data);
	result = remove_entries(w, fd);
	close(fd);
	if (!result && unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
		result = error("cannot remove \"%s\":", w->path.data);
	return result;
}

static int remove_at(struct walk *w, int parent, const char *name)
{
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error("cannot look at \"%s\":", w->path.data);
	if (!S_ISDIR(st.st_mode)) {
		if (unlinkat(parent, name, 0) < 0 && errno != ENOENT)
			return error("cannot remove \"%s\":", w->path.data);
		return 0;
	}
	if (st.st_dev != w->dev)
		return error("cannot remove \"%s\": something is mounted there", w->path.data);
	return remove_dir_at(w, parent, name, st.st_mode);
}

int dir_remove(const char *path)
{
	struct walk w = { .path = STRBUF_INIT };
	struct stat st;
	int result;

	strbuf_adds(&w.path, path);
	/* A closing slash would make a symbolic link its target. */
	while (w.path.len > 1 && w.path.data[w.path.len - 1] == '/')
		w.path.data[--w.path.len] = '\0';
	if (lstat(w.path.data, &st) < 0) {
		result = errno == ENOENT ? 0 : error("cannot look at \"%s\":", path);
	} else {
		char *name = xstrdup(w.path.data);

		w.dev = st.st_dev;
		result = remove_at(&w, AT_FDCWD, name);
		free(name);
	}
	strbuf_release(&w.path);
	return result;
}

int dir_list(const char *path, struct strvec *names)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : error("cannot open \"%s\":", path);
	if (read_names(fd, names) < 0)
		result = error("cannot read \"%s\":", path);
	close(fd);
	strvec_sort(names);
	return result;
}

/* A file with several names, to be counted once. */
struct linked {
	dev_t dev;
	ino_t ino;
	int64_t bytes;
};

struct sum {
	struct strbuf path;
	int64_t bytes; /* of all that have one name */
	struct linked *linked;
	size_t count;
};

static int compare_linked(const void *a, const void *b)
{
	const struct linked *x = a;
	const struct linked *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static void sum_linked(struct sum *sum)
{
	if (sum->count)
		qsort(sum->linked, sum->count, sizeof(*sum->linked), compare_linked);
	for (size_t i = 0; i < sum->count; i++)
		if (!i || compare_linked(&sum->linked[i - 1], &sum->linked[i]))
			sum->bytes += sum->linked[i].bytes;
}

static void add_linked(struct sum *sum, const struct stat *st)
{
	/* Doubles at each power of two. */
	if (!(sum->count & (sum->count - 1)))
		sum->linked = xreallocarray(sum->linked, sum->count ? sum->count * 2 : 1,
					    sizeof(*sum->linked));
	sum->linked[sum->count++] = (struct linked){ st->st_dev, st->st_ino, st->st_blocks * 512 };
}

static int sum_at(struct sum *sum, int parent, const char *name);

static int sum_dir_at(struct sum *sum, int parent, const char *name)
{
	struct strvec names = STRVEC_INIT;
	size_t len = sum->path.len;
	int result = 0;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : error("cannot open \"%s\":", sum->path.data);
	if (read_names(fd, &names) < 0)
		result = error("cannot read \"%s\":", sum->path.data);
	for (size_t i = 0; !result && i < names.count; i++) {
		strbuf_addf(&sum->path, "/%s", names.items[i]);
		result = sum_at(sum, fd, names.items[i]);
		sum->path.len = len;
		sum->path.data[len] = '\0';
	}
	close(fd);
	strvec_release(&names);
	return result;
}

/* Others may be at work in the tree: what is gone counts nothing. */
static int sum_at(struct sum *sum, int parent, const char *name)
{
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error("cannot look at \"%s\":", sum->path.data);
	if (!S_ISDIR(st.st_mode) && st.st_nlink > 1) {
		add_linked(sum, &st);
		return 0;
	}
	sum->bytes += st.st_blocks * 512;
	return S_ISDIR(st.st_mode) ? sum_dir_at(sum, parent, name) : 0;
}

int64_t dir_size(const char *path)
{
	struct sum sum = { .path = STRBUF_INIT };
	int result;

	strbuf_adds(&sum.path, path);
	result = sum_at(&sum, AT_FDCWD, path);
	sum_linked(&sum);
	free(sum.linked);
	strbuf_release(&sum.path);
	return result < 0 ? -1 : sum.bytes;
}

int64_t disk_free(const char *path)
{
	struct statvfs fs;
	char *at = xstrdup(path);
	int result;

	while ((result = statvfs(at, &fs)) < 0 && errno == ENOENT && strcmp(at, "/") != 0 &&
	       strcmp(at, ".") != 0) {
		char *parent = parent_of(at);

		free(at);
		at = parent;
	}
	if (result < 0)
		error("cannot look at the file system of \"%s\":", path);
	free(at);
	return result < 0 ? -1 : (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}

/* Waits a little: 0, or -1 when kab was interrupted. */
static int lock_pause(void)
{
	struct pollfd wake = { .fd = interrupt_fd(), .events = POLLIN };

	poll(&wake, 1, LOCK_POLL_MS);
	return interrupted() ? -1 : 0;
}

/* True when the path still names the locked file, and not a newer one. */
static bool still_there(int fd, const char *path)
{
	struct stat mine, there;

	return !fstat(fd, &mine) && !stat(path, &there) && mine.st_dev == there.st_dev &&
	       mine.st_ino == there.st_ino;
}

/* Returns a locked descriptor, -1 on error, -2 when another process has it. */
static int try_lock(const char *path, int operation)
{
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

		if (fd < 0)
			return error("cannot open \"%s\":", path);
		if (flock(fd, operation | LOCK_NB) < 0) {
			int saved = errno;

			close(fd);
			errno = saved;
			return errno == EWOULDBLOCK ? -2 : error("cannot lock \"%s\":", path);
		}
		if (still_there(fd, path))
			return fd;
		close(fd);
	}
}

/*
 * Asks again and again instead of sleeping in flock(): a signal that arrives just before that
 * call would be slept over.
 */
static int lock(const char *path, const char *what, int operation, bool nonblock)
{
	bool said = false;
	int fd;

	while ((fd = try_lock(path, operation)) == -2 && !nonblock) {
		if (!said)
			note("waiting for %s", what);
		said = true;
		if (lock_pause() < 0)
			return error("interrupted while waiting for %s", what);
	}
	return fd;
}

int file_lock(const char *path, const char *what, bool nonblock)
{
	return lock(path, what, LOCK_EX, nonblock);
}

int file_lock_shared(const char *path, const char *what)
{
	return lock(path, what, LOCK_SH, false);
}

const char *path_base(const char *path)
{
	const char *base = path + strlen(path);

	while (base > path && base[-1] == '/')
		base--;
	while (base > path && base[-1] != '/')
		base--;
	return base;
}

char *path_beside(const char *file, char *path)
{
	char *full;

	if (!path || *path == '/')
		return path;
	full = xasprintf("%.*s%s", (int)(path_base(file) - file), file, path);
	free(path);
	return full;
}
