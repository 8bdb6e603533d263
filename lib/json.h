/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON in (json-c; comments allowed) with errors that name file, line and key, and JSON out.
 *
 * Reading is driven by a table of fields: type, place in a struct, required or not. An unknown
 * key is an error that suggests the nearest known one.
 */
#ifndef KAB_LIB_JSON_H
#define KAB_LIB_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "strvec.h"

struct json_doc {
	char *path; /* as shown in messages */
	char *text;
	struct json_object *root;
};

/* A value and the way to it; borrowed from the document. */
struct json_at {
	const struct json_doc *doc;
	struct json_object *value;
	char where[256]; /* "workloads[2].fio"; "" for the root */
};

/*
 * Reads a file or text whose root is an object: strict JSON in UTF-8, plus comments of both kinds;
 * no key twice. Returns 0, or -1 with an error printed; json_release() is safe after both.
 */
int json_load(struct json_doc *doc, const char *path);
int json_parse(struct json_doc *doc, const char *name, const char *text, size_t len);
void json_release(struct json_doc *doc);
struct json_at json_root(const struct json_doc *doc);

/* Prints 'FILE:LINE: "KEY.PATH": message' as an error and returns -1. */
int json_error(const struct json_at *at, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The same about a member, or about the object when it has none of this name. */
int json_member_error(const struct json_at *object, const char *key, const char *message);

enum json_field_type {
	JSON_STR,     /* char *: a copy the caller frees */
	JSON_INT,     /* int64_t, within [min, max] */
	JSON_NUM,     /* double, within [min, max] */
	JSON_BOOL,    /* bool */
	JSON_STRINGS, /* struct strvec */
	JSON_OBJECT,  /* struct json_at */
	JSON_ARRAY,   /* struct json_at */
	JSON_IGNORE,  /* known, but read elsewhere */
};

struct json_field {
	const char *key;
	enum json_field_type type;
	size_t offset;	 /* of the destination in the struct */
	bool required;	 /* otherwise, when absent or null, the destination keeps what it holds */
	double min, max; /* for numbers; both 0: any */
};

/*
 * Reads an object into `out` by the table. Returns 0, or -1 with every error printed; what was read
 * is the caller's to free after both. A string's destination is overwritten, not freed.
 */
int json_read(const struct json_at *object, const struct json_field *fields, size_t count,
	      void *out);

/* Member, or element; .value is NULL when it is not there. */
struct json_at json_member(const struct json_at *object, const char *key);
struct json_at json_element(const struct json_at *array, size_t index);
size_t json_length(const struct json_at *array);

/*
 * For building output: fails only by running out of memory, which ends kab. Values that are set or
 * appended belong to their container. In strings, bytes that are not UTF-8 become U+FFFD.
 */
struct json_object *json_new_object(void);
struct json_object *json_new_array(void);
void json_set(struct json_object *o, const char *key, struct json_object *value);
void json_set_str(struct json_object *o, const char *key, const char *value); /* NULL: null */
void json_set_strings(struct json_object *o, const char *key, const struct strvec *values);
void json_set_int(struct json_object *o, const char *key, int64_t value);
/* NaN and infinities become null, as JSON has none. See decimal_format(). */
void json_set_num(struct json_object *o, const char *key, double value);
void json_set_bool(struct json_object *o, const char *key, bool value);
void json_append(struct json_object *array, struct json_object *value);
void json_append_num(struct json_object *array, double value); /* as json_set_num() */
/* Pretty-prints it, with a newline; it remains the caller's. Failure shows in the stream. */
void json_print(FILE *out, struct json_object *o);
struct strbuf;
/* Appends s in quotes, for what is too large to be built as objects first. */
void json_quote(struct strbuf *out, const char *s);
/* Atomically writes it, pretty-printed and with a newline; it remains the caller's. */
int json_write(const char *path, struct json_object *o);

#endif
