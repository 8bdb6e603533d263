// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/hash.h"

#define EMPTY	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void test_known(void **state)
{
	struct hash_hex hex;
	struct hash h;

	(void)state;
	hash_buffer("", 0, &hex);
	assert_string_equal(hex.s, EMPTY);
	hash_buffer("abc", 3, &hex);
	assert_string_equal(hex.s, ABC);
	hash_init(&h);
	for (int i = 0; i < 100000; i++)
		hash_bytes(&h, "aaaaaaaaaa", 10);
	hash_end(&h, &hex);
	assert_string_equal(hex.s, MILLION_A);
}

static void parts(struct hash_hex *hex, const char *a, const char *b, const char *c, const char *d)
{
	struct hash h;

	hash_init(&h);
	hash_part(&h, a, b);
	if (c)
		hash_part(&h, c, d);
	hash_end(&h, hex);
}

/* Whatever is moved from one part to its neighbour changes the identity. */
static void test_parts_do_not_run_together(void **state)
{
	struct hash_hex hex[7];

	(void)state;
	parts(&hex[0], "ab", "c", NULL, NULL);
	parts(&hex[1], "a", "bc", NULL, NULL);
	parts(&hex[2], "", "abc", NULL, NULL);
	parts(&hex[3], "abc", "", NULL, NULL);
	parts(&hex[4], "a", "b", "c", "");
	parts(&hex[5], "a", "b", "", "c");
	parts(&hex[6], "", "c", "a", "b");
	for (int i = 0; i < 7; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(hex[i].s, hex[j].s);
}

/* Identities name things in the cache: this one must not change between versions of kab. */
static void test_part_is_stable(void **state)
{
	struct hash_hex hex;

	(void)state;
	parts(&hex, "cc", "gcc 12", NULL, NULL);
	assert_string_equal(hex.s,
			    "483fd459710563f0f2cf97ea1504b649ee769d4ddca0a702cd6cf2e2f4dfa020");
}

static void test_file(void **state)
{
	char path[] = "/tmp/kab-test-hash-XXXXXX";
	struct hash_hex hex;
	struct capture c;
	char block[1000];
	char *said;
	int fd = mkstemp(path);
	int result;

	(void)state;
	assert_true(fd >= 0);
	memset(block, 'a', sizeof(block));
	for (int i = 0; i < 1000; i++)
		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
	close(fd);
	assert_int_equal(hash_file(path, &hex), 0);
	assert_string_equal(hex.s, MILLION_A);
	unlink(path);

	capture_begin(&c, STDERR_FILENO);
	result = hash_file("/nonexistent/file", &hex);
	result += hash_file("/", &hex);
	said = capture_end(&c);
	assert_int_equal(result, -2);
	assert_string_equal(said, "kab: error: cannot open \"/nonexistent/file\": "
				  "No such file or directory\n"
				  "kab: error: cannot read \"/\": Is a directory\n");
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_parts_do_not_run_together),
		cmocka_unit_test(test_part_is_stable),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
