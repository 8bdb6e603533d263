// SPDX-License-Identifier: GPL-2.0-or-later
#include "jsontext.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strbuf.h"

#define DEPTH_MAX 32

struct json_object *jsontext_parse(const char *text, size_t len, size_t *used, const char **why)
{
	struct json_tokener *tokener;
	struct json_object *root;

	*used = 0;
	if (len > INT_MAX) {
		*why = "too large";
		return NULL;
	}
	tokener = xcheck(json_tokener_new_ex(DEPTH_MAX));
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS |
						JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, text, (int)len);
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		*why = len ? "cut short" : "empty";
	else if (json_tokener_get_error(tokener) != json_tokener_success)
		*why = json_tokener_error_desc(json_tokener_get_error(tokener));
	else if (!json_object_is_type(root, json_type_object))
		*why = "not an object";
	else
		*used = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (*used)
		return root;
	json_object_put(root);
	return NULL;
}

int jsontext_load(const char *path, struct json_object **root, const char **why)
{
	struct strbuf text = STRBUF_INIT;
	size_t used;
	int ret;

	*root = NULL;
	ret = file_read_optional(path, &text);
	if (ret != 0)
		goto out;
	*root = jsontext_parse(text.data, text.len, &used, why);
	if (*root && used + strspn(text.data + used, " \t\r\n") != text.len) {
		*why = "something follows the object";
		json_object_put(*root);
		*root = NULL;
	}
	ret = *root ? 0 : 2;
out:
	strbuf_release(&text);
	return ret;
}

bool jsontext_count(struct json_object *object, const char *key, uint64_t *value)
{
	struct json_object *member;
	int64_t v;

	if (!json_object_object_get_ex(object, key, &member) ||
	    !json_object_is_type(member, json_type_int))
		return false;
	v = json_object_get_int64(member);
	if (v < 0 || v > JSONTEXT_MAX)
		return false;
	*value = (uint64_t)v;
	return true;
}

bool jsontext_number(struct json_object *object, const char *key, double *value)
{
	struct json_object *member;
	double v;

	if (!json_object_object_get_ex(object, key, &member) ||
	    !(json_object_is_type(member, json_type_int) ||
	      json_object_is_type(member, json_type_double)))
		return false;
	v = json_object_get_double(member);
	if (!isfinite(v) || v < 0 || v > (double)JSONTEXT_MAX)
		return false;
	*value = v;
	return true;
}

static struct json_object *member_of_type(struct json_object *object, const char *key,
					  enum json_type type)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, key, &member) || !json_object_is_type(member, type))
		return NULL;
	return member;
}

const char *jsontext_string(struct json_object *object, const char *key)
{
	struct json_object *member = member_of_type(object, key, json_type_string);

	return member ? json_object_get_string(member) : NULL;
}

struct json_object *jsontext_object(struct json_object *object, const char *key)
{
	return member_of_type(object, key, json_type_object);
}

struct json_object *jsontext_array(struct json_object *object, const char *key)
{
	return member_of_type(object, key, json_type_array);
}
