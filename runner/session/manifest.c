// SPDX-License-Identifier: GPL-2.0-or-later
#include "manifest.h"

#include <stdlib.h>

#include "lib/alloc.h"
#include "lib/json.h"

#define FORMAT 1

static struct json_object *describe_kernel(const struct variant *v)
{
	struct json_object *o = json_new_object();

	json_set_str(o, "spec", v->spec);
	json_set_str(o, "id", v->id);
	json_set_str(o, "release", v->release);
	json_set_str(o, "source", v->source);
	json_set_str(o, "series", v->series);
	json_set_str(o, "image_sha256", v->image_sha256);
	json_set_str(o, "config_sha256", v->config_sha256);
	json_set_str(o, "compiler", v->compiler);
	return o;
}

static struct json_object *describe_workload(const struct matrix *m, const struct cell *c)
{
	const struct workload *w = &m->workloads[c->workload];
	struct json_object *o = json_new_object(), *bases = json_new_array();

	json_set_str(o, "name", w->name);
	json_set_str(o, "title", w->title);
	json_set_str(o, "sha256", m->workload_ids[c->workload]);
	json_set_strings(o, "headline", &w->headline);
	for (size_t arm = 0; arm < m->arm_count; arm++)
		if (plan_compares(m->plan, arm, c->arm, c->workload))
			json_append(bases, xcheck(json_object_new_int64((int64_t)arm)));
	json_set(o, "bases", bases);
	return o;
}

struct json_object *manifest_new(const struct sessiondir *s, const struct matrix *m,
				 const struct cell *c, const struct layout *layout,
				 const char *append, const char *initramfs_sha256,
				 const struct strvec *command)
{
	struct json_object *root = json_new_object();
	struct json_object *workloads = json_new_array();
	struct json_object *guest = json_new_object();
	char *run = xasprintf("%s/%03zu", s->id, c->number);
	char *started = utc_now();

	json_set_int(root, "format", FORMAT);
	json_set_str(root, "run", run);
	json_set_str(root, "session", s->id);
	json_set_str(root, "plan", m->plan->name);
	json_set_str(root, "started", started);
	json_set_int(root, "arm", (int64_t)c->arm);
	json_set_int(root, "boot", c->boot);
	json_set_int(root, "seed", (int64_t)m->seed);
	json_set_str(root, "target", m->target->name);
	json_set_str(root, "clock", m->target->clock);
	json_set(root, "kernel", describe_kernel(&m->arms[c->arm]));
	json_append(workloads, describe_workload(m, c));
	json_set(root, "workloads", workloads);
	json_set_int(guest, "layout", layout->number);
	json_set_int(guest, "memory_mib", layout->memory_mib);
	json_set_int(guest, "padding_kib", layout->padding_kib);
	json_set_str(guest, "append", append);
	json_set_str(guest, "initramfs_sha256", initramfs_sha256);
	json_set_str(guest, "programs_sha256", m->base.sha256);
	json_set_strings(guest, "command", command);
	json_set(root, "guest", guest);
	free(started);
	free(run);
	return root;
}
