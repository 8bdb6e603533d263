// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "lib/file.h"
#include "lib/json.h"

struct target {
	char *name;
	int64_t cpus;
	double ratio;
	bool fast;
	struct strvec args;
	struct json_at disk;
	struct json_at ports;
};

#define FIELD(name, kind) .key = #name, .type = (kind), .offset = offsetof(struct target, name)

static const struct json_field fields[] = {
	{ FIELD(name, JSON_STR), .required = true },
	{ FIELD(cpus, JSON_INT), .min = 1, .max = 64 },
	{ FIELD(ratio, JSON_NUM), .min = -1, .max = 1 },
	{ FIELD(fast, JSON_BOOL) },
	{ FIELD(args, JSON_STRINGS) },
	{ FIELD(disk, JSON_OBJECT) },
	{ FIELD(ports, JSON_ARRAY) },
	{ .key = "note", .type = JSON_IGNORE },
};

static int read_target(const char *text, struct target *t)
{
	struct json_doc doc;
	struct json_at root;
	int result;

	if (json_parse(&doc, "t.json", text, strlen(text)) < 0)
		return -2;
	root = json_root(&doc);
	result = json_read(&root, fields, sizeof(fields) / sizeof(*fields), t);
	json_release(&doc);
	return result;
}

static void target_release(struct target *t)
{
	free(t->name);
	strvec_release(&t->args);
}

/* Reads, and checks both the result and every message, which lack "kab: error: " here. */
static void expect(const char *text, int result, const char *messages)
{
	struct target t = { 0 };
	struct capture c;
	char *said, *at;
	int got;

	capture_begin(&c, STDERR_FILENO);
	got = read_target(text, &t);
	said = capture_end(&c);
	while ((at = strstr(said, "kab: error: ")))
		memmove(at, at + 12, strlen(at + 12) + 1);
	assert_string_equal(said, messages);
	assert_int_equal(got, result);
	free(said);
	target_release(&t);
}

static void test_reads_all_types(void **state)
{
	struct target t = { 0 };

	(void)state;
	assert_int_equal(
		read_target("// a target\n"
			    "{ /* all of it */\n"
			    "  \"name\": \"k\\u0076m // no comment\", \"cpus\": 64,\n"
			    "  \"ratio\": -0.5, \"fast\": true, \"args\": [\"-a\", \"\"],\n"
			    "  \"disk\": {}, \"ports\": [1], \"note\": 7\n"
			    "} // end\n",
			    &t),
		0);
	assert_string_equal(t.name, "kvm // no comment");
	assert_int_equal(t.cpus, 64);
	assert_true(t.ratio == -0.5);
	assert_true(t.fast);
	assert_int_equal(t.args.count, 2);
	assert_string_equal(t.args.items[0], "-a");
	assert_string_equal(t.args.items[1], "");
	assert_string_equal(t.disk.where, "disk");
	assert_string_equal(t.ports.where, "ports");
	target_release(&t);
}

static void test_absent_and_null_keep_defaults(void **state)
{
	struct target t = { .cpus = 3, .ratio = 0.25, .fast = true };

	(void)state;
	strvec_push(&t.args, "kept");
	assert_int_equal(read_target("{\"name\": \"x\", \"cpus\": null, \"args\": null}", &t), 0);
	assert_int_equal(t.cpus, 3);
	assert_true(t.ratio == 0.25);
	assert_true(t.fast);
	assert_string_equal(t.args.items[0], "kept");
	assert_null(t.disk.value);
	target_release(&t);
}

static void test_every_error_is_said(void **state)
{
	(void)state;
	expect("{\n"
	       "  \"cpus\": 65,\n"
	       "  \"ratio\": \"1\",\n"
	       "  \"fast\": 1,\n"
	       "  \"args\": [\n"
	       "    \"ok\",\n"
	       "    [\"no\"],\n"
	       "    null\n"
	       "  ],\n"
	       "  \"disk\": [],\n"
	       "  \"port\": []\n"
	       "}\n",
	       -1,
	       "t.json:1: \"name\": missing\n"
	       "t.json:2: \"cpus\": 65 is out of range: 1 to 64\n"
	       "t.json:3: \"ratio\": expected a number, got a string\n"
	       "t.json:4: \"fast\": expected true or false, got a number\n"
	       "t.json:7: \"args[1]\": expected a string, got a list\n"
	       "t.json:8: \"args[2]\": expected a string, got null\n"
	       "t.json:10: \"disk\": expected an object, got a list\n"
	       "t.json:11: \"port\": unknown key, did you mean \"ports\"?\n");
}

static void test_wrong_values(void **state)
{
	(void)state;
	expect("{\"name\": null}", -1, "t.json:1: \"name\": expected a string, got null\n");
	expect("{\"name\": 1}", -1, "t.json:1: \"name\": expected a string, got a number\n");
	expect("{\"name\": \"a\\u0000b\"}", -1, "t.json:1: \"name\": has a NUL byte\n");
	expect("{\"name\":\"\",\"cpus\":1.5}", -1,
	       "t.json:1: \"cpus\": expected a whole number, got a fraction\n");
	expect("{\"name\":\"\",\"cpus\":0}", -1,
	       "t.json:1: \"cpus\": 0 is out of range: 1 to 64\n");
	expect("{\"name\":\"\",\"cpus\":9223372036854775808}", -1,
	       "t.json:1: \"cpus\": does not fit into 64 bits\n");
	expect("{\"name\":\"\",\"cpus\":-99999999999999999999}", -1,
	       "t.json:1: \"cpus\": does not fit into 64 bits\n");
	expect("{\"name\":\"\",\"ratio\":1e999}", -1,
	       "t.json:1: \"ratio\": is not a finite number\n");
	expect("{\"name\":\"\",\"ratio\":1.0000001}", -1,
	       "t.json:1: \"ratio\": 1.0000001 is out of range: -1 to 1\n");
	expect("{\"name\":\"\",\"ports\":\"80\"}", -1,
	       "t.json:1: \"ports\": expected a list, got a string\n");
	expect("{\"name\":\"\",\"entirely\":1}", -1, "t.json:1: \"entirely\": unknown key\n");
}

static void test_syntax_errors_name_the_line(void **state)
{
	(void)state;
	expect("", -2, "t.json:1: unexpected end\n");
	expect("{\n\"a\": 1\n\n", -2, "t.json:2: unexpected end\n");
	expect("{\n\"a\": 1\n\"b\": 2}", -2, "t.json:3: object value separator ',' expected\n");
	expect("{\"a\":\n\n[1 2]}", -2, "t.json:3: array value separator ',' expected\n");
	expect("{\n\"a\": 1,\n}", -2, "t.json:3: unexpected '}'\n");
	expect("{\"a\": [1,]}", -2, "t.json:1: unexpected ']'\n");
	expect("{\"a\": nul}", -2, "t.json:1: null expected\n");
	expect("{}\n\n{}", -2, "t.json:3: unexpected '{'\n");
	expect("{} garbage", -2, "t.json:1: unexpected 'g'\n");
	expect("[]", -2, "t.json:1: expected an object\n");
	expect("null", -2, "t.json:1: expected an object\n");
	expect("12", -2, "t.json:1: expected an object\n");
	expect("{\n/* no end\n}", -2, "t.json:2: comment without an end\n");
	expect("{\n'name': \"x\"}", -2, "t.json:2: single quote, expected a double one\n");
	expect("{\"a\": 1 / 2}", -2, "t.json:1: object value separator ',' expected\n");
	expect("{\"a\":\n\"\xff\"}", -2, "t.json:2: invalid utf-8 string\n");
}

static void test_depth_is_bounded(void **state)
{
	char text[4096] = "{\"a\":";
	struct json_doc doc;
	struct capture c;
	char *said;
	int result;

	(void)state;
	memset(text + 5, '[', 2000);
	capture_begin(&c, STDERR_FILENO);
	result = json_parse(&doc, "deep", text, strlen(text));
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_string_equal(said, "kab: error: deep:1: nesting too deep\n");
	free(said);
}

static void test_nul_bytes(void **state)
{
	static const char text[] = "{\n\"a\": 1\0}";
	struct json_doc doc;
	struct capture c;
	char *said;
	int result;

	(void)state;
	capture_begin(&c, STDERR_FILENO);
	result = json_parse(&doc, "n", text, sizeof(text) - 1);
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_string_equal(said, "kab: error: n:2: NUL byte\n");
	json_release(&doc); /* safe after a failure */
	free(said);
}

static void test_duplicate_keys(void **state)
{
	(void)state;
	expect("{\"a\": {},\n\"b\": [{\"x\": 1},\n{\"x\": {\"k\": 1,\n\"k\": 1}}]}", -2,
	       "t.json:4: \"b[1].x.k\": duplicate key\n");
	/* The same key, written in another way. */
	expect("{\"name\": 1,\n\"n\\u0061me\": 2}", -2, "t.json:2: \"name\": duplicate key\n");
	expect("{\"a\": 1, \"A\": 2}", -1,
	       "t.json:1: \"name\": missing\n"
	       "t.json:1: \"a\": unknown key\n"
	       "t.json:1: \"A\": unknown key\n");
}

/* Lines are found by walking the path; here is what could lead the walk astray. */
static void test_lines_of_odd_paths(void **state)
{
	static const char text[] = "{\n"
				   "\"a\": { \"b\": 0, \"x\": \"}]{[,:\\\"\" },\n"
				   "\"a.b\": 1,\n"
				   "\"l\": [ [], {}, [\n"
				   "  1,\n"
				   "  { \"\\u006bey\":\n"
				   "2 } ] ]\n"
				   "}";
	struct json_doc doc;
	struct json_at root, at;
	struct capture c;
	char *said;

	(void)state;
	assert_int_equal(json_parse(&doc, "f", text, sizeof(text) - 1), 0);
	root = json_root(&doc);
	capture_begin(&c, STDERR_FILENO);
	json_error(&root, "root");
	at = json_member(&root, "l");
	at = json_element(&at, 2);
	at = json_element(&at, 1);
	json_error(&at, "element");
	at = json_member(&at, "key");
	json_error(&at, "escaped %s", "key");
	at = json_member(&root, "l");
	at = json_element(&at, 17);
	json_error(&at, "none");
	at = json_member(&root, "a.x");
	json_error(&at, "ambiguous, but there");
	said = capture_end(&c);
	assert_string_equal(said, "kab: error: f:1: root\n"
				  "kab: error: f:6: \"l[2][1]\": element\n"
				  "kab: error: f:7: \"l[2][1].key\": escaped key\n"
				  "kab: error: f:4: \"l[17]\": none\n"
				  "kab: error: f:2: \"a.x\": ambiguous, but there\n");
	free(said);
	json_release(&doc);
}

static void test_long_paths_are_cut(void **state)
{
	char key[400];
	char text[1000];
	struct json_doc doc;
	struct json_at root, at;

	(void)state;
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	snprintf(text, sizeof(text), "{\"%s\": {\"%s\": 1}}", key, key);
	assert_int_equal(json_parse(&doc, "f", text, strlen(text)), 0);
	root = json_root(&doc);
	at = json_member(&root, key);
	at = json_member(&at, key);
	assert_non_null(at.value);
	assert_int_equal(strlen(at.where), sizeof(at.where) - 1);
	json_release(&doc);
}

static void test_members_of_other_things(void **state)
{
	struct json_doc doc;
	struct json_at root, at;

	(void)state;
	assert_int_equal(json_parse(&doc, "f", "{\"n\": 1, \"l\": [5]}", 18), 0);
	root = json_root(&doc);
	at = json_member(&root, "n");
	assert_int_equal(json_length(&at), 0);
	at = json_member(&at, "x");
	assert_null(at.value);
	at = json_element(&at, 0);
	assert_null(at.value);
	at = json_member(&root, "l");
	assert_int_equal(json_length(&at), 1);
	at = json_element(&at, 1);
	assert_null(at.value);
	assert_int_equal(json_length(&at), 0);
	json_release(&doc);
}

/* What is written is read again, to the last bit. */
static void test_write_and_load(void **state)
{
	static const double numbers[] = {
		0.1, 1.0 / 3, 1e300, -0.0, 5e-324, 123456789.123456789, 4503599627370497.5
	};
	struct json_object *o = json_new_object();
	struct json_object *list = json_new_array();
	char path[] = "/tmp/kab-test-json-XXXXXX";
	struct json_doc doc;
	struct json_at root, at;
	size_t count = sizeof(numbers) / sizeof(*numbers);
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < count; i++) {
		struct json_object *item = json_new_object();

		json_set_num(item, "v", numbers[i]);
		json_append(list, item);
	}
	json_set(o, "numbers", list);
	json_set_num(o, "nan", NAN);
	json_set_num(o, "inf", -INFINITY);
	json_set_str(o, "none", NULL);
	json_set_str(o, "text",
		     "a/\"\\\n\x01 \xc3\xa4 \xff\xc0\x80\xed\xa0\x80\xf0\x9f\x98\x80\xe2\x82");
	json_set_int(o, "int", INT64_MAX);
	json_set_bool(o, "bool", true);
	assert_int_equal(json_write(path, o), 0);
	json_object_put(o);

	assert_int_equal(json_load(&doc, path), 0);
	unlink(path);
	root = json_root(&doc);
	at = json_member(&root, "numbers");
	assert_int_equal(json_length(&at), count);
	for (size_t i = 0; i < count; i++) {
		struct json_at item = json_element(&at, i);

		item = json_member(&item, "v");
		assert_true(json_object_get_double(item.value) == numbers[i]);
	}
	at = json_member(&root, "nan");
	assert_null(at.value);
	assert_true(json_object_object_get_ex(root.value, "inf", NULL));
	at = json_member(&root, "text");
	assert_string_equal(json_object_get_string(at.value),
			    "a/\"\\\n\x01 \xc3\xa4 \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
			    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80"
			    "\xef\xbf\xbd\xef\xbf\xbd");
	at = json_member(&root, "int");
	assert_true(json_object_get_int64(at.value) == INT64_MAX);
	assert_int_equal(doc.text[strlen(doc.text) - 1], '}');
	json_release(&doc);
}

static void test_written_text(void **state)
{
	struct json_object *o = json_new_object();
	struct strbuf text = STRBUF_INIT;
	char path[] = "/tmp/kab-test-json-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	json_set_str(o, "path", "/a/b");
	json_set_num(o, "x", 0.1);
	json_set_num(o, "y", 3);
	assert_int_equal(json_write(path, o), 0);
	assert_int_equal(file_read(path, &text), 0);
	assert_string_equal(text.data, "{\n  \"path\": \"/a/b\",\n  \"x\": 0.1,\n  \"y\": 3\n}\n");
	unlink(path);
	strbuf_release(&text);
	json_object_put(o);
}

static void test_load_missing(void **state)
{
	struct json_doc doc;
	struct capture c;
	char *said;
	int result;

	(void)state;
	capture_begin(&c, STDERR_FILENO);
	result = json_load(&doc, "/nonexistent.json");
	said = capture_end(&c);
	assert_int_equal(result, -1);
	assert_string_equal(said, "kab: error: cannot open \"/nonexistent.json\": "
				  "No such file or directory\n");
	free(said);
	json_release(&doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_all_types),
		cmocka_unit_test(test_absent_and_null_keep_defaults),
		cmocka_unit_test(test_every_error_is_said),
		cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_syntax_errors_name_the_line),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_duplicate_keys),
		cmocka_unit_test(test_lines_of_odd_paths),
		cmocka_unit_test(test_long_paths_are_cut),
		cmocka_unit_test(test_members_of_other_things),
		cmocka_unit_test(test_write_and_load),
		cmocka_unit_test(test_written_text),
		cmocka_unit_test(test_load_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
