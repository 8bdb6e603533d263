// SPDX-License-Identifier: GPL-2.0-or-later
#include "qtest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/log.h"

#define LINE_MAX_LEN 256

/* One line of the answer, without its newline. */
static int receive_line(int fd, char line[LINE_MAX_LEN])
{
	size_t len = 0;

	while (len < LINE_MAX_LEN - 1) {
		ssize_t n = recv(fd, line + len, 1, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error("the test socket to QEMU:");
		if (n == 0)
			return error("the test socket to QEMU: closed");
		if (line[len] == '\n')
			break;
		len++;
	}
	line[len] = '\0';
	return 0;
}

int qtest_writel(int fd, uint64_t address, uint32_t value)
{
	char line[LINE_MAX_LEN];
	int len = snprintf(line, sizeof(line), "writel 0x%" PRIx64 " 0x%" PRIx32 "\n", address,
			   value);
	ssize_t n;

	do
		n = send(fd, line, (size_t)len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n != len)
		return error("the test socket to QEMU:");
	if (receive_line(fd, line) < 0)
		return -1;
	if (strncmp(line, "OK", 2) != 0)
		return error("the test socket to QEMU: \"%s\"", line);
	return 0;
}
