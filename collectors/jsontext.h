/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON that a guest wrote. lib/json.h is for files that people write and tells them at once what is
 * wrong; here what is wrong becomes a finding, so nothing is printed but for I/O errors.
 */
#ifndef KAB_COLLECTORS_JSONTEXT_H
#define KAB_COLLECTORS_JSONTEXT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Counts and times above this are refused: doubles hold every integer up to it exactly. */
#define JSONTEXT_MAX (INT64_C(1) << 53)

/*
 * Strict JSON with an object at its root. Returns it (the caller puts it) and where it ends in
 * *used; NULL with a constant in *why.
 */
struct json_object *jsontext_parse(const char *text, size_t len, size_t *used, const char **why);
/*
 * A file with nothing but one object. Returns 0; 1 when there is no such file; 2 with *why when it
 * is malformed; -1 with an error printed when it cannot be read.
 */
int jsontext_load(const char *path, struct json_object **root, const char **why);

/* Members: false when missing, of another type, negative or too large. */
bool jsontext_count(struct json_object *object, const char *key, uint64_t *value);
bool jsontext_number(struct json_object *object, const char *key, double *value);
/* NULL likewise; borrowed. */
const char *jsontext_string(struct json_object *object, const char *key);
struct json_object *jsontext_object(struct json_object *object, const char *key);
struct json_object *jsontext_array(struct json_object *object, const char *key);

#endif
