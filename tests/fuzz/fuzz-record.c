// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * record_read() on hostile bytes: reads nothing outside of them, and whatever it accepts is exactly
 * what record_write() would have written.
 * Built and run by "make fuzz".
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

/* What was accepted is what the writer writes. */
static void write_again(const struct record *rec, const char *frame, size_t used)
{
	struct strbuf sb = STRBUF_INIT;

	record_write(&sb, rec->sequence, rec->type, rec->name, rec->data, rec->data_len);
	must(sb.len == used && !memcmp(sb.data, frame, used));
	strbuf_release(&sb);
}

static void parse(const char *buf, size_t len)
{
	uint32_t sequence = 0;
	struct record rec;
	const char *why = NULL;
	size_t used;

	for (;;) {
		enum record_result result = record_read(buf, len, sequence, &rec, &used, &why);

		if (result == RECORD_CORRUPT)
			must(why != NULL);
		if (result != RECORD_OK)
			return;
		must(used >= RECORD_HEADER && used <= len);
		must(rec.data >= buf && rec.data + rec.data_len == buf + used);
		write_again(&rec, buf, used);
		buf += used;
		len -= used;
		sequence++;
	}
}

/* A frame of the fuzzer's choice with a right checksum, and the rest of the input behind it. */
static void parse_framed(const char *data, size_t size)
{
	struct strbuf sb = STRBUF_INIT;
	char name[RECORD_NAME_MAX + 1] = "";
	size_t name_len;

	if (size < 2)
		return;
	name_len = (unsigned char)data[1] < size - 2 ? (unsigned char)data[1] : size - 2;
	memcpy(name, data + 2, name_len);
	record_write(&sb, 0, (enum record_type)(unsigned char)data[0], name, data + 2 + name_len,
		     size - 2 - name_len);
	strbuf_add(&sb, data, size);
	parse(sb.data, sb.len);
	strbuf_release(&sb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse((const char *)data, size);
	parse_framed((const char *)data, size);
	return 0;
}
