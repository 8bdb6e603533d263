// SPDX-License-Identifier: GPL-2.0-or-later
#include "send.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "file.h"

#define PORTS	      "/sys/class/virtio-ports"
#define PORT_TRIES    1000
#define PORT_PAUSE_NS 5000000

static bool port_is_ours(const char *dir)
{
	struct strbuf path = STRBUF_INIT, name = STRBUF_INIT;
	bool ours;

	strbuf_addf(&path, PORTS "/%s/name", dir);
	read_fact(path.data, &name);
	ours = strcmp(name.data, SEND_PORT) == 0;
	strbuf_release(&path);
	strbuf_release(&name);
	return ours;
}

/* The port's descriptor, or -1 while it is not there. */
static int find_port(void)
{
	struct strbuf path = STRBUF_INIT;
	DIR *ports = opendir(PORTS);
	struct dirent *entry;
	int fd = -1;

	if (!ports)
		return -1;
	while (fd < 0 && (entry = readdir(ports))) {
		if (entry->d_name[0] == '.' || !port_is_ours(entry->d_name))
			continue;
		strbuf_reset(&path);
		strbuf_addf(&path, "/dev/%s", entry->d_name);
		fd = open(path.data, O_WRONLY | O_CLOEXEC);
	}
	closedir(ports);
	strbuf_release(&path);
	return fd;
}

int send_open(struct sender *s)
{
	const struct timespec pause = { .tv_nsec = PORT_PAUSE_NS };

	for (int i = 0; i < PORT_TRIES; i++) {
		s->fd = find_port();
		if (s->fd >= 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	errno = ENODEV;
	return -1;
}

int send_record(struct sender *s, enum record_type type, const char *name, const void *data,
		size_t len)
{
	struct strbuf frame = STRBUF_INIT;
	int ret;

	if (s->fd < 0)
		return -1;
	record_write(&frame, s->sequence, type, name, data, len);
	ret = write_all(s->fd, frame.data, frame.len);
	s->sequence++;
	strbuf_release(&frame);
	return ret;
}

int send_text(struct sender *s, enum record_type type, const char *name, const char *text)
{
	return send_record(s, type, name, text, strlen(text));
}

int send_file(struct sender *s, const char *workload, const char *file, const void *data,
	      size_t len)
{
	struct strbuf name = STRBUF_INIT;
	int ret;

	if (workload)
		strbuf_addf(&name, "%s/", workload);
	strbuf_adds(&name, file);
	if (len > RECORD_DATA_MAX)
		ret = send_finding(s, workload ? workload : "", "check-failed",
				   "'%s' is too long to send: %zu bytes", file, len);
	else
		ret = send_record(s, RECORD_FILE, name.data, data, len);
	strbuf_release(&name);
	return ret;
}

int send_finding(struct sender *s, const char *workload, const char *kind, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;
	int ret;

	strbuf_addf(&text, "%s ", kind);
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	/* The console has it too, for whoever reads along. */
	printf("kab-agent: %s%s%s\n", workload, *workload ? ": " : "", text.data);
	ret = send_record(s, RECORD_FINDING, workload, text.data, text.len);
	strbuf_release(&text);
	return ret;
}
