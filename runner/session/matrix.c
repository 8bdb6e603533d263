// SPDX-License-Identifier: GPL-2.0-or-later
#include "matrix.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/random.h"
#include "looks.h"
#include "profile.h"
#include "runner/kernel/configdiff.h"
#include "runner/kernel/kconfig.h"
#include "runner/machine/host.h"

#define BOOT_TIMEOUT_S 120

static int load_workloads(struct matrix *m)
{
	size_t count = m->plan->workloads.count;

	m->workloads = xcalloc(count, sizeof(*m->workloads));
	m->workload_ids = xcalloc(count, sizeof(*m->workload_ids));
	m->workload_count = count;
	for (size_t i = 0; i < count; i++) {
		struct workload *w = &m->workloads[i];

		if (workload_load(w, m->plan->workloads.items[i]) < 0)
			return -1;
		m->workload_ids[i] = workload_identity(w);
		if (!m->workload_ids[i])
			return -1;
	}
	return 0;
}

/* A plan that looks for faults goes on without a kernel that has one. */
static int build_arm(struct matrix *m, size_t arm)
{
	struct variant *v = &m->arms[arm];

	if (variant_build(v) == 0)
		return 0;
	if (!v->fault || !m->plan->faults || arm == 0 || interrupted())
		return -1;
	variant_give_up(v);
	return 0;
}

/* All specs first: a wrong one is told before the first build. */
static int build_arms(struct matrix *m)
{
	size_t count = m->plan->kernels.count;

	m->arms = xcalloc(count, sizeof(*m->arms));
	m->arm_count = count;
	for (size_t i = 0; i < count; i++)
		if (variant_resolve(&m->arms[i], m->plan->kernels.items[i]) < 0)
			return -1;
	for (size_t i = 0; i < count; i++)
		if (build_arm(m, i) < 0)
			return -1;
	return 0;
}

/* Modules are compiled before the first boot, so that a mistake in one costs no night. */
static int provide(struct matrix *m)
{
	matrix_pair(m);
	for (size_t i = 0; i < m->pair_count; i++) {
		struct pair *p = &m->pairs[i];

		if (m->arms[p->arm].fault)
			p->provision.lack = xstrdup(m->arms[p->arm].fault);
		else if (provision_make(&p->provision, &m->arms[p->arm],
					&m->workloads[p->workload]) < 0)
			return -1;
	}
	return 0;
}

/* A new string, "" for an image without a config. */
static char *config_text(const struct variant *v)
{
	struct strbuf text = STRBUF_INIT;

	if (v->config && file_read(v->config, &text) < 0)
		strbuf_reset(&text);
	return strbuf_detach(&text);
}

/* What came into a configuration by itself, as a note for the user and a fact of the run. */
static char *describe_new(const struct variant *v, const char *base, const char *config)
{
	struct kconfig named;
	char *list;

	if (kconfig_load_all(&named) < 0)
		return xstrdup("");
	list = config_new(base, config, &named);
	if (*list)
		note("\"%s\" has configuration symbols that the base does not know and that no "
		     "fragment names: %s",
		     v->spec, list);
	kconfig_release(&named);
	return list;
}

/* What the configurations say, for the guard of comparisons. */
static void describe_arms(struct matrix *m)
{
	char *base = config_text(&m->arms[0]);

	m->kernel_facts = xcalloc(m->arm_count, sizeof(*m->kernel_facts));
	for (size_t i = 0; i < m->arm_count; i++) {
		char *config = config_text(&m->arms[i]);

		m->kernel_facts[i].debug = config_debug(config);
		m->kernel_facts[i].differences =
			*config ? config_differences(base, config) : xstrdup("");
		m->kernel_facts[i].appeared = describe_new(&m->arms[i], base, config);
		free(config);
	}
	free(base);
}

static void set_or_drop(struct json_object *facts, const char *key, const char *value)
{
	if (*value)
		json_set_str(facts, key, value);
	else
		json_object_object_del(facts, key);
}

/* Those of other arms go away, as one set of facts serves all runs. */
static void set_series_facts(const struct matrix *m, size_t arm)
{
	const struct strvec *about = &m->arms[arm].about;

	for (size_t other = 0; other < m->arm_count; other++)
		for (size_t i = 0; i < m->arms[other].about.count; i += 2)
			json_object_object_del(m->facts, m->arms[other].about.items[i]);
	for (size_t i = 0; i + 1 < about->count; i += 2)
		json_set_str(m->facts, about->items[i], about->items[i + 1]);
}

/* What the session is, and which part of it the arm. */
static void set_purpose_facts(const struct matrix *m, size_t arm)
{
	const struct plan_purpose *p = &m->plan->purpose;
	char *patches = p->ladder ? xasprintf("%zu", p->patches.count) : xstrdup("");

	set_or_drop(m->facts, "session.bisection", p->bisection ? p->bisection : "");
	set_or_drop(m->facts, "session.ladder", p->ladder ? p->ladder : "");
	set_or_drop(m->facts, "session.ladder_patches", patches);
	set_or_drop(m->facts, "session.ladder_patch",
		    p->ladder && arm ? p->patches.items[arm - 1] : "");
	free(patches);
}

void matrix_set_kernel_facts(const struct matrix *m, size_t arm)
{
	set_series_facts(m, arm);
	set_purpose_facts(m, arm);
	set_or_drop(m->facts, "kernel.debug", m->kernel_facts[arm].debug);
	set_or_drop(m->facts, "kernel.config_differences", m->kernel_facts[arm].differences);
	set_or_drop(m->facts, "kernel.config_new", m->kernel_facts[arm].appeared);
}

static int choose_target(struct matrix *m)
{
	struct strbuf why = STRBUF_INIT;
	int result = 0;

	if (!m->plan->target) {
		m->target = target_default(m->arms[0].image);
		return m->target ? plan_fits(m->plan, m->target) : -1;
	}
	m->target = target_find(m->plan->target);
	if (!m->target)
		return -1;
	if (!m->target->usable(m->arms[0].image, &why))
		result = error("target \"%s\" is not usable here: %s", m->target->name, why.data);
	strbuf_release(&why);
	return result < 0 ? result : plan_fits(m->plan, m->target);
}

static int choose_plugin(struct matrix *m)
{
	struct profile_options all = { 0 };

	for (size_t i = 0; i < m->pair_count; i++)
		all = profile_join(all, m->pairs[i].profile);
	if (!all.functions)
		return 0;
	if (all.cache && hierarchy_load(&m->caches, m->target->name) < 0)
		return -1;
	m->plugin = profile_plugin();
	return m->plugin ? 0 : -1;
}

static void hash_fact(struct hash *h, struct json_object *facts, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(facts, key, &value);
	hash_part(h, key, value ? json_object_get_string(value) : "");
}

static void identify(struct matrix *m)
{
	char numbers[64];
	struct hash h;

	snprintf(numbers, sizeof(numbers), "%" PRId64 "%s", m->boots,
		 m->plan->layouts	 ? " layouts"
		 : m->plan->until_proven ? " at most"
					 : "");
	hash_init(&h);
	hash_part(&h, "plan", m->plan->name);
	hash_part(&h, "target", m->target->name);
	hash_part(&h, "boots", numbers);
	if (m->caches.machine) {
		struct strvec model = STRVEC_INIT;

		hierarchy_push(&m->caches, &model);
		for (size_t i = 0; i < model.count; i++)
			hash_part(&h, "cache", model.items[i]);
		strvec_release(&model);
	}
	for (size_t i = 0; i < m->arm_count; i++) {
		hash_part(&h, "spec", m->arms[i].spec);
		hash_part(&h, "kernel", m->arms[i].id);
	}
	for (size_t i = 0; i < m->workload_count; i++) {
		hash_part(&h, "name", m->workloads[i].name);
		hash_part(&h, "workload", m->workload_ids[i]);
	}
	for (size_t i = 0; i < m->pair_count; i++) {
		snprintf(numbers, sizeof(numbers), "%zu %zu%s", m->pairs[i].arm,
			 m->pairs[i].workload, profile_describe(m->pairs[i].profile));
		hash_part(&h, "pair", numbers);
	}
	hash_part(&h, "initramfs", m->base.sha256);
	hash_fact(&h, m->facts, "qemu.version");
	hash_fact(&h, m->facts, "host.cpu");
	hash_end(&h, &m->identity);
}

int matrix_resolve(struct matrix *m, const struct plan *p)
{
	*m = (struct matrix){ .plan = p };
	/* What needs little time and may be wrong comes before what takes long. */
	if (load_workloads(m) < 0)
		return -1;
	for (size_t i = 0; i < m->workload_count; i++)
		if (workload_check_fio(&m->workloads[i]) < 0)
			return -1;
	if (build_arms(m) < 0 || provide(m) < 0 || choose_target(m) < 0 || choose_plugin(m) < 0 ||
	    initramfs_base(&m->base) < 0)
		return -1;
	m->boots = p->boots ? p->boots : target_boots(m->target);
	if (p->layouts)
		m->boots = p->layouts;
	if (p->until_proven && !p->boots)
		m->boots = LOOKS_BOOTS_MAX;
	m->boot_timeout_s = p->boot_timeout_s ? p->boot_timeout_s : BOOT_TIMEOUT_S;
	describe_arms(m);
	m->facts = host_facts();
	json_set_str(m->facts, "host.fio", m->base.fio);
	identify(m);
	return 0;
}

void matrix_release(struct matrix *m)
{
	for (size_t i = 0; i < m->arm_count; i++) {
		variant_release(&m->arms[i]);
		if (m->kernel_facts) {
			free(m->kernel_facts[i].debug);
			free(m->kernel_facts[i].differences);
			free(m->kernel_facts[i].appeared);
		}
	}
	free(m->kernel_facts);
	for (size_t i = 0; i < m->workload_count; i++) {
		workload_release(&m->workloads[i]);
		free(m->workload_ids[i]);
	}
	for (size_t i = 0; i < m->pair_count; i++)
		provision_release(&m->pairs[i].provision);
	free(m->pairs);
	free(m->arms);
	free(m->workloads);
	free(m->workload_ids);
	free(m->plugin);
	hierarchy_release(&m->caches);
	initramfs_release(&m->base);
	json_object_put(m->facts);
	*m = (struct matrix){ 0 };
}

size_t matrix_cell_count(const struct matrix *m)
{
	return m->pair_count * (size_t)m->boots;
}

void matrix_pair(struct matrix *m)
{
	m->pairs = xcalloc(m->arm_count * m->workload_count + 1, sizeof(*m->pairs));
	m->pair_count = 0;
	for (size_t w = 0; w < m->workload_count; w++)
		for (size_t a = 0; a < m->arm_count; a++)
			if (plan_has(m->plan, a, w))
				m->pairs[m->pair_count++] = (struct pair){
					.arm = a,
					.workload = w,
					.profile = plan_profile(m->plan, a, w),
				};
}

/* The pair of the same workload that is as far from its last arm as this one is from its first. */
static size_t mirrored(const struct matrix *m, size_t pair)
{
	size_t first = pair, last = pair;

	while (first > 0 && m->pairs[first - 1].workload == m->pairs[pair].workload)
		first--;
	while (last + 1 < m->pair_count && m->pairs[last + 1].workload == m->pairs[pair].workload)
		last++;
	return first + (last - pair);
}

static bool backwards(const struct matrix *m, size_t workload, int64_t boot)
{
	uint64_t block = (uint64_t)(boot - 1) / 2;
	struct random r = { .state = m->seed ^ block << 16 ^ workload << 48 };

	/* As it was before there were seeds, for sessions that are continued. */
	if (!m->seed)
		return boot % 2 == 0;
	return (random_next(&r) & 1) != (boot % 2 == 0);
}

struct cell matrix_cell(const struct matrix *m, size_t number)
{
	size_t i = number - 1;
	struct cell c = { .number = number };

	c.pair = i % m->pair_count;
	c.boot = (int64_t)(i / m->pair_count) + 1;
	if (backwards(m, m->pairs[c.pair].workload, c.boot))
		c.pair = mirrored(m, c.pair);
	c.arm = m->pairs[c.pair].arm;
	c.workload = m->pairs[c.pair].workload;
	return c;
}
