// SPDX-License-Identifier: GPL-2.0-or-later
#include "night.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"

#define FORMAT	     1
#define PATIENCE_S   86400 /* a day */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NIGHT(field) offsetof(struct night, field)

static const struct json_field fields[] = {
	{ "format", JSON_IGNORE, 0, true, 0, 0 },
	{ "night", JSON_STR, NIGHT(day), true, 0, 0 },
	{ "started_s", JSON_INT, NIGHT(started_s), true, 0, 1e12 },
	{ "plan_sha256", JSON_STR, NIGHT(plan_sha256), true, 0, 0 },
	{ "session", JSON_STR, NIGHT(session), false, 0, 0 },
	{ "done", JSON_STRINGS, NIGHT(done), true, 0, 0 },
	{ "failed", JSON_INT, NIGHT(failed), true, 0, 1e9 },
	{ "worse", JSON_INT, NIGHT(worse), true, 0, 1e9 },
	{ "ended", JSON_BOOL, NIGHT(ended), true, 0, 0 },
};

int night_load(struct night *n, const char *path)
{
	struct json_doc doc = { 0 };
	int ret = 0;

	*n = (struct night){ .path = xstrdup(path) };
	if (file_exists(path)) {
		ret = json_load(&doc, path);
		if (ret == 0) {
			struct json_at root = json_root(&doc);

			ret = json_read(&root, fields, COUNT(fields), n);
		}
	}
	json_release(&doc);
	return ret;
}

int night_save(const struct night *n)
{
	struct json_object *root = json_new_object();
	int ret;

	json_set_int(root, "format", FORMAT);
	json_set_str(root, "night", n->day);
	json_set_int(root, "started_s", n->started_s);
	json_set_str(root, "plan_sha256", n->plan_sha256);
	json_set_str(root, "session", n->session);
	json_set_strings(root, "done", &n->done);
	json_set_int(root, "failed", n->failed);
	json_set_int(root, "worse", n->worse);
	json_set_bool(root, "ended", n->ended);
	ret = json_write(n->path, root);
	json_object_put(root);
	return ret;
}

void night_release(struct night *n)
{
	free(n->path);
	free(n->day);
	free(n->plan_sha256);
	free(n->session);
	strvec_release(&n->done);
	*n = (struct night){ 0 };
}

bool night_continues(const struct night *n, const char *today, int64_t now_s,
		     const char *plan_sha256)
{
	if (!n->day || strcmp(n->plan_sha256, plan_sha256) != 0)
		return false;
	if (!strcmp(n->day, today))
		return true;
	return !n->ended && now_s >= n->started_s && now_s - n->started_s < PATIENCE_S;
}

void night_begin(struct night *n, const char *today, int64_t now_s, const char *plan_sha256)
{
	char *path = n->path;

	n->path = NULL;
	night_release(n);
	n->path = path;
	n->day = xstrdup(today);
	n->started_s = now_s;
	n->plan_sha256 = xstrdup(plan_sha256);
}

bool night_has(const struct night *n, const char *stage)
{
	return strvec_has(&n->done, stage);
}

int night_finish_stage(struct night *n, const char *stage)
{
	if (!night_has(n, stage))
		strvec_push(&n->done, stage);
	return night_save(n);
}
