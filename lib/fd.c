// SPDX-License-Identifier: GPL-2.0-or-later
#include "fd.h"

#include <errno.h>
#include <unistd.h>

int fd_write(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_write_close(int fd, const void *data, size_t len)
{
	int result = fd_write(fd, data, len), reason = errno;

	if (close(fd) < 0 && result == 0)
		return -1;
	errno = reason;
	return result;
}
