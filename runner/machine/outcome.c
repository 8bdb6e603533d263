// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/strbuf.h"

void outcome_init(struct outcome *o)
{
	*o = (struct outcome){ .first_record_ms = -1, .findings = json_new_array() };
}

void outcome_release(struct outcome *o)
{
	free(o->exit);
	json_object_put(o->findings);
	*o = (struct outcome){ 0 };
}

static const char *member(struct json_object *finding, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(finding, key, &value);
	return value ? json_object_get_string(value) : "";
}

static bool present(const struct outcome *o, const char *workload, const char *kind,
		    const char *message)
{
	size_t count = json_object_array_length(o->findings);

	for (size_t i = 0; i < count; i++) {
		struct json_object *f = json_object_array_get_idx(o->findings, i);

		if (!strcmp(member(f, "workload"), workload) && !strcmp(member(f, "kind"), kind) &&
		    !strcmp(member(f, "message"), message))
			return true;
	}
	return false;
}

void outcome_add(struct outcome *o, const char *workload, const char *kind, const char *severity,
		 const char *message_fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	va_list ap;

	va_start(ap, message_fmt);
	strbuf_vaddf(&message, message_fmt, ap);
	va_end(ap);
	if (!present(o, workload, kind, message.data)) {
		struct json_object *f = json_new_object();

		json_set_str(f, "workload", workload);
		json_set_str(f, "kind", kind);
		json_set_str(f, "severity", severity);
		json_set_str(f, "message", message.data);
		json_append(o->findings, f);
	}
	if (!strcmp(severity, "failure"))
		o->failed = true;
	strbuf_release(&message);
}

bool outcome_has(const struct outcome *o, const char *workload, const char *kind)
{
	size_t count = json_object_array_length(o->findings);

	for (size_t i = 0; i < count; i++) {
		struct json_object *f = json_object_array_get_idx(o->findings, i);

		if ((!workload || !strcmp(member(f, "workload"), workload)) &&
		    (!kind || !strcmp(member(f, "kind"), kind)))
			return true;
	}
	return false;
}

int outcome_write(const struct outcome *o, const char *run_path)
{
	struct json_object *root = json_new_object();
	char *path = xasprintf("%s/outcome.json", run_path);
	int result;

	json_set_str(root, "outcome", o->failed ? "failed" : o->skipped ? "skipped" : "ok");
	json_set_int(root, "wall_ms", o->wall_ms);
	if (o->first_record_ms >= 0)
		json_set_int(root, "first_record_ms", o->first_record_ms);
	json_set_str(root, "exit", o->exit ? o->exit : "");
	json_set(root, "findings", json_object_get(o->findings));
	result = json_write(path, root);
	json_object_put(root);
	free(path);
	return result;
}

static void show(const char *label, struct json_object *finding, bool failure)
{
	const char *kind = member(finding, "kind");
	const char *message = member(finding, "message");

	if (failure)
		error("%s: %s: %s", label, kind, message);
	else
		warning("%s: %s: %s", label, kind, message);
}

int outcome_show(const char *run_path, const char *label)
{
	struct json_doc doc;
	char *path = xasprintf("%s/outcome.json", run_path);
	int failures = -1;

	if (json_load(&doc, path) == 0) {
		struct json_at root = json_root(&doc);
		struct json_at list = json_member(&root, "findings");
		size_t count = list.value ? json_length(&list) : 0;

		failures = 0;
		for (size_t i = 0; i < count; i++) {
			struct json_at f = json_element(&list, i);
			bool failure = !strcmp(member(f.value, "severity"), "failure");

			failures += failure;
			show(label, f.value, failure);
		}
	}
	json_release(&doc);
	free(path);
	return failures;
}
