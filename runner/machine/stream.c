// SPDX-License-Identifier: GPL-2.0-or-later
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/log.h"

#define CHUNK (1 << 20)

int stream_open(struct stream *s, const char *path)
{
	*s = (struct stream){ .pending = STRBUF_INIT };
	s->fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
	return s->fd < 0 ? error("cannot open \"%s\":", path) : 0;
}

void stream_close(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	strbuf_release(&s->pending);
}

int64_t stream_fill(struct stream *s)
{
	ssize_t n;

	strbuf_consume(&s->pending, s->parsed);
	s->parsed = 0;
	do
		n = strbuf_read_once(&s->pending, s->fd, CHUNK);
	while (n < 0 && errno == EINTR);
	return n < 0 ? error("cannot read the guest's records:") : n;
}

enum record_result stream_next(struct stream *s, struct record *rec, const char **why)
{
	size_t used = 0;
	enum record_result result = record_read(s->pending.data + s->parsed, stream_rest(s),
						s->sequence, rec, &used, why);

	if (result == RECORD_OK) {
		s->parsed += used;
		s->offset += (int64_t)used;
		s->sequence++;
	}
	return result;
}

size_t stream_rest(const struct stream *s)
{
	return s->pending.len - s->parsed;
}
