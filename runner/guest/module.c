// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a bench module (runner/guest/modules): it measures while it is being loaded.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "file.h"
#include "modules.h"
#include "results.h"

#define RESULTS "/proc/kab-results"

static const char *name_of(const struct task *t)
{
	return spec_str(t->spec, "module", "");
}

/* "count=373959 size=128" */
static void parameters(const struct task *t, struct strbuf *out)
{
	struct json_object *p = spec_get(t->spec, "parameters", json_type_object);
	struct json_object_iterator it, end;

	if (!p)
		return;
	it = json_object_iter_begin(p);
	end = json_object_iter_end(p);
	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
		strbuf_addf(out, "%s%s=%s", out->len ? " " : "", json_object_iter_peek_name(&it),
			    json_object_get_string(json_object_iter_peek_value(&it)));
}

static int measure(struct task *t)
{
	struct strbuf path = STRBUF_INIT, params = STRBUF_INIT;
	int ret;

	strbuf_addf(&path, MODULES_WORKLOAD "/%s.ko", name_of(t));
	parameters(t, &params);
	ret = module_load(path.data, params.data);
	if (ret < 0)
		(void)task_fail(t, "workload-failed", "cannot load module '%s' with '%s': %s",
				name_of(t), params.data, strerror(errno));
	strbuf_release(&path);
	strbuf_release(&params);
	return ret;
}

static int report(struct task *t)
{
	struct strbuf text = STRBUF_INIT;
	int ret = 0;

	if (t->failure.len)
		return -1; /* it was not loaded */
	if (read_file(RESULTS, &text) < 0)
		ret = task_fail(t, "workload-failed", "'" RESULTS "': %s", strerror(errno));
	else if (!text.len)
		ret = task_fail(t, "check-failed", "module '%s' has no results", name_of(t));
	else if (results_take(t, text.data) < 0)
		ret = -1;
	if (results_send(t) < 0)
		ret = -1;
	strbuf_release(&text);
	return ret;
}

static void finish(struct task *t)
{
	if (module_unload(name_of(t)) < 0 && errno != ENOENT)
		(void)task_fail(t, "workload-failed", "cannot unload module '%s': %s", name_of(t),
				strerror(errno));
}

const struct driver module_driver = {
	.name = "module",
	.measure = measure,
	.report = report,
	.finish = finish,
};
