/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON as text: where things stand in it. json-c keeps no positions, so they are found by walking. A
 * walk trusts the text, because json-c has accepted it.
 */
#ifndef KAB_LIB_JSON_TEXT_H
#define KAB_LIB_JSON_TEXT_H

#include <stdbool.h>

#define JSON_SPACE " \t\r\n"

const char *json_skip_space(const char *p);
/* From one quote to behind the other. */
const char *json_skip_string(const char *p);

/* A member of an object, or an element of an array. */
struct json_item {
	const char *key; /* at its quote; NULL in an array */
	const char *value;
	const char *next; /* for the following call */
};

/* Starts with item->next behind the opening bracket; false at the closing one. */
bool json_next_item(struct json_item *item, bool keyed);
/* The key as json-c knows it, which resolves escapes; the caller frees it. */
char *json_item_key(const struct json_item *item);

/* The line of a place; the first is 1. */
int json_line(const char *text, const char *at);
/*
 * The line of the value at a path such as "workloads[2].fio", or of the nearest thing around it when
 * there is none.
 */
int json_line_of_path(const char *text, const char *path);

#endif
