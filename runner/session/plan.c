// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/json.h"
#include "lib/log.h"
#include "runner/machine/target.h"
#include "runner/source/git.h"
#include "runner/source/spec.h"
#include "workload.h"

#define BOOTS_MAX	   1000
#define BOOT_TIMEOUT_S_MAX 3600

#define AT(field)    offsetof(struct plan, field)
#define GROUP(field) offsetof(struct plan_group, field)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct json_field fields[] = {
	{ "name", JSON_STR, AT(name), true, 0, 0 },
	{ "kernels", JSON_STRINGS, AT(kernels), false, 0, 0 },
	{ "workloads", JSON_STRINGS, AT(workloads), false, 0, 0 },
	{ "groups", JSON_IGNORE, 0, false, 0, 0 },
	{ "fetch", JSON_IGNORE, 0, false, 0, 0 },
	{ "target", JSON_STR, AT(target), false, 0, 0 },
	{ "boots", JSON_INT, AT(boots), false, 1, BOOTS_MAX },
	{ "layouts", JSON_INT, AT(layouts), false, 1, BOOTS_MAX },
	{ "profile", JSON_BOOL, AT(profile.functions), false, 0, 0 },
	{ "call_graph", JSON_BOOL, AT(profile.calls), false, 0, 0 },
	{ "cache", JSON_BOOL, AT(profile.cache), false, 0, 0 },
	{ "boot_timeout_s", JSON_INT, AT(boot_timeout_s), false, 1, BOOT_TIMEOUT_S_MAX },
};

static const struct json_field group_fields[] = {
	{ "kernels", JSON_STRINGS, GROUP(kernels), true, 0, 0 },
	{ "workloads", JSON_STRINGS, GROUP(workloads), true, 0, 0 },
	{ "profile", JSON_BOOL, GROUP(profile.functions), false, 0, 0 },
	{ "call_graph", JSON_BOOL, GROUP(profile.calls), false, 0, 0 },
	{ "cache", JSON_BOOL, GROUP(profile.cache), false, 0, 0 },
};

static const struct json_field fetch_fields[] = {
	{ "repository", JSON_STR, offsetof(struct plan_fetch, repository), true, 0, 0 },
	{ "remote", JSON_STR, offsetof(struct plan_fetch, remote), true, 0, 0 },
	{ "branch", JSON_STR, offsetof(struct plan_fetch, branch), true, 0, 0 },
};

/* The n-th of equal strings in the list, which is added when it is not there. */
static size_t place_of(struct strvec *list, const char *s, size_t n)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], s) == 0 && n-- == 0)
			return i;
	strvec_push(list, s);
	return list->count - 1;
}

/* How often the string comes in the list before this position. */
static size_t earlier(const struct strvec *list, size_t position)
{
	size_t n = 0;

	for (size_t i = 0; i < position; i++)
		n += strcmp(list->items[i], list->items[position]) == 0;
	return n;
}

/* A kernel twice in one group is two arms, in two groups it is one. */
static void place_group(struct plan *p, struct plan_group *g)
{
	g->arms = xcalloc(g->kernels.count, sizeof(*g->arms));
	g->places = xcalloc(g->workloads.count, sizeof(*g->places));
	for (size_t i = 0; i < g->kernels.count; i++)
		g->arms[i] = place_of(&p->kernels, g->kernels.items[i], earlier(&g->kernels, i));
	for (size_t i = 0; i < g->workloads.count; i++)
		g->places[i] = place_of(&p->workloads, g->workloads.items[i], 0);
}

static int read_group(struct plan *p, const struct json_at *at)
{
	struct plan_group *g = &p->groups[p->group_count++];

	if (json_read(at, group_fields, COUNT(group_fields), g) < 0)
		return -1;
	if (!g->kernels.count || !g->workloads.count)
		return json_error(at, "a group needs kernels and workloads");
	for (size_t i = 0; i < g->workloads.count; i++)
		if (earlier(&g->workloads, i))
			return json_error(at, "workload \"%s\" is there twice",
					  g->workloads.items[i]);
	place_group(p, g);
	return 0;
}

static int require(const struct json_at *root, const char *key)
{
	struct json_at at = json_member(root, key);

	return at.value ? 0 : json_error(&at, "missing");
}

static int read_groups(struct plan *p, const struct json_at *root)
{
	struct json_at groups = json_member(root, "groups");
	size_t count;
	int result = 0;

	if (!groups.value)
		return require(root, "kernels") < 0 || require(root, "workloads") < 0 ? -1 : 0;
	if (!json_object_is_type(groups.value, json_type_array))
		return json_error(&groups, "expected an array of groups");
	if (p->kernels.count || p->workloads.count)
		return json_error(&groups, "a plan has either groups, or kernels and workloads");
	count = json_length(&groups);
	p->groups = xcalloc(count + 1, sizeof(*p->groups));
	for (size_t i = 0; i < count; i++) {
		struct json_at group = json_element(&groups, i);

		if (read_group(p, &group) < 0)
			result = -1;
	}
	return result;
}

static int read_fetches(struct plan *p, const struct json_at *root)
{
	struct json_at list = json_member(root, "fetch");
	size_t count;
	int result = 0;

	if (!list.value)
		return 0;
	if (!json_object_is_type(list.value, json_type_array))
		return json_error(&list, "expected an array of repositories with their branches");
	count = json_length(&list);
	p->fetches = xcalloc(count + 1, sizeof(*p->fetches));
	for (size_t i = 0; i < count; i++) {
		struct json_at at = json_element(&list, i);

		if (json_read(&at, fetch_fields, COUNT(fetch_fields),
			      &p->fetches[p->fetch_count++]) < 0)
			result = -1;
	}
	return result;
}

int plan_load(struct plan *p, const char *path)
{
	struct json_doc doc;
	struct json_at root;
	int result = -1;

	*p = (struct plan){ 0 };
	if (json_load(&doc, path) < 0)
		goto out;
	root = json_root(&doc);
	result = json_read(&root, fields, COUNT(fields), p);
	if (result == 0)
		result = read_groups(p, &root);
	if (result == 0)
		result = read_fetches(p, &root);
out:
	json_release(&doc);
	return result;
}

int plan_fetch_all(const struct plan *p)
{
	int result = 0;

	for (size_t i = 0; !result && i < p->fetch_count; i++) {
		const struct plan_fetch *f = &p->fetches[i];
		struct git g;

		result = git_open(&g, f->repository);
		if (result == 1)
			result = error("\"%s\" is in no git repository", f->repository);
		if (!result) {
			result = git_fetch(&g, f->remote, f->branch);
			git_close(&g);
		}
	}
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

/* What is counted anywhere. */
static struct profile_options asked_for(const struct plan *p)
{
	struct profile_options joint = profile_join(p->profile, p->profile);

	for (size_t i = 0; i < p->group_count; i++)
		joint = profile_join(joint, p->groups[i].profile);
	return joint;
}

int plan_fits(const struct plan *p, const struct target *t)
{
	const bool exact = target_exact(t);
	const struct profile_options asked = asked_for(p);
	const struct {
		bool asked, able;
		const char *why;
	} rules[] = {
		{ p->layouts > 0, exact,
		  "has a wall clock, and layouts are for the instruction clock" },
		{ p->until_proven, !exact,
		  "has the instruction clock: one boot proves a difference, and there is nothing to "
		  "wait for" },
		{ asked.functions, target_profiles(t),
		  "has no emulator, so it cannot count instructions (--profile is for det and tcg)" },
		{ asked.calls || asked.cache, exact,
		  "has several CPUs, and calls and caches can be followed on one (--call-graph and "
		  "--cache are for det)" },
	};

	for (size_t i = 0; i < COUNT(rules); i++)
		if (rules[i].asked && !rules[i].able)
			return error("target \"%s\" %s", t->name, rules[i].why);
	return 0;
}

/* Which target is the default may take a boot to find out: that one is left to the session. */
static int check_target(const struct plan *p)
{
	const struct target *t = p->target ? target_find(p->target) : NULL;

	if (!p->target)
		return 0;
	return t ? plan_fits(p, t) : -1;
}

int plan_check(const struct plan *p)
{
	int result = 0;

	if (check_kernels(p) < 0)
		result = -1;
	if (check_workloads(p) < 0)
		result = -1;
	if (check_target(p) < 0)
		result = -1;
	return result;
}

static bool group_has(const struct plan_group *g, size_t arm, size_t workload)
{
	bool has_arm = false, has_workload = false;

	for (size_t i = 0; i < g->kernels.count; i++)
		has_arm |= g->arms[i] == arm;
	for (size_t i = 0; i < g->workloads.count; i++)
		has_workload |= g->places[i] == workload;
	return has_arm && has_workload;
}

bool plan_has(const struct plan *p, size_t arm, size_t workload)
{
	for (size_t i = 0; i < p->group_count; i++)
		if (group_has(&p->groups[i], arm, workload))
			return true;
	return !p->group_count;
}

bool plan_compares(const struct plan *p, size_t base, size_t arm, size_t workload)
{
	if (base == arm)
		return false;
	for (size_t i = 0; i < p->group_count; i++)
		if (p->groups[i].arms[0] == base && group_has(&p->groups[i], arm, workload))
			return true;
	return !p->group_count && base == 0;
}

struct profile_options plan_profile(const struct plan *p, size_t arm, size_t workload)
{
	struct profile_options joint = profile_join(p->profile, p->profile);

	for (size_t i = 0; i < p->group_count; i++)
		if (group_has(&p->groups[i], arm, workload))
			joint = profile_join(joint, p->groups[i].profile);
	return joint;
}

void plan_release(struct plan *p)
{
	for (size_t i = 0; i < p->group_count; i++) {
		strvec_release(&p->groups[i].kernels);
		strvec_release(&p->groups[i].workloads);
		free(p->groups[i].arms);
		free(p->groups[i].places);
	}
	for (size_t i = 0; i < p->fetch_count; i++) {
		free(p->fetches[i].repository);
		free(p->fetches[i].remote);
		free(p->fetches[i].branch);
	}
	free(p->fetches);
	free(p->groups);
	free(p->name);
	free(p->target);
	free(p->purpose.ladder);
	free(p->purpose.bisection);
	strvec_release(&p->purpose.patches);
	strvec_release(&p->kernels);
	strvec_release(&p->workloads);
	*p = (struct plan){ 0 };
}
