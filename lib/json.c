// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json-c parses, strictly. Comments are blanked out before, so that it need not be lenient.
 */
#include "json.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "file.h"
#include "json-text.h"
#include "log.h"
#include "strbuf.h"

#define DEPTH_MAX 32

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
	say(at->doc, json_line_of_path(at->doc->text, at->where), at->where, message.data);
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
			return say(doc, json_line(doc->text, p), "",
				   "single quote, expected a double one");

		if (*p == '"') {
			p += json_skip_string(p) - p;
			continue;
		}
		if (p[1] != '/' && p[1] != '*') {
			p++; /* json-c will complain */
			continue;
		}
		end = comment_end(p);
		if (!end)
			return say(doc, json_line(doc->text, p), "", "comment without an end");
		blank(p, end);
		p = end;
	}
	return 0;
}

/* json-c takes anything behind a finished value for garbage, white space too. */
static void trim(char *text)
{
	size_t len = strlen(text);

	while (len && strchr(JSON_SPACE, text[len - 1]))
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
	say(doc, json_line(doc->text, doc->text + end), "", message.data);
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
	struct json_item item = { .next = text + 1 };
	struct strvec seen = STRVEC_INIT;

	while (json_next_item(&item, true)) {
		char *key = json_item_key(&item);

		if (strvec_has(&seen, key)) {
			struct json_at at = child_at(object, key);

			say(at.doc, json_line(at.doc->text, item.key), at.where, "duplicate key");
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
	struct json_item item = { .next = text + 1 };
	int count = 0;
	int result = 0;

	while (json_next_item(&item, true))
		count++;
	if (count != json_object_object_length(object->value))
		return say_duplicates(object, text);
	item.next = text + 1;
	while (json_next_item(&item, true)) {
		char *key = json_item_key(&item);
		struct json_at at = json_member(object, key);

		free(key);
		if (check_value(&at, item.value) < 0)
			result = -1;
	}
	return result;
}

static int check_array(const struct json_at *array, const char *text)
{
	struct json_item item = { .next = text + 1 };
	int result = 0;

	for (size_t i = 0; json_next_item(&item, false); i++) {
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
	return check_value(&root, json_skip_space(doc->text));
}

int json_parse(struct json_doc *doc, const char *name, const char *text, size_t len)
{
	const char *nul = len ? memchr(text, '\0', len) : NULL;

	*doc = (struct json_doc){ .path = xstrdup(name) };
	if (nul)
		say(doc, json_line(text, nul), "", "NUL byte");
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
