// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The explanation for a terminal, in 80 columns, and as JSON.
 */
#include "explain.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "lib/alloc.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/strbuf.h"

#define WIDTH	   80
#define NAME_WIDTH 27

static void put_paragraph(FILE *out, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column && column + 1 + word > WIDTH) {
			fputc('\n', out);
			column = 0;
		}
		fprintf(out, "%s%.*s", column ? " " : "", (int)word, text);
		column += word + (column ? 1 : 0);
		text += word + (text[word] == ' ');
	}
	fputc('\n', out);
}

static void put_figure(FILE *out, int width, double value, bool sign)
{
	struct strbuf text = STRBUF_INIT;

	explain_figure(&text, value, sign, UNIT_ASCII);
	fprintf(out, " %*s", width, text.data);
	strbuf_release(&text);
}

static void put_share(FILE *out, const struct explanation *e, double delta)
{
	if (e->base_total > 0)
		fprintf(out, " %+6.2f%%", 100 * delta / e->base_total);
	else
		fprintf(out, " %7s", "-");
}

/* A name that is too long for its column gets a line of its own. */
static void put_name(FILE *out, const char *indent, const char *name)
{
	int room = NAME_WIDTH - (int)strlen(indent);

	fprintf(out, "%s%-*s", indent, room, name);
	if ((int)strlen(name) > room)
		fprintf(out, "\n%*s", NAME_WIDTH, "");
}

static void put_row(FILE *out, const struct explanation *e, const struct explain_row *r)
{
	const char *state = explain_state_name(r->state);

	put_name(out, "  ", r->name);
	put_figure(out, 9, r->base, false);
	put_figure(out, 9, r->new, false);
	put_figure(out, 9, r->delta, true);
	put_share(out, e, r->delta);
	put_figure(out, 6, r->base_calls, false);
	put_figure(out, 6, r->new_calls, false);
	if (*state)
		fprintf(out, "\n    (%s%s%s)", state, r->partner ? "; see also " : "",
			r->partner ? r->partner->name : "");
	fputc('\n', out);
}

/* The rows of a group, of those that are shown. False when there are none. */
static bool put_group(FILE *out, const struct explanation *e, const struct explain_group *g,
		      size_t shown)
{
	bool any = false;

	for (size_t i = 0; i < shown; i++) {
		char *subsystem = explain_subsystem(e->rows[i].object, e->rows[i].user);

		if (!strcmp(subsystem, g->name) && e->rows[i].delta != 0) {
			if (!any) {
				put_name(out, "", g->name);
				put_figure(out, 9, g->base, false);
				put_figure(out, 9, g->new, false);
				put_figure(out, 9, g->delta, true);
				put_share(out, e, g->delta);
				fputc('\n', out);
			}
			put_row(out, e, &e->rows[i]);
			any = true;
		}
		free(subsystem);
	}
	return any;
}

static void put_table(FILE *out, const struct explanation *e, bool all)
{
	size_t shown = all ? e->count : e->telling;
	char *head = xasprintf("%s per %s", explain_unit(e->clock), e->operation);

	fprintf(out, "%*s %*s %22s\n", NAME_WIDTH, "", 29, head, "calls");
	fprintf(out, "%*s %9s %9s %9s %7s %6s %6s\n", NAME_WIDTH, "", "base", "new", "delta",
		"of base", "base", "new");
	for (size_t i = 0; i < e->group_count; i++)
		(void)put_group(out, e, &e->groups[i], shown);
	put_name(out, "", "all");
	put_figure(out, 9, e->base_total, false);
	put_figure(out, 9, e->new_total, false);
	put_figure(out, 9, e->delta, true);
	put_share(out, e, e->delta);
	fputc('\n', out);
	free(head);
}

static void put_window(FILE *out, const char *label, const struct db_side *side,
		       const struct db_profile *p, double operations)
{
	fprintf(out, "%-10s %s: %.0f instructions", label, side->spec, p->instructions);
	if (operations != 1)
		fprintf(out, " for %.0f operations", operations);
	fputc('\n', out);
	if (p->cycles > 0)
		fprintf(out, "%-10s %.0f estimated cycles\n", "", p->cycles);
	if (p->ns > 0 && !strcmp(side->clock, "instruction"))
		fprintf(out, "%-10s the clock says %.0f ns, and about %.0f of them idle\n", "",
			p->ns, p->idle_ns);
}

int report_explanation_text(FILE *out, const struct explanation *e, bool all)
{
	char *words = explanation_words(e, UNIT_ASCII);

	put_paragraph(out, words);
	if (e->changed > 0) {
		fputc('\n', out);
		put_table(out, e, all);
	}
	fputc('\n', out);
	put_window(out, "base", &e->base, &e->base_profile, e->base_operations);
	put_window(out, "new", &e->new, &e->new_profile, e->new_operations);
	fprintf(out, "%-10s %s, target %s\n", "session", e->base.session, e->base.target);
	free(words);
	if (fflush(out) != 0 || ferror(out))
		return error("cannot write the report:");
	return 0;
}

/*
 * JSON.
 */
static struct json_object *row_json(const struct explain_row *r, bool cached)
{
	struct json_object *o = json_new_object();
	struct json_object *base_events = cached ? json_new_object() : NULL;
	struct json_object *new_events = cached ? json_new_object() : NULL;
	char *subsystem = explain_subsystem(r->object, r->user);

	json_set_str(o, "function", r->name);
	json_set_str(o, "object", r->object);
	json_set_str(o, "subsystem", subsystem);
	json_set_bool(o, "user", r->user);
	json_set_num(o, "base", r->base);
	json_set_num(o, "new", r->new);
	json_set_num(o, "delta", r->delta);
	for (size_t i = 0; cached && i < CACHED_EVENTS; i++) {
		json_set_num(base_events, cached_names[i], r->base_events[i]);
		json_set_num(new_events, cached_names[i], r->new_events[i]);
	}
	if (cached) {
		json_set(o, "base_cache", base_events);
		json_set(o, "new_cache", new_events);
	}
	json_set_num(o, "base_calls", r->base_calls);
	json_set_num(o, "new_calls", r->new_calls);
	json_set_str(o, "state", explain_state_name(r->state));
	json_set_str(o, "partner", r->partner ? r->partner->name : NULL);
	free(subsystem);
	return o;
}

int report_explanation_json(FILE *out, const struct explanation *e)
{
	struct json_object *root = json_new_object(), *list = json_new_array();
	char *words = explanation_words(e, UNIT_ASCII);

	json_set_str(root, "base", e->base.spec);
	json_set_str(root, "new", e->new.spec);
	json_set_str(root, "workload", e->workload);
	json_set_str(root, "target", e->base.target);
	json_set_str(root, "session", e->base.session);
	json_set_str(root, "words", words);
	json_set_str(root, "operation", e->operation);
	json_set_num(root, "base_operations", e->base_operations);
	json_set_num(root, "new_operations", e->new_operations);
	json_set_str(root, "unit", explain_unit(e->clock));
	json_set_num(root, "base_total", e->base_total);
	json_set_num(root, "new_total", e->new_total);
	json_set_num(root, "delta", e->delta);
	json_set_num(root, "explained", e->explained);
	json_set_int(root, "telling", (int64_t)e->telling);
	for (size_t i = 0; i < e->count; i++)
		json_append(list, row_json(&e->rows[i], e->base_profile.cycles > 0));
	json_set(root, "functions", list);
	json_print(out, root);
	json_object_put(root);
	free(words);
	return format_finish(out);
}
