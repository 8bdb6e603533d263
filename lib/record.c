// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Built into the static guest agent, with strbuf.c and alloc.c only.
 */
#include "record.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Where the fields of the header are. */
enum {
	AT_MAGIC = 0,
	AT_SEQUENCE = 4,
	AT_TYPE = 8,
	AT_NAME_LEN = 10,
	AT_DATA_LEN = 12,
	AT_CRC = 16,
};

static void put(char *at, unsigned int bytes, uint32_t value)
{
	for (unsigned int i = 0; i < bytes; i++)
		at[i] = (char)(value >> (8 * i));
}

static uint32_t get(const char *at, unsigned int bytes)
{
	uint32_t value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value |= (uint32_t)(unsigned char)at[i] << (8 * i);
	return value;
}

/* The checksum field itself is not covered, what is before and behind it is. */
static uint32_t checksum(const char *header, const char *name, size_t name_len, const char *data,
			 size_t data_len)
{
	uLong crc = crc32(0, (const Bytef *)header, AT_CRC);

	/* crc32() takes a NULL buffer as a request for its initial value. */
	if (name_len)
		crc = crc32(crc, (const Bytef *)name, (uInt)name_len);
	if (data_len)
		crc = crc32(crc, (const Bytef *)data, (uInt)data_len);
	return (uint32_t)crc;
}

void record_write(struct strbuf *out, uint32_t sequence, enum record_type type, const char *name,
		  const void *data, size_t len)
{
	char header[RECORD_HEADER];
	size_t name_len = strlen(name);

	/* A frame that no reader accepts must not be sent: better no run than half a run. */
	if (name_len > RECORD_NAME_MAX || len > RECORD_DATA_MAX)
		abort();
	put(header + AT_MAGIC, 4, RECORD_MAGIC);
	put(header + AT_SEQUENCE, 4, sequence);
	put(header + AT_TYPE, 2, type);
	put(header + AT_NAME_LEN, 2, (uint32_t)name_len);
	put(header + AT_DATA_LEN, 4, (uint32_t)len);
	put(header + AT_CRC, 4, checksum(header, name, name_len, data, len));
	strbuf_add(out, header, sizeof(header));
	strbuf_add(out, name, name_len);
	strbuf_add(out, data, len);
}

/* One component of a name: something to call a file, and not a way out of its folder. */
static bool good_component(const char *s, size_t len)
{
	if (!len || (len == 1 && s[0] == '.') || (len == 2 && s[0] == '.' && s[1] == '.'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (s[i] < 0x20 || s[i] > 0x7e)
			return false;
	return true;
}

static bool good_name(const char *name, size_t len, enum record_type type)
{
	const char *end = name + len;

	if (!len)
		return type != RECORD_FILE;
	for (;;) {
		const char *slash = memchr(name, '/', (size_t)(end - name));

		if (!good_component(name, (size_t)((slash ? slash : end) - name)))
			return false;
		if (!slash)
			return true;
		name = slash + 1;
	}
}

static enum record_result corrupt(const char **why, const char *what)
{
	*why = what;
	return RECORD_CORRUPT;
}

/* What can be said of the first bytes; lengths are bounded before anybody waits for them. */
static enum record_result read_header(const char *buf, size_t len, const char **why)
{
	char magic[4];

	put(magic, 4, RECORD_MAGIC);
	if (memcmp(buf, magic, len < sizeof(magic) ? len : sizeof(magic)) != 0)
		return corrupt(why, "bad magic");
	if (len < RECORD_HEADER)
		return RECORD_MORE;
	if (get(buf + AT_NAME_LEN, 2) > RECORD_NAME_MAX)
		return corrupt(why, "name too long");
	if (get(buf + AT_DATA_LEN, 4) > RECORD_DATA_MAX)
		return corrupt(why, "data too long");
	return RECORD_OK;
}

enum record_result record_read(const char *buf, size_t len, uint32_t expected_sequence,
			       struct record *rec, size_t *used, const char **why)
{
	enum record_result result;
	size_t name_len, data_len;
	const char *name = buf + RECORD_HEADER;
	const char *data;
	uint32_t type;

	if (!len)
		return RECORD_MORE;
	result = read_header(buf, len, why);
	if (result != RECORD_OK)
		return result;
	name_len = get(buf + AT_NAME_LEN, 2);
	data_len = get(buf + AT_DATA_LEN, 4);
	if (len - RECORD_HEADER < name_len + data_len)
		return RECORD_MORE;
	data = name + name_len;
	/* The checksum comes first: only a whole frame can tell a gap from a damaged number. */
	if (get(buf + AT_CRC, 4) != checksum(buf, name, name_len, data, data_len))
		return corrupt(why, "bad checksum");
	if (get(buf + AT_SEQUENCE, 4) != expected_sequence)
		return corrupt(why, "gap in the sequence");
	type = get(buf + AT_TYPE, 2);
	if (type < RECORD_HELLO || type > RECORD_DONE)
		return corrupt(why, "unknown type");
	if (!good_name(name, name_len, (enum record_type)type))
		return corrupt(why, "bad name");

	*rec = (struct record){ .sequence = expected_sequence,
				.type = (enum record_type)type,
				.data = data,
				.data_len = data_len };
	memcpy(rec->name, name, name_len);
	*used = RECORD_HEADER + name_len + data_len;
	return RECORD_OK;
}
