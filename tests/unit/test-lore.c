// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a server of mails may send in place of a thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "lib/strbuf.h"
#include "runner/source/lore.h"
#include "sandbox.h"

static size_t pack(const char *text, size_t len, char *out, size_t size)
{
	z_stream z = { .next_in = (Bytef *)text,
		       .avail_in = (uInt)len,
		       .next_out = (Bytef *)out,
		       .avail_out = (uInt)size };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return size - z.avail_out;
}

/* NULL when it is fine. */
static const char *objection(const char *data, size_t len)
{
	struct strbuf out = STRBUF_INIT;
	const char *why = NULL;
	int result = lore_unpack(data, len, &out, &why);

	strbuf_release(&out);
	assert_int_equal(result, why ? -1 : 0);
	return why;
}

static void test_unpack(void **state)
{
	static char text[200000], packed[100000];
	struct strbuf out = STRBUF_INIT;
	const char *why;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i * i % 23);
	len = pack(text, sizeof(text), packed, sizeof(packed));
	assert_int_equal(lore_unpack(packed, len, &out, &why), 0);
	assert_int_equal(out.len, sizeof(text));
	assert_memory_equal(out.data, text, out.len);
	strbuf_release(&out);

	/* Cut anywhere. */
	for (size_t cut = 2; cut < len; cut += 1 + len / 50)
		assert_string_equal(objection(packed, cut), "is cut short");
	assert_string_equal(objection(packed, len - 1), "is cut short");
	assert_string_equal(objection(packed, 1), "is not a gzip file");
	assert_string_equal(objection("", 0), "is not a gzip file");
	assert_string_equal(objection("<html>", 6), "is not a gzip file");
	packed[len / 2] ^= 0x55;
	assert_non_null(objection(packed, len));
}

/* A megabyte of which a gigabyte comes. */
static void test_bomb(void **state)
{
	size_t size = 512 << 20, room = 1 << 20, len;
	char *zeros = xcalloc(size, 1), *packed = xcalloc(room, 1);

	(void)state;
	len = pack(zeros, size, packed, room);
	free(zeros);
	assert_string_equal(objection(packed, len), "is more than a thread of mails can be");
	free(packed);
}

static void test_ids(void **state)
{
	char *link;

	(void)state;
	assert_true(lore_is_id("20221005180341.1738796-3-s@example.org"));
	assert_false(lore_is_id("@example.org"));
	assert_false(lore_is_id("nobody@"));
	assert_false(lore_is_id(""));
	assert_false(lore_is_id("a@b\n"));
	setenv("KAB_LORE", "http://host/all//", 1);
	link = lore_link("a/b?c#%+d@host");
	assert_string_equal(link, "http://host/all/a%2Fb%3Fc%23%25+d@host/");
	free(link);
	unsetenv("KAB_LORE");
	link = lore_link("a@b");
	assert_string_equal(link, "https://lore.kernel.org/all/a@b/");
	free(link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unpack),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, sandbox_setup, sandbox_teardown);
}
