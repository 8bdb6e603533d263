// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Getting values out of a document.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "json.h"
#include "nearest.h"
#include "strbuf.h"
#include "strvec.h"

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
