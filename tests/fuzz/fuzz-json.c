// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json_parse(), json_read() and the search for lines on hostile text. What is accepted must be
 * accepted again once written, and be the same.
 * Built and run by "make fuzz".
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/strvec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sink {
	char *s;
	int64_t i;
	double n;
	bool b;
	struct strvec v;
	struct json_at o;
	struct json_at a;
};

#define FIELD(name, kind) .key = #name, .type = (kind), .offset = offsetof(struct sink, name)

static const struct json_field fields[] = {
	{ FIELD(s, JSON_STR), .required = true },
	{ FIELD(i, JSON_INT), .min = -5, .max = 5 },
	{ FIELD(n, JSON_NUM), .min = 0.5, .max = 1e9 },
	{ FIELD(b, JSON_BOOL) },
	{ FIELD(v, JSON_STRINGS) },
	{ FIELD(o, JSON_OBJECT) },
	{ FIELD(a, JSON_ARRAY) },
};

static void must(int holds)
{
	if (!holds)
		abort();
}

static void visit(const struct json_at *at)
{
	json_error(at, "visited");
	if (json_object_is_type(at->value, json_type_object)) {
		json_object_object_foreach(at->value, key, value)
		{
			struct json_at child = json_member(at, key);

			must(child.value == value);
			visit(&child);
		}
	}
	for (size_t i = 0; i < json_length(at); i++) {
		struct json_at child = json_element(at, i);

		visit(&child);
	}
}

static void read_fields(const struct json_at *root)
{
	struct sink sink = { .i = 1, .n = 1 };

	if (!json_read(root, fields, sizeof(fields) / sizeof(*fields), &sink))
		must(sink.s && sink.i >= -5 && sink.i <= 5 && sink.n >= 0.5 && sink.n <= 1e9);
	free(sink.s);
	strvec_release(&sink.v);
}

/* json-c's own comparison takes 1 and 1.0 for different, and NaN for different from itself. */
static void parse_again(const struct json_doc *doc)
{
	const char *text = json_object_to_json_string_ext(doc->root, JSON_C_TO_STRING_PLAIN);
	char *first = strdup(text);
	struct json_doc again;

	must(first != NULL);
	must(!json_parse(&again, "again", first, strlen(first)));
	must(!strcmp(first, json_object_to_json_string_ext(again.root, JSON_C_TO_STRING_PLAIN)));
	json_release(&again);
	free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_doc doc;
	struct json_at root;

	if (json_parse(&doc, "fuzz", (const char *)data, size) < 0)
		return 0;
	root = json_root(&doc);
	visit(&root);
	read_fields(&root);
	parse_again(&doc);
	json_release(&doc);
	return 0;
}
