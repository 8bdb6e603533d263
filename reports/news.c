// SPDX-License-Identifier: GPL-2.0-or-later
#include "news.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/log.h"

#define FORMAT 1

static void item_release(struct news_item *c)
{
	free(c->target);
	free(c->base);
	free(c->kernel);
	free(c->workload);
	free(c->what);
	free(c->session);
}

void news_release(struct news *c)
{
	for (size_t i = 0; i < c->count; i++)
		item_release(&c->items[i]);
	free(c->items);
	*c = (struct news){ 0 };
}

/* A copy of all of it. */
static void add(struct news *list, const struct news_item *c)
{
	struct news_item copy = *c;

	copy.target = xstrdup(c->target);
	copy.base = xstrdup(c->base);
	copy.kernel = xstrdup(c->kernel);
	copy.workload = xstrdup(c->workload);
	copy.what = xstrdup(c->what);
	copy.session = xstrdup(c->session);
	list->items = xreallocarray(list->items, list->count + 1, sizeof(copy));
	list->items[list->count++] = copy;
}

static bool same(const struct news_item *a, const struct news_item *b)
{
	return a->failed == b->failed && !strcmp(a->target, b->target) &&
	       !strcmp(a->base, b->base) && !strcmp(a->kernel, b->kernel) &&
	       !strcmp(a->workload, b->workload) && !strcmp(a->what, b->what);
}

static struct news_item *find(const struct news *list, const struct news_item *c)
{
	for (size_t i = 0; i < list->count; i++)
		if (same(&list->items[i], c))
			return &list->items[i];
	return NULL;
}

/* --- a session --------------------------------------------------------------------------------- */

/* Otherwise another compiler, say, may be the reason of any difference. */
static bool is_comparable(const struct judgement *j)
{
	return j->differences.serious == 0;
}

/* Its strings are borrowed. */
static struct news_item worse(const struct judgement *j, const struct comparison *c)
{
	return (struct news_item){
		.target = j->new.target,
		.base = j->base.spec,
		.kernel = j->new.spec,
		.workload = (char *)c->workload,
		.what = (char *)c->metric,
		.delta_pct = c->delta_pct,
		.session = j->new.session,
		.judgement = j,
		.comparison = c,
	};
}

static void find_failures(struct news *out, const struct judgement *j, const struct db_side *side,
			  const struct db_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct db_finding *f = &findings->items[i];
		const struct news_item c = {
			.failed = true,
			.target = side->target,
			.base = (char *)"",
			.kernel = side->spec,
			.workload = f->workload,
			.what = f->kind,
			.delta_pct = NAN,
			.session = side->session,
			.judgement = j,
			.finding = f,
		};

		/* Sides stand in several comparisons, and several boots may fail alike. */
		if (f->severity == SEVERITY_FAILURE && !find(out, &c))
			add(out, &c);
	}
}

void news_find(const struct judgement *list, size_t count, struct news *out)
{
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < list[k].count; i++) {
			const struct comparison *c = &list[k].items[i];
			const struct news_item w = worse(&list[k], c);

			if (is_comparable(&list[k]) && c->headline && c->verdict == VERDICT_WORSE &&
			    !find(out, &w))
				add(out, &w);
		}
	for (size_t k = 0; k < count; k++) {
		find_failures(out, &list[k], &list[k].base, &list[k].base_findings);
		find_failures(out, &list[k], &list[k].new, &list[k].new_findings);
	}
}

/* --- what is new ------------------------------------------------------------------------------- */

/* Clearly worse than when it was told: the whole interval is, by more than counts as the same. */
static bool got_worse(const struct news_item *now, const struct news_item *told)
{
	const struct comparison *c = now->comparison;
	double nearest;

	if (now->failed || !c || isnan(told->delta_pct) || isnan(c->ci_pct[0]))
		return false;
	if (c->better == BETTER_HIGHER)
		nearest = told->delta_pct - c->ci_pct[1];
	else
		nearest = c->ci_pct[0] - told->delta_pct;
	return nearest > c->threshold_pct;
}

void news_select(const struct news *now, const struct news *told, struct news *out)
{
	for (size_t i = 0; i < now->count; i++) {
		const struct news_item *known = find(told, &now->items[i]);

		if (!known || got_worse(&now->items[i], known))
			add(out, &now->items[i]);
	}
}

/* --- what is over ------------------------------------------------------------------------------ */

static bool recovered(const struct news_item *told, const struct judgement *list, size_t count)
{
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < list[k].count; i++) {
			const struct comparison *c = &list[k].items[i];
			const struct news_item w = worse(&list[k], c);

			if (is_comparable(&list[k]) && same(&w, told) &&
			    (c->verdict == VERDICT_BETTER || c->verdict == VERDICT_SAME))
				return true;
		}
	return false;
}

static bool has_figures(const struct db_metrics *metrics, const char *workload)
{
	for (size_t i = 0; i < metrics->count; i++)
		if (!*workload || !strcmp(metrics->items[i].workload, workload))
			return true;
	return false;
}

/* The session has figures of the workload by this kernel, and the failure is not in it. */
static bool runs_again(const struct news_item *told, const struct news *now,
		       const struct judgement *list, size_t count)
{
	if (find(now, told))
		return false;
	for (size_t k = 0; k < count; k++) {
		const struct db_side *sides[] = { &list[k].base, &list[k].new };
		const struct db_metrics *metrics[] = { &list[k].base_metrics,
						       &list[k].new_metrics };

		for (size_t s = 0; s < 2; s++)
			if (!strcmp(sides[s]->spec, told->kernel) &&
			    !strcmp(sides[s]->target, told->target) &&
			    has_figures(metrics[s], told->workload))
				return true;
	}
	return false;
}

void news_learn(struct news *told, const struct news *news, const struct judgement *list,
		size_t count)
{
	struct news now = { 0 };
	size_t kept = 0;

	news_find(list, count, &now);
	for (size_t i = 0; i < told->count; i++) {
		struct news_item c = told->items[i];
		bool over =
			c.failed ? runs_again(&c, &now, list, count) : recovered(&c, list, count);

		if (over || find(news, &c))
			item_release(&c);
		else
			told->items[kept++] = c;
	}
	told->count = kept;
	for (size_t i = 0; i < news->count; i++) {
		struct news_item c = news->items[i];

		c.judgement = NULL;
		c.comparison = NULL;
		c.finding = NULL;
		add(told, &c);
	}
	news_release(&now);
}

/* --- the file ---------------------------------------------------------------------------------- */

struct entry {
	char *channel, *session;
	struct json_at told;
};

static int read_item(const struct json_at *at, struct news *out)
{
	static const struct json_field fields[] = {
		{ "failed", JSON_BOOL, offsetof(struct news_item, failed), true, 0, 0 },
		{ "target", JSON_STR, offsetof(struct news_item, target), true, 0, 0 },
		{ "base", JSON_STR, offsetof(struct news_item, base), true, 0, 0 },
		{ "kernel", JSON_STR, offsetof(struct news_item, kernel), true, 0, 0 },
		{ "workload", JSON_STR, offsetof(struct news_item, workload), true, 0, 0 },
		{ "what", JSON_STR, offsetof(struct news_item, what), true, 0, 0 },
		{ "delta_pct", JSON_NUM, offsetof(struct news_item, delta_pct), false, 0, 0 },
		{ "session", JSON_STR, offsetof(struct news_item, session), true, 0, 0 },
	};
	struct news_item c = { .delta_pct = NAN };
	int ret = json_read(at, fields, sizeof(fields) / sizeof(fields[0]), &c);

	if (ret == 0)
		add(out, &c);
	item_release(&c);
	return ret;
}

static int read_entry(const struct json_at *at, const char *channel, struct news *told,
		      char **session)
{
	static const struct json_field fields[] = {
		{ "channel", JSON_STR, offsetof(struct entry, channel), true, 0, 0 },
		{ "session", JSON_STR, offsetof(struct entry, session), true, 0, 0 },
		{ "told", JSON_ARRAY, offsetof(struct entry, told), true, 0, 0 },
	};
	struct entry e = { 0 };
	int ret = json_read(at, fields, sizeof(fields) / sizeof(fields[0]), &e);

	if (ret == 0 && !strcmp(e.channel, channel)) {
		free(*session);
		*session = e.session;
		e.session = NULL;
		for (size_t i = 0; i < json_length(&e.told) && ret == 0; i++) {
			struct json_at item = json_element(&e.told, i);

			ret = read_item(&item, told);
		}
	}
	free(e.channel);
	free(e.session);
	return ret;
}

struct memory {
	int64_t format;
	struct json_at channels;
};

/* 0, 1 when there is no file, -1 with an error printed; release the document after 0 and -1. */
static int open_memory(const char *path, struct json_doc *doc, struct memory *m)
{
	static const struct json_field fields[] = {
		{ "format", JSON_INT, offsetof(struct memory, format), true, FORMAT, FORMAT },
		{ "channels", JSON_ARRAY, offsetof(struct memory, channels), true, 0, 0 },
	};
	struct json_at root;

	*doc = (struct json_doc){ 0 };
	if (!file_exists(path))
		return 1;
	if (json_load(doc, path) < 0)
		return -1;
	root = json_root(doc);
	return json_read(&root, fields, sizeof(fields) / sizeof(fields[0]), m);
}

int news_load(const char *path, const char *channel, struct news *told, char **session)
{
	struct memory m = { 0 };
	struct json_doc doc;
	int ret = open_memory(path, &doc, &m);

	*session = NULL;
	if (ret == 1)
		return 0;
	for (size_t i = 0; ret == 0 && i < json_length(&m.channels); i++) {
		struct json_at item = json_element(&m.channels, i);

		ret = read_entry(&item, channel, told, session);
	}
	json_release(&doc);
	return ret;
}

static struct json_object *item_json(const struct news_item *c)
{
	struct json_object *o = json_new_object();

	json_set_bool(o, "failed", c->failed);
	json_set_str(o, "target", c->target);
	json_set_str(o, "base", c->base);
	json_set_str(o, "kernel", c->kernel);
	json_set_str(o, "workload", c->workload);
	json_set_str(o, "what", c->what);
	json_set_num(o, "delta_pct", c->delta_pct);
	json_set_str(o, "session", c->session);
	return o;
}

/* Takes the other channels over as they are. */
static void copy_others(struct json_object *to, const struct memory *m, const char *channel)
{
	for (size_t i = 0; i < json_length(&m->channels); i++) {
		struct json_at item = json_element(&m->channels, i);
		struct json_at name = json_member(&item, "channel");
		const char *is = name.value ? json_object_get_string(name.value) : NULL;

		if (is && strcmp(is, channel) != 0)
			json_append(to, json_object_get(item.value));
	}
}

int news_save(const char *path, const char *channel, const struct news *told, const char *session)
{
	struct json_object *root = json_new_object(), *channels = json_new_array();
	struct json_object *entry = json_new_object(), *list = json_new_array();
	struct memory m = { 0 };
	struct json_doc doc;
	int ret = open_memory(path, &doc, &m);

	if (ret == 0)
		copy_others(channels, &m, channel);
	for (size_t i = 0; i < told->count; i++)
		json_append(list, item_json(&told->items[i]));
	json_set_str(entry, "channel", channel);
	json_set_str(entry, "session", session);
	json_set(entry, "told", list);
	json_append(channels, entry);
	json_set_int(root, "format", FORMAT);
	json_set(root, "channels", channels);
	if (ret >= 0)
		ret = json_write(path, root);
	json_object_put(root);
	json_release(&doc);
	return ret;
}
