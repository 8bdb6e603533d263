// SPDX-License-Identifier: GPL-2.0-or-later
#include "transcript.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/log.h"

int transcript_open(const void *text, size_t len)
{
	const char *at = text;
	int fd = memfd_create("kab", MFD_CLOEXEC);

	if (fd < 0)
		return error("cannot make a file in memory:");
	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			error("cannot write to a file in memory:");
			close(fd);
			return -1;
		}
		at += n;
		len -= (size_t)n;
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
