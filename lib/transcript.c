// SPDX-License-Identifier: GPL-2.0-or-later
#include "transcript.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"

int transcript_open(const void *text, size_t len)
{
	int fd = memfd_create("kab", MFD_CLOEXEC);

	if (fd < 0)
		return error("cannot make a file in memory:");
	if (fd_write(fd, text, len) < 0) {
		error("cannot write to a file in memory:");
		close(fd);
		return -1;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

void transcript_close(int fd, struct strbuf *said, size_t max)
{
	size_t end = said->len + max;
	ssize_t n;

	if (fd < 0)
		return;
	lseek(fd, 0, SEEK_SET);
	do
		n = strbuf_read_once(said, fd, end - said->len);
	while ((n > 0 && said->len < end) || (n < 0 && errno == EINTR));
	strbuf_rtrim(said);
	close(fd);
}
