// SPDX-License-Identifier: GPL-2.0-or-later
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/log.h"

#define PAGE 4096

static int map_file(struct disk *d, uint64_t bytes, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	int err;

	if (fd < 0)
		return error("cannot open \"%s\":", path);
	/* Without its blocks a full disk would be a SIGBUS later. */
	err = posix_fallocate(fd, 0, (off_t)bytes);
	if (err || ftruncate(fd, (off_t)bytes) < 0) {
		errno = err ? err : errno;
		error("\"%s\":", path);
		close(fd);
		return -1;
	}
	d->data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return 0;
}

int disk_open(struct disk *d, uint64_t bytes, const char *path)
{
	*d = (struct disk){ .blocks = bytes / DISK_BLOCK, .file = path };
	if (path && map_file(d, bytes, path) < 0)
		return -1;
	if (!path)
		d->data = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (d->data != MAP_FAILED)
		return 0;
	d->data = NULL;
	return error("a disk of %llu bytes:", (unsigned long long)bytes);
}

void disk_close(struct disk *d)
{
	if (d->data)
		munmap(d->data, d->blocks * DISK_BLOCK);
	d->data = NULL;
}

bool disk_has(const struct disk *d, uint64_t block, uint64_t count)
{
	return count <= d->blocks && block <= d->blocks - count;
}

int disk_flush(struct disk *d)
{
	if (d->file && msync(d->data, d->blocks * DISK_BLOCK, MS_SYNC) < 0)
		return error("a disk's file:");
	return 0;
}

void disk_discard(struct disk *d, uint64_t block, uint64_t count)
{
	uint64_t begin = block * DISK_BLOCK, end = begin + count * DISK_BLOCK;
	uint64_t first = (begin + PAGE - 1) / PAGE * PAGE, last = end / PAGE * PAGE;

	/* Whole pages of anonymous memory come back as zeros. */
	if (!d->file && first < last &&
	    madvise(d->data + first, last - first, MADV_DONTNEED) == 0) {
		memset(d->data + begin, 0, first - begin);
		memset(d->data + last, 0, end - last);
		return;
	}
	memset(d->data + begin, 0, end - begin);
}
