// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/record.h"

static const char payload[] = "lat_ns 1234\n\0binary\xff";

static void make(struct strbuf *out)
{
	record_write(out, 7, RECORD_FILE, "dmcrypt/fio.json", payload, sizeof(payload));
}

static enum record_result parse(const struct strbuf *in, uint32_t sequence, struct record *rec,
				const char **why)
{
	size_t used;
	/* An exact copy, so that ASan and valgrind see every byte read too many. */
	char *copy = malloc(in->len ? in->len : 1);
	enum record_result result;

	assert_non_null(copy);
	memcpy(copy, in->data, in->len);
	*why = NULL;
	result = record_read(copy, in->len, sequence, rec, &used, why);
	free(copy);
	return result;
}

static void test_round_trip(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	struct record rec;
	const char *why;
	size_t used, first;

	(void)state;
	make(&sb);
	first = sb.len;
	record_write(&sb, 8, RECORD_DONE, "", NULL, 0);

	assert_int_equal(record_read(sb.data, sb.len, 7, &rec, &used, &why), RECORD_OK);
	assert_int_equal(used, first);
	assert_int_equal(rec.sequence, 7);
	assert_int_equal(rec.type, RECORD_FILE);
	assert_string_equal(rec.name, "dmcrypt/fio.json");
	assert_int_equal(rec.data_len, sizeof(payload));
	assert_memory_equal(rec.data, payload, sizeof(payload));

	strbuf_consume(&sb, used);
	assert_int_equal(record_read(sb.data, sb.len, 8, &rec, &used, &why), RECORD_OK);
	assert_int_equal(used, RECORD_HEADER);
	assert_int_equal(rec.type, RECORD_DONE);
	assert_string_equal(rec.name, "");
	assert_int_equal(rec.data_len, 0);
	strbuf_release(&sb);
}

/* The format is an interface between two builds: these bytes must not change. */
static void test_known_bytes(void **state)
{
	static const unsigned char known[] = {
		'K', 'A', 'B', '1', 2,	  0,	0,    0,    5,	 0,   1,   0,
		2,   0,	  0,   0,   0x7f, 0xf0, 0xac, 0x8e, 'w', 'o', 'k',
	};
	struct strbuf sb = STRBUF_INIT;

	(void)state;
	record_write(&sb, 2, RECORD_END, "w", "ok", 2);
	assert_int_equal(sb.len, sizeof(known));
	assert_memory_equal(sb.data, known, sizeof(known));
	strbuf_release(&sb);
}

static void test_every_bit_flip_is_noticed(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	struct record rec;
	const char *why;

	(void)state;
	make(&sb);
	for (size_t bit = 0; bit < sb.len * 8; bit++) {
		enum record_result result;

		sb.data[bit / 8] ^= (char)(1 << (bit % 8));
		result = parse(&sb, 7, &rec, &why);
		/* A length that grew leaves the frame unfinished; nothing else may. */
		if (result == RECORD_MORE)
			assert_in_range(bit / 8, 10, 15);
		else
			assert_int_equal(result, RECORD_CORRUPT);
		if (result == RECORD_CORRUPT)
			assert_non_null(why);
		sb.data[bit / 8] ^= (char)(1 << (bit % 8));
	}
	assert_int_equal(parse(&sb, 7, &rec, &why), RECORD_OK);
	strbuf_release(&sb);
}

/* With more bytes behind it, a frame whose length grew is found out as well. */
static void test_bit_flips_in_a_stream(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	struct record rec;
	const char *why;
	size_t frame;

	(void)state;
	make(&sb);
	frame = sb.len;
	for (int i = 0; i < 70000; i++)
		strbuf_addch(&sb, (char)i);
	for (size_t bit = 0; bit < frame * 8; bit++) {
		uint32_t grown;
		enum record_result result;
		size_t used;

		sb.data[bit / 8] ^= (char)(1 << (bit % 8));
		memcpy(&grown, sb.data + 12, sizeof(grown));
		result = record_read(sb.data, sb.len, 7, &rec, &used, &why);
		if (grown < 65536)
			assert_int_equal(result, RECORD_CORRUPT);
		else
			assert_int_not_equal(result, RECORD_OK);
		sb.data[bit / 8] ^= (char)(1 << (bit % 8));
	}
	strbuf_release(&sb);
}

static void test_every_truncation_waits(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	struct record rec;
	const char *why;

	(void)state;
	make(&sb);
	while (sb.len) {
		sb.len--;
		assert_int_equal(parse(&sb, 7, &rec, &why), RECORD_MORE);
	}
	strbuf_release(&sb);
}

static void test_garbage_does_not_wait(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	struct record rec;
	const char *why;

	(void)state;
	strbuf_adds(&sb, "K");
	assert_int_equal(parse(&sb, 0, &rec, &why), RECORD_MORE);
	strbuf_adds(&sb, "a");
	assert_int_equal(parse(&sb, 0, &rec, &why), RECORD_CORRUPT);
	assert_string_equal(why, "bad magic");
	strbuf_release(&sb);
}

static void test_sequence(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	struct record rec;
	const char *why;

	(void)state;
	make(&sb);
	assert_int_equal(parse(&sb, 6, &rec, &why), RECORD_CORRUPT);
	assert_string_equal(why, "gap in the sequence");
	assert_int_equal(parse(&sb, 8, &rec, &why), RECORD_CORRUPT);
	strbuf_release(&sb);
}

static void put_le32(char *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (char)(value >> (8 * i));
}

static void test_hostile_lengths(void **state)
{
	static const uint32_t lengths[] = { RECORD_DATA_MAX + 1, 0x7fffffff, 0x80000000, 0xffffffff,
					    0xffffffec };
	struct strbuf sb = STRBUF_INIT;
	struct record rec;
	const char *why;

	(void)state;
	make(&sb);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		put_le32(sb.data + 12, lengths[i]);
		assert_int_equal(parse(&sb, 7, &rec, &why), RECORD_CORRUPT);
		assert_string_equal(why, "data too long");
	}
	put_le32(sb.data + 12, RECORD_DATA_MAX);
	assert_int_equal(parse(&sb, 7, &rec, &why), RECORD_MORE);
	sb.data[10] = 0;
	sb.data[11] = 1;
	assert_int_equal(parse(&sb, 7, &rec, &why), RECORD_CORRUPT);
	assert_string_equal(why, "name too long");
	strbuf_release(&sb);
}

static void test_names(void **state)
{
	static const char *const bad[] = { "..", "a/../b", "/etc/passwd", "a//b",    "a/",
					   ".",	 "a\nb",   "\x7f",	  "\xc3\xa4" };
	static const char *const good[] = { "a", "..a", "w/fio.json", "a b", "a/.b/c..." };
	struct record rec;
	const char *why;
	char longest[RECORD_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct strbuf sb = STRBUF_INIT;

		record_write(&sb, 0, RECORD_FILE, bad[i], "x", 1);
		assert_int_equal(parse(&sb, 0, &rec, &why), RECORD_CORRUPT);
		assert_string_equal(why, "bad name");
		strbuf_release(&sb);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct strbuf sb = STRBUF_INIT;

		record_write(&sb, 0, RECORD_FILE, good[i], "x", 1);
		assert_int_equal(parse(&sb, 0, &rec, &why), RECORD_OK);
		assert_string_equal(rec.name, good[i]);
		strbuf_release(&sb);
	}
	memset(longest, 'n', RECORD_NAME_MAX);
	longest[RECORD_NAME_MAX] = '\0';
	struct strbuf sb = STRBUF_INIT;

	record_write(&sb, 0, RECORD_BEGIN, longest, NULL, 0);
	assert_int_equal(parse(&sb, 0, &rec, &why), RECORD_OK);
	assert_string_equal(rec.name, longest);
	strbuf_release(&sb);
}

/* Types that only a newer, or a broken, agent sends; the checksum is right. */
static void test_types(void **state)
{
	static const int bad[] = { 0, RECORD_DONE + 1, 0xffff };
	struct record rec;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct strbuf sb = STRBUF_INIT;

		record_write(&sb, 0, (enum record_type)bad[i], "w", NULL, 0);
		assert_int_equal(parse(&sb, 0, &rec, &why), RECORD_CORRUPT);
		assert_string_equal(why, "unknown type");
		strbuf_release(&sb);
	}
	struct strbuf sb = STRBUF_INIT;

	record_write(&sb, 0, RECORD_FILE, "", NULL, 0);
	assert_int_equal(parse(&sb, 0, &rec, &why), RECORD_CORRUPT);
	strbuf_release(&sb);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_known_bytes),
		cmocka_unit_test(test_every_bit_flip_is_noticed),
		cmocka_unit_test(test_bit_flips_in_a_stream),
		cmocka_unit_test(test_every_truncation_waits),
		cmocka_unit_test(test_garbage_does_not_wait),
		cmocka_unit_test(test_sequence),
		cmocka_unit_test(test_hostile_lengths),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
