// SPDX-License-Identifier: GPL-2.0-or-later
#include "json-text.h"

#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

int json_line(const char *text, const char *at)
{
	int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

const char *json_skip_space(const char *p)
{
	return p + strspn(p, JSON_SPACE);
}

const char *json_skip_string(const char *p)
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
		p = json_skip_space(p);
		if (!*p)
			return p;
		if (*p == '"') {
			p = json_skip_string(p);
		} else if (strchr("{}[]:,", *p)) {
			depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
			p++;
		} else {
			p += strcspn(p, JSON_SPACE "{}[]:,\"");
		}
	} while (depth > 0);
	return p;
}

bool json_next_item(struct json_item *item, bool keyed)
{
	const char *p = json_skip_space(item->next);

	if (*p == ',')
		p = json_skip_space(p + 1);
	if (!*p || *p == '}' || *p == ']')
		return false;
	item->key = NULL;
	if (keyed) {
		item->key = p;
		p = json_skip_space(json_skip_string(p));
		p = json_skip_space(*p == ':' ? p + 1 : p);
	}
	item->value = p;
	item->next = skip_value(p);
	return true;
}

char *json_item_key(const struct json_item *item)
{
	size_t len = (size_t)(json_skip_string(item->key) - item->key);
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
	struct json_item item = { .next = object + 1 };
	bool found = false;

	if (*path == '.')
		path++;
	/* A key may have dots itself: each that fits is tried. */
	while (!found && json_next_item(&item, true)) {
		char *key = json_item_key(&item);
		size_t len = strlen(key);

		if (!strncmp(path, key, len) && strchr(".[", path[len]))
			found = search_value(s, item.value, path + len);
		free(key);
	}
	return found;
}

static bool search_elements(struct search *s, const char *array, const char *path)
{
	struct json_item item = { .next = array + 1 };
	unsigned long index;
	char *end;

	if (*path != '[')
		return false;
	index = strtoul(path + 1, &end, 10);
	if (*end != ']')
		return false;
	do
		if (!json_next_item(&item, false))
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

int json_line_of_path(const char *text, const char *path)
{
	const char *root = json_skip_space(text);
	struct search s = { root, SIZE_MAX };

	search_value(&s, root, path);
	return json_line(text, s.found);
}
