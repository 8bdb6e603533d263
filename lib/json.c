// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json-c parses, strictly. Comments are blanked out before, so that it need not be lenient; and as
 * it keeps no positions, the line of a value is found by walking the text along the value's path.
 * That walk trusts the text, because json-c has accepted it.
 */
#include "json.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "file.h"
#include "log.h"
#include "nearest.h"
#include "strbuf.h"
#include "strvec.h"

#define DEPTH_MAX 32
#define SPACE	  " \t\r\n"

static int line_of(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/*
 * Walking the text.
 */
static const char *skip_space(const char *p)
{
	return p + strspn(p, SPACE);
}

/* From one quote to behind the other. */
static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

static const char *skip_value(const char *p)
{
	int depth = 0;

	do {
		p = skip_space(p);
		if (!*p)
			return p;
		if (*p == '"') {
			p = skip_string(p);
		} else if (strchr("{}[]:,", *p)) {
			depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
			p++;
		} else {
			p += strcspn(p, SPACE "{}[]:,\"");
		}
	} while (depth > 0);
	return p;
}

/* A member of an object, or an element of an array, in the text. */
struct item {
	const char *key; /* at its quote; NULL in an array */
	const char *value;
	const char *next; /* for the following call */
};

/* Starts with item->next behind the opening bracket; false at the closing one. */
static bool next_item(struct item *item, bool keyed)
{
	const char *p = skip_space(item->next);

	if (*p == ',')
		p = skip_space(p + 1);
	if (!*p || *p == '}' || *p == ']')
		return false;
	item->key = NULL;
	if (keyed) {
		item->key = p;
		p = skip_space(skip_string(p));
		p = skip_space(*p == ':' ? p + 1 : p);
	}
	item->value = p;
	item->next = skip_value(p);
	return true;
}

/* The key as json-c knows it, which resolves escapes; the caller frees it. */
static char *item_key(const struct item *item)
{
	size_t len = (size_t)(skip_string(item->key) - item->key);
	char *quoted, *key;
	struct json_object *o;

	if (!memchr(item->key, '\\', len))
		return xstrndup(item->key + 1, len - 2);
	quoted = xstrndup(item->key, len);
	o = json_tokener_parse(quoted);
	key = xstrdup(o ? json_object_get_string(o) : quoted);
	json_object_put(o);
	free(quoted);
	return key;
}

/* The deepest place on the way to a value. */
struct search {
	const char *found;
	size_t left; /* of the path, from there */
};

static bool search_value(struct search *s, const char *value, const char *path);

static bool search_members(struct search *s, const char *object, const char *path)
{
	struct item item = { .next = object + 1 };
	bool found = false;

	if (*path == '.')
		path++;
	/* A key may have dots itself: each that fits is tried. */
	while (!found && next_item(&item, true)) {
		char *key = item_key(&item);
		size_t len = strlen(key);

		if (!strncmp(path, key, len) && strchr(".[", path[len]))
			found = search_value(s, item.value, path + len);
		free(key);
	}
	return found;
}

static bool search_elements(struct search *s, const char *array, const char *path)
{
	struct item item = { .next = array + 1 };
	unsigned long index;
	char *end;

	if (*path != '[')
		return false;
	index = strtoul(path + 1, &end, 10);
	if (*end != ']')
		return false;
	do
		if (!next_item(&item, false))
			return false;
	while (index--);
	return search_value(s, item.value, end + 1);
}

static bool search_value(struct search *s, const char *value, const char *path)
{
	if (strlen(path) < s->left) {
		s->found = value;
		s->left = strlen(path);
	}
	if (!*path)
		return true;
	if (*value == '{')
		return search_members(s, value, path);
	return *value == '[' && search_elements(s, value, path);
}

/* The line of the value, or of the nearest thing around it when it is missing. */
static int line_of_path(const char *text, const char *path)
{
	const char *root = skip_space(text);
	struct search s = { root, SIZE_MAX };

	search_value(&s, root, path);
	return line_of(text, s.found);
}

/*
 * Messages.
 */
static int say(const struct json_doc *doc, int line, const char *where, const char *message)
{
	if (*where)
		return error("%s:%d: \"%s\": %s", doc->path, line, where, message);
	return error("%s:%d: %s", doc->path, line, message);
}

int json_error(const struct json_at *at, const char *fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&message, fmt, ap);
	va_end(ap);
	say(at->doc, line_of_path(at->doc->text, at->where), at->where, message.data);
	strbuf_release(&message);
	return -1;
}

int json_member_error(const struct json_at *object, const char *key, const char *message)
{
	struct json_at at = json_member(object, key);

	return json_error(at.value ? &at : object, "%s", message);
}

/*
 * Parsing.
 */

/* Overwrites a comment by blanks, all but its newlines. */
static void blank(char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != '\n')
			*from = ' ';
}

/* Behind the comment that starts here; NULL when it has no end. */
static char *comment_end(char *p)
{
	char *end;

	if (p[1] == '/')
		return p + strcspn(p, "\n");
	end = strstr(p + 2, "*/");
	return end ? end + 2 : NULL;
}

static int blank_comments(const struct json_doc *doc)
{
	char *p = doc->text;

	while (*(p += strcspn(p, "\"'/"))) {
		char *end;

		/* json-c takes them around keys even when it is strict. */
		if (*p == '\'')
			return say(doc, line_of(doc->text, p), "",
				   "single quote, expected a double one");

		if (*p == '"') {
			p += skip_string(p) - p;
			continue;
		}
		if (p[1] != '/' && p[1] != '*') {
			p++; /* json-c will complain */
			continue;
		}
		end = comment_end(p);
		if (!end)
			return say(doc, line_of(doc->text, p), "", "comment without an end");
		blank(p, end);
		p = end;
	}
	return 0;
}

/* json-c takes anything behind a finished value for garbage, white space too. */
static void trim(char *text)
{
	size_t len = strlen(text);

	while (len && strchr(SPACE, text[len - 1]))
		len--;
	text[len] = '\0';
}

/* `end` is where json-c gave up; what it says of that place is short of the place. */
static int syntax_error(const struct json_doc *doc, enum json_tokener_error err, size_t end)
{
	size_t len = strlen(doc->text);
	struct strbuf message = STRBUF_INIT;

	if (end > len)
		end = len;
	if (err == json_tokener_continue || end == len)
		strbuf_adds(&message, "unexpected end");
	else if (err == json_tokener_error_parse_unexpected)
		strbuf_addf(&message, "unexpected '%c'", doc->text[end]);
	else
		strbuf_adds(&message, json_tokener_error_desc(err));
	say(doc, line_of(doc->text, doc->text + end), "", message.data);
	strbuf_release(&message);
	return -1;
}

static int parse_text(struct json_doc *doc)
{
	struct json_tokener *tok = xcheck(json_tokener_new_ex(DEPTH_MAX));
	enum json_tokener_error err;
	int result = 0;

	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	/* With the NUL, which ends a number. */
	doc->root = json_tokener_parse_ex(tok, doc->text, (int)strlen(doc->text) + 1);
	err = json_tokener_get_error(tok);
	if (err != json_tokener_success)
		result = syntax_error(doc, err, json_tokener_get_parse_end(tok));
	else if (!json_object_is_type(doc->root, json_type_object))
		result = say(doc, 1, "", "expected an object");
	json_tokener_free(tok);
	return result;
}

/* What does not fit is cut: the path is for messages only. */
__attribute__((format(printf, 2, 3))) static void set_where(struct json_at *at, const char *fmt,
							    ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(at->where, sizeof(at->where), fmt, ap);
	va_end(ap);
}

static struct json_at child_at(const struct json_at *parent, const char *key)
{
	struct json_at at = { .doc = parent->doc };

	set_where(&at, "%s%s%s", parent->where, *parent->where ? "." : "", key);
	return at;
}

static int say_duplicates(const struct json_at *object, const char *text)
{
	struct item item = { .next = text + 1 };
	struct strvec seen = STRVEC_INIT;

	while (next_item(&item, true)) {
		char *key = item_key(&item);

		if (strvec_has(&seen, key)) {
			struct json_at at = child_at(object, key);

			say(at.doc, line_of(at.doc->text, item.key), at.where, "duplicate key");
		}
		strvec_push(&seen, key);
		free(key);
	}
	strvec_release(&seen);
	return -1;
}

static int check_value(const struct json_at *at, const char *text);

/* json-c keeps the last of equal keys: there are some when it has fewer than the text. */
static int check_object(const struct json_at *object, const char *text)
{
	struct item item = { .next = text + 1 };
	int count = 0;
	int result = 0;

	while (next_item(&item, true))
		count++;
	if (count != json_object_object_length(object->value))
		return say_duplicates(object, text);
	item.next = text + 1;
	while (next_item(&item, true)) {
		char *key = item_key(&item);
		struct json_at at = json_member(object, key);

		free(key);
		if (check_value(&at, item.value) < 0)
			result = -1;
	}
	return result;
}

static int check_array(const struct json_at *array, const char *text)
{
	struct item item = { .next = text + 1 };
	int result = 0;

	for (size_t i = 0; next_item(&item, false); i++) {
		struct json_at at = json_element(array, i);

		if (check_value(&at, item.value) < 0)
			result = -1;
	}
	return result;
}

static int check_value(const struct json_at *at, const char *text)
{
	if (json_object_is_type(at->value, json_type_object))
		return check_object(at, text);
	if (json_object_is_type(at->value, json_type_array))
		return check_array(at, text);
	return 0;
}

static int parse_document(struct json_doc *doc)
{
	struct json_at root;

	if (blank_comments(doc) < 0)
		return -1;
	trim(doc->text);
	if (parse_text(doc) < 0)
		return -1;
	root = json_root(doc);
	return check_value(&root, skip_space(doc->text));
}

int json_parse(struct json_doc *doc, const char *name, const char *text, size_t len)
{
	const char *nul = len ? memchr(text, '\0', len) : NULL;

	*doc = (struct json_doc){ .path = xstrdup(name) };
	if (nul)
		say(doc, line_of(text, nul), "", "NUL byte");
	else if (len >= INT_MAX)
		say(doc, 1, "", "too large");
	else
		doc->text = xstrndup(text, len);
	if (doc->text && !parse_document(doc))
		return 0;
	json_release(doc);
	return -1;
}

int json_load(struct json_doc *doc, const char *path)
{
	struct strbuf text = STRBUF_INIT;
	int result;

	*doc = (struct json_doc){ 0 };
	result = file_read(path, &text);
	if (!result)
		result = json_parse(doc, path, text.data, text.len);
	strbuf_release(&text);
	return result;
}

void json_release(struct json_doc *doc)
{
	json_object_put(doc->root);
	free(doc->path);
	free(doc->text);
	*doc = (struct json_doc){ 0 };
}

/*
 * Getting values.
 */
struct json_at json_root(const struct json_doc *doc)
{
	return (struct json_at){ .doc = doc, .value = doc->root };
}

struct json_at json_member(const struct json_at *object, const char *key)
{
	struct json_at at = child_at(object, key);

	if (json_object_is_type(object->value, json_type_object))
		json_object_object_get_ex(object->value, key, &at.value);
	return at;
}

struct json_at json_element(const struct json_at *array, size_t index)
{
	struct json_at at = { .doc = array->doc };

	set_where(&at, "%s[%zu]", array->where, index);
	if (index < json_length(array))
		at.value = json_object_array_get_idx(array->value, index);
	return at;
}

size_t json_length(const struct json_at *array)
{
	if (!json_object_is_type(array->value, json_type_array))
		return 0;
	return json_object_array_length(array->value);
}

static int wrong_type(const struct json_at *at, const char *expected)
{
	static const char *const names[] = {
		[json_type_null] = "null",	   [json_type_boolean] = "true or false",
		[json_type_double] = "a fraction", [json_type_int] = "a number",
		[json_type_object] = "an object",  [json_type_array] = "a list",
		[json_type_string] = "a string",
	};

	return json_error(at, "expected %s, got %s", expected,
			  names[json_object_get_type(at->value)]);
}

/* NULL with an error printed when it is no string, or one that C cannot hold. */
static const char *get_string(const struct json_at *at)
{
	const char *s;

	if (!json_object_is_type(at->value, json_type_string)) {
		wrong_type(at, "a string");
		return NULL;
	}
	s = json_object_get_string(at->value);
	if (strlen(s) == (size_t)json_object_get_string_len(at->value))
		return s;
	json_error(at, "has a NUL byte");
	return NULL;
}

static int check_range(const struct json_at *at, const struct json_field *field, double value)
{
	if ((field->min == 0 && field->max == 0) || (value >= field->min && value <= field->max))
		return 0;
	return json_error(at, "%.15g is out of range: %.15g to %.15g", value, field->min,
			  field->max);
}

/* One reader per type: stores at dest, or returns -1 with an error printed. */
static int read_str(const struct json_at *at, const struct json_field *field, void *dest)
{
	const char *s = get_string(at);

	(void)field;
	if (!s)
		return -1;
	*(char **)dest = xstrdup(s);
	return 0;
}

static int read_int(const struct json_at *at, const struct json_field *field, void *dest)
{
	int64_t value;

	if (!json_object_is_type(at->value, json_type_int))
		return wrong_type(at, "a whole number");
	value = json_object_get_int64(at->value);
	/* json-c clamps what 64 bits cannot hold. */
	if (value == INT64_MIN || json_object_get_uint64(at->value) > INT64_MAX)
		return json_error(at, "does not fit into 64 bits");
	if (check_range(at, field, (double)value) < 0)
		return -1;
	*(int64_t *)dest = value;
	return 0;
}

static int read_num(const struct json_at *at, const struct json_field *field, void *dest)
{
	double value;

	if (!json_object_is_type(at->value, json_type_int) &&
	    !json_object_is_type(at->value, json_type_double))
		return wrong_type(at, "a number");
	value = json_object_get_double(at->value);
	if (!isfinite(value))
		return json_error(at, "is not a finite number");
	if (check_range(at, field, value) < 0)
		return -1;
	*(double *)dest = value;
	return 0;
}

static int read_bool(const struct json_at *at, const struct json_field *field, void *dest)
{
	(void)field;
	if (!json_object_is_type(at->value, json_type_boolean))
		return wrong_type(at, "true or false");
	*(bool *)dest = json_object_get_boolean(at->value);
	return 0;
}

static int read_strings(const struct json_at *at, const struct json_field *field, void *dest)
{
	struct strvec *out = dest;
	int result = 0;

	(void)field;
	if (!json_object_is_type(at->value, json_type_array))
		return wrong_type(at, "a list of strings");
	strvec_release(out);
	for (size_t i = 0; i < json_length(at); i++) {
		struct json_at element = json_element(at, i);
		const char *s = get_string(&element);

		if (s)
			strvec_push(out, s);
		else
			result = -1;
	}
	return result;
}

static int read_object(const struct json_at *at, const struct json_field *field, void *dest)
{
	(void)field;
	if (!json_object_is_type(at->value, json_type_object))
		return wrong_type(at, "an object");
	*(struct json_at *)dest = *at;
	return 0;
}

static int read_array(const struct json_at *at, const struct json_field *field, void *dest)
{
	(void)field;
	if (!json_object_is_type(at->value, json_type_array))
		return wrong_type(at, "a list");
	*(struct json_at *)dest = *at;
	return 0;
}

static int read_nothing(const struct json_at *at, const struct json_field *field, void *dest)
{
	(void)at;
	(void)field;
	(void)dest;
	return 0;
}

static int (*const readers[])(const struct json_at *at, const struct json_field *field,
			      void *dest) = {
	[JSON_STR] = read_str,	   [JSON_INT] = read_int,	  [JSON_NUM] = read_num,
	[JSON_BOOL] = read_bool,   [JSON_STRINGS] = read_strings, [JSON_OBJECT] = read_object,
	[JSON_ARRAY] = read_array, [JSON_IGNORE] = read_nothing,
};

static int read_field(const struct json_at *object, const struct json_field *field, void *out)
{
	struct json_at at = json_member(object, field->key);

	if (!json_object_object_get_ex(object->value, field->key, NULL))
		return field->required ? json_error(&at, "missing") : 0;
	if (!at.value && !field->required)
		return 0;
	return readers[field->type](&at, field, (char *)out + field->offset);
}

static int unknown_key(const struct json_at *object, const char *key, const struct strvec *known)
{
	struct json_at at = json_member(object, key);
	const char *meant = nearest(key, known->items);

	if (meant)
		return json_error(&at, "unknown key, did you mean \"%s\"?", meant);
	return json_error(&at, "unknown key");
}

int json_read(const struct json_at *object, const struct json_field *fields, size_t count,
	      void *out)
{
	struct strvec known = STRVEC_INIT;
	int result = 0;

	if (!json_object_is_type(object->value, json_type_object))
		return wrong_type(object, "an object");
	for (size_t i = 0; i < count; i++) {
		strvec_push(&known, fields[i].key);
		if (read_field(object, &fields[i], out) < 0)
			result = -1;
	}
	json_object_object_foreach(object->value, key, value)
	{
		(void)value;
		if (!strvec_has(&known, key))
			result = unknown_key(object, key, &known);
	}
	strvec_release(&known);
	return result;
}

/*
 * Output.
 */
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

void json_set_str(struct json_object *o, const char *key, const char *value)
{
	json_set(o, key, value ? new_string(value) : NULL);
}

void json_set_int(struct json_object *o, const char *key, int64_t value)
{
	json_set(o, key, xcheck(json_object_new_int64(value)));
}

/* NULL, which is JSON's null, for what JSON has no number for. */
static struct json_object *new_num(double value)
{
	char text[32];

	if (!isfinite(value))
		return NULL;
	/* The fewest digits that give the same number again. */
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
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

int json_write(const char *path, struct json_object *o)
{
	struct strbuf text = STRBUF_INIT;
	int result;

	strbuf_adds(&text, xcheck((char *)json_object_to_json_string_ext(
				   o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
					      JSON_C_TO_STRING_NOSLASHESCAPE)));
	strbuf_addch(&text, '\n');
	result = file_write(path, text.data, text.len);
	strbuf_release(&text);
	return result;
}
