// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Building a document, and writing it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "decimal.h"
#include "file.h"
#include "json.h"
#include "strbuf.h"

struct json_object *json_new_object(void)
{
	return xcheck(json_object_new_object());
}

struct json_object *json_new_array(void)
{
	return xcheck(json_object_new_array());
}

void json_set(struct json_object *o, const char *key, struct json_object *value)
{
	if (json_object_object_add(o, key, value) < 0)
		xcheck(NULL);
}

/* Length of the UTF-8 sequence at s; 0 when it is none (overlong, surrogate, cut). */
static size_t utf8_len(const unsigned char *s)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

/* Consoles and dmesg give bytes, JSON takes text: else kab could not read what it wrote. */
static struct json_object *new_string(const char *s)
{
	struct strbuf text = STRBUF_INIT;
	struct json_object *o;

	while (*s) {
		size_t len = utf8_len((const unsigned char *)s);

		if (len)
			strbuf_add(&text, s, len);
		else
			strbuf_adds(&text, "\xef\xbf\xbd");
		s += len ? len : 1;
	}
	o = xcheck(json_object_new_string_len(text.data, (int)text.len));
	strbuf_release(&text);
	return o;
}

void json_quote(struct strbuf *out, const char *s)
{
	strbuf_addch(out, '"');
	while (*s) {
		size_t plain = 0, len;

		while (s[plain] >= ' ' && s[plain] < 0x7f && s[plain] != '"' && s[plain] != '\\')
			plain++;
		strbuf_add(out, s, plain);
		s += plain;
		if (!*s)
			break;
		len = utf8_len((const unsigned char *)s);
		if (len > 1)
			strbuf_add(out, s, len);
		else if (!len)
			strbuf_adds(out, "\xef\xbf\xbd");
		else if (*s == '"' || *s == '\\')
			strbuf_addf(out, "\\%c", *s);
		else if (*s == '\n')
			strbuf_adds(out, "\\n");
		else
			strbuf_addf(out, "\\u%04x", (unsigned char)*s);
		s += len ? len : 1;
	}
	strbuf_addch(out, '"');
}

void json_set_str(struct json_object *o, const char *key, const char *value)
{
	json_set(o, key, value ? new_string(value) : NULL);
}

void json_set_strings(struct json_object *o, const char *key, const struct strvec *values)
{
	struct json_object *array = json_new_array();

	for (size_t i = 0; i < values->count; i++)
		json_append(array, new_string(values->items[i]));
	json_set(o, key, array);
}

void json_set_int(struct json_object *o, const char *key, int64_t value)
{
	json_set(o, key, xcheck(json_object_new_int64(value)));
}

/* NULL, which is JSON's null, for what JSON has no number for. */
static struct json_object *new_num(double value)
{
	char text[DECIMAL_MAX];

	if (!isfinite(value))
		return NULL;
	decimal_format(text, value);
	return xcheck(json_object_new_double_s(value, text));
}

void json_set_num(struct json_object *o, const char *key, double value)
{
	json_set(o, key, new_num(value));
}

void json_set_bool(struct json_object *o, const char *key, bool value)
{
	json_set(o, key, xcheck(json_object_new_boolean(value)));
}

void json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) < 0)
		xcheck(NULL);
}

void json_append_num(struct json_object *array, double value)
{
	json_append(array, new_num(value));
}

/* The document's own, until it changes. */
static const char *pretty(struct json_object *o)
{
	return xcheck((char *)json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
			   JSON_C_TO_STRING_NOSLASHESCAPE));
}

void json_print(FILE *out, struct json_object *o)
{
	fprintf(out, "%s\n", pretty(o));
}

int json_write(const char *path, struct json_object *o)
{
	struct strbuf text = STRBUF_INIT;
	int result;

	strbuf_addf(&text, "%s\n", pretty(o));
	result = file_write(path, text.data, text.len);
	strbuf_release(&text);
	return result;
}
