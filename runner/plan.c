// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <stdlib.h>

#include "lib/json.h"
#include "lib/log.h"
#include "spec.h"
#include "target.h"
#include "workload.h"

#define BOOTS_MAX	   1000
#define BOOT_TIMEOUT_S_MAX 3600

#define AT(field) offsetof(struct plan, field)

static const struct json_field fields[] = {
	{ "name", JSON_STR, AT(name), true, 0, 0 },
	{ "kernels", JSON_STRINGS, AT(kernels), true, 0, 0 },
	{ "workloads", JSON_STRINGS, AT(workloads), true, 0, 0 },
	{ "target", JSON_STR, AT(target), false, 0, 0 },
	{ "boots", JSON_INT, AT(boots), false, 1, BOOTS_MAX },
	{ "boot_timeout_s", JSON_INT, AT(boot_timeout_s), false, 1, BOOT_TIMEOUT_S_MAX },
};

int plan_load(struct plan *p, const char *path)
{
	struct json_doc doc;
	struct json_at root;
	int result = -1;

	*p = (struct plan){ 0 };
	if (json_load(&doc, path) < 0)
		goto out;
	root = json_root(&doc);
	result = json_read(&root, fields, sizeof(fields) / sizeof(fields[0]), p);
out:
	json_release(&doc);
	return result;
}

static int check_kernels(const struct plan *p)
{
	int result = 0;

	if (!p->kernels.count)
		return error("plan \"%s\" names no kernel", p->name);
	/* One kernel twice is meant: an A/A comparison. */
	for (size_t i = 0; i < p->kernels.count; i++) {
		struct spec spec = { 0 };

		if (spec_parse(&spec, p->kernels.items[i]) < 0)
			result = -1;
		spec_release(&spec);
	}
	return result;
}

static int check_workloads(const struct plan *p)
{
	struct strvec seen = STRVEC_INIT;
	int result = 0;

	if (!p->workloads.count)
		result = error("plan \"%s\" names no workload", p->name);
	for (size_t i = 0; i < p->workloads.count; i++) {
		struct workload w = { 0 };

		/* By the name it has, as two paths may lead to one. */
		if (workload_load(&w, p->workloads.items[i]) < 0)
			result = -1;
		else if (strvec_has(&seen, w.name))
			result = error("plan \"%s\" names workload \"%s\" twice", p->name, w.name);
		else
			strvec_push(&seen, w.name);
		workload_release(&w);
	}
	strvec_release(&seen);
	return result;
}

int plan_check(const struct plan *p)
{
	int result = 0;

	if (check_kernels(p) < 0)
		result = -1;
	if (check_workloads(p) < 0)
		result = -1;
	if (p->target && !target_find(p->target))
		result = -1;
	return result;
}

void plan_release(struct plan *p)
{
	free(p->name);
	free(p->target);
	strvec_release(&p->kernels);
	strvec_release(&p->workloads);
	*p = (struct plan){ 0 };
}
