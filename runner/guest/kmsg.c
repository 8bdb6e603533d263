// SPDX-License-Identifier: GPL-2.0-or-later
#include "kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX 8192

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int saved;

	if (fd < 0 || lseek(fd, 0, SEEK_END) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* A record is "PRIORITY,NUMBER,TIME,FLAGS;MESSAGE\n", and lines of properties, which are dropped. */
void kmsg_read(int fd, struct strbuf *out)
{
	char record[RECORD_MAX];
	ssize_t n;

	/* EPIPE: some were overwritten before they were read; the next read goes on behind. */
	while ((n = read(fd, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		const char *message;

		record[n > 0 ? n : 0] = '\0';
		message = strchr(record, ';');
		if (!message)
			continue;
		message++;
		strbuf_add(out, message, strcspn(message, "\n"));
		strbuf_addch(out, '\n');
	}
}

unsigned int kmsg_count(const char *text, const char *what)
{
	unsigned int count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text += strlen(what);
	}
	return count;
}
