// SPDX-License-Identifier: GPL-2.0-or-later
#include "ladder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/strbuf.h"
#include "units.h"

#define SENTENCE_METRICS 4 /* of a step that are named: one of each workload */

/* The comparisons that are needed, and what each is for. */
struct wanted {
	struct db_pair *pairs;
	bool *whole;
	size_t count;
};

bool ladder_exact(const struct ladder *l)
{
	return !strcmp(l->sides.items[0].clock, "instruction");
}

/* --- what there is ----------------------------------------------------------------------------- */

static bool has_figures(const struct db_metrics *m, const char *workload)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->items[i].count && !strcmp(m->items[i].workload, workload))
			return true;
	return false;
}

static void list_workloads(const struct db_metrics *rungs, size_t count, struct strvec *out)
{
	for (size_t r = 0; r < count; r++)
		for (size_t i = 0; i < rungs[r].count; i++)
			if (rungs[r].items[i].count && !strvec_has(out, rungs[r].items[i].workload))
				strvec_push(out, rungs[r].items[i].workload);
}

static void want(struct wanted *w, size_t from, size_t to, const char *workload, bool whole)
{
	w->pairs = xreallocarray(w->pairs, w->count + 1, sizeof(*w->pairs));
	w->whole = xreallocarray(w->whole, w->count + 1, sizeof(*w->whole));
	w->pairs[w->count] = (struct db_pair){ (int64_t)from, (int64_t)to, xstrdup(workload) };
	w->whole[w->count++] = whole;
}

/* The whole first, then step by step. */
static void want_workload(struct wanted *w, const struct db_metrics *rungs, size_t count,
			  const char *workload)
{
	size_t first = count, last = 0, from;

	for (size_t r = 0; r < count; r++)
		if (has_figures(&rungs[r], workload)) {
			first = first < r ? first : r;
			last = r;
		}
	if (first >= last)
		return;
	want(w, first, last, workload, true);
	from = first;
	for (size_t r = first + 1; r <= last; r++)
		if (has_figures(&rungs[r], workload)) {
			want(w, from, r, workload, false);
			from = r;
		}
}

static void release_wanted(struct wanted *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->pairs[i].workloads);
	free(w->pairs);
	free(w->whole);
}

/* --- lines ------------------------------------------------------------------------------------- */

/* In per cent of the first rung, where the comparison has it in per cent of its own base. */
static struct ladder_step step_of(const struct comparison *c, size_t from, size_t to, double first)
{
	struct ladder_step s = {
		.first = from + 1, .last = to, .comparison = c, .ci_pct = { NAN, NAN }
	};

	s.change = c->p == c->p ? c->shift.estimate : c->new - c->base;
	s.change_pct = first != 0 ? 100 * s.change / fabs(first) : NAN;
	if (first != 0 && !isnan(c->ci_pct[0])) {
		for (size_t i = 0; i < 2; i++)
			s.ci_pct[i] = c->ci_pct[i] * fabs(c->base) / fabs(first);
	}
	return s;
}

static const struct comparison *find(const struct judgement *j, const struct comparison *like)
{
	for (size_t i = 0; i < j->count; i++)
		if (!strcmp(j->items[i].metric, like->metric) &&
		    !strcmp(j->items[i].unit, like->unit) && j->items[i].better == like->better)
			return &j->items[i];
	return NULL;
}

static bool complete(const struct comparison *c)
{
	return c && c->n_base && c->n_new;
}

/* A metric that a rung between does not have makes no line. */
static void add_line(struct ladder *l, const struct wanted *w, size_t whole,
		     const struct comparison *c)
{
	size_t last = whole + 1;
	struct ladder_line *line;

	while (last < w->count && !w->whole[last])
		last++;
	for (size_t i = whole + 1; i < last; i++)
		if (!complete(find(&l->list.items[i], c)))
			return;
	l->lines = xreallocarray(l->lines, l->count + 1, sizeof(*l->lines));
	line = &l->lines[l->count++];
	*line = (struct ladder_line){ .workload = c->workload,
				      .title = c->title,
				      .metric = c->metric,
				      .unit = c->unit,
				      .better = c->better,
				      .headline = c->headline };
	line->values = xcalloc(l->sides.count, sizeof(*line->values));
	for (size_t r = 0; r < l->sides.count; r++)
		line->values[r] = NAN;
	line->whole =
		step_of(c, (size_t)w->pairs[whole].base, (size_t)w->pairs[whole].new, c->base);
	line->values[w->pairs[whole].base] = c->base;
	line->steps = xcalloc(last - whole, sizeof(*line->steps));
	for (size_t i = whole + 1; i < last; i++) {
		const struct comparison *step = find(&l->list.items[i], c);

		line->values[w->pairs[i].new] = step->new;
		line->steps[line->count++] =
			step_of(step, (size_t)w->pairs[i].base, (size_t)w->pairs[i].new, c->base);
	}
}

static void add_lines(struct ladder *l, const struct wanted *w)
{
	for (size_t i = 0; i < w->count; i++)
		for (size_t k = 0; w->whole[i] && k < l->list.items[i].count; k++)
			if (complete(&l->list.items[i].items[k]))
				add_line(l, w, i, &l->list.items[i].items[k]);
}

/* --- faults ------------------------------------------------------------------------------------ */

/* Of one cause one entry, however many workloads and boots it hit. */
static void add_fault(struct ladder *l, size_t rung, const struct db_finding *f)
{
	struct ladder_fault *fault;
	struct strvec known = STRVEC_INIT;

	for (size_t i = 0; i < l->fault_count; i++) {
		fault = &l->faults[i];
		if (fault->rung != rung || strcmp(fault->kind, f->kind) != 0)
			continue;
		strvec_split(&known, fault->workloads, ", ");
		if (!strvec_has(&known, f->workload)) {
			char *more = xasprintf("%s, %s", fault->workloads, f->workload);

			free(fault->workloads);
			fault->workloads = more;
		}
		strvec_release(&known);
		return;
	}
	l->faults = xreallocarray(l->faults, l->fault_count + 1, sizeof(*l->faults));
	l->faults[l->fault_count++] = (struct ladder_fault){
		rung,
		xstrdup(f->workload),
		xstrdup(f->kind),
		xstrndup(f->message, strcspn(f->message, "\n")),
	};
}

static int add_faults(struct db *db, struct ladder *l, size_t rung)
{
	struct db_findings findings = { 0 };
	int ret = db_findings(db, &l->sides.items[rung], &findings);

	for (size_t i = 0; ret == 0 && i < findings.count; i++)
		if (findings.items[i].severity == SEVERITY_FAILURE)
			add_fault(l, rung, &findings.items[i]);
	db_findings_release(&findings);
	return ret;
}

/* --- all of it --------------------------------------------------------------------------------- */

static int load_rungs(struct db *db, const struct ladder *l, struct wanted *w)
{
	struct db_metrics *rungs = xcalloc(l->sides.count, sizeof(*rungs));
	struct strvec workloads = STRVEC_INIT;
	int ret = 0;

	for (size_t r = 0; ret == 0 && r < l->sides.count; r++)
		ret = db_metrics(db, &l->sides.items[r], &rungs[r]);
	if (ret == 0)
		list_workloads(rungs, l->sides.count, &workloads);
	for (size_t i = 0; i < workloads.count; i++)
		want_workload(w, rungs, l->sides.count, workloads.items[i]);
	for (size_t r = 0; r < l->sides.count; r++)
		db_metrics_release(&rungs[r]);
	free(rungs);
	strvec_release(&workloads);
	return ret;
}

/* Into a ladder that knows its name, patches and sides. 1 when there is nothing to compare. */
static int load(struct db *db, double threshold_pct, struct ladder *l)
{
	struct wanted w = { 0 };
	int ret = 0;

	for (size_t r = 0; r < l->sides.count && ret == 0; r++)
		ret = add_faults(db, l, r);
	if (ret == 0)
		ret = load_rungs(db, l, &w);
	if (ret == 0 && w.count == 0)
		ret = 1;
	if (ret == 0)
		ret = judge_pairs(db, l->sides.items[0].session, w.pairs, w.count, threshold_pct,
				  &l->list);
	if (ret == 0)
		add_lines(l, &w);
	release_wanted(&w);
	return ret;
}

int ladder_load(struct db *db, const char *session, const char *name, const struct strvec *patches,
		double threshold_pct, struct ladder *out)
{
	int ret;

	*out = (struct ladder){ .name = xstrdup(name) };
	for (size_t i = 0; i < patches->count; i++)
		strvec_push(&out->patches, patches->items[i]);
	ret = db_sides(db, session, &out->sides);
	if (ret == 0 && out->sides.count != patches->count + 1)
		ret = error("session \"%s\" has %zu kernels, and not one for each of %zu patches",
			    session, out->sides.count, patches->count);
	if (ret == 0)
		ret = load(db, threshold_pct, out);
	if (ret > 0)
		ret = error("fewer than two kernels have figures: there is nothing to compare");
	if (ret < 0)
		ladder_release(out);
	return ret;
}

/* --- a ladder that is stored -------------------------------------------------------------------- */

static const char *fact(const struct db_facts *facts, const char *key)
{
	for (size_t i = 0; i < facts->count; i++)
		if (!strcmp(facts->items[i].key, key))
			return facts->items[i].value;
	return "";
}

/* What leads to each rung. 0; 1 when not all of them are there. */
static int read_patches(struct db *db, struct ladder *l)
{
	size_t patches = 0;
	int ret = 0;

	for (size_t r = 0; r < l->sides.count && ret == 0; r++) {
		struct db_facts facts = { 0 };

		ret = db_facts(db, &l->sides.items[r], &facts);
		if (r == 0)
			patches = strtoul(fact(&facts, "session.ladder_patches"), NULL, 10);
		else
			strvec_push(&l->patches, fact(&facts, "session.ladder_patch"));
		if (l->sides.items[r].arm != (int64_t)r)
			ret = 1;
		db_facts_release(&facts);
	}
	if (ret == 0 && l->sides.count != patches + 1)
		ret = 1;
	return ret;
}

int ladder_load_stored(struct db *db, const struct db_session *session, struct ladder *out)
{
	int ret;

	*out = (struct ladder){ .name = xstrdup(session->ladder) };
	ret = db_sides(db, session->id, &out->sides);
	if (ret == 0)
		ret = read_patches(db, out);
	if (ret == 0)
		ret = load(db, -1, out);
	if (ret != 0)
		ladder_release(out);
	return ret;
}

void ladder_release(struct ladder *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->lines[i].values);
		free(l->lines[i].steps);
	}
	for (size_t i = 0; i < l->fault_count; i++) {
		free(l->faults[i].workloads);
		free(l->faults[i].kind);
		free(l->faults[i].message);
	}
	free(l->lines);
	free(l->faults);
	free(l->name);
	strvec_release(&l->patches);
	db_sides_release(&l->sides);
	judgements_release(&l->list);
	*l = (struct ladder){ 0 };
}

int ladder_choose(struct ladder *l, const char *metric)
{
	char **names = xcalloc(l->count + 1, sizeof(*names));
	const char *near;
	size_t found = 0;

	for (size_t i = 0; i < l->count; i++) {
		names[i] = (char *)l->lines[i].metric;
		l->lines[i].headline = !strcmp(names[i], metric);
		found += l->lines[i].headline;
	}
	near = found || !l->count ? NULL : nearest(metric, names);
	free(names);
	if (found)
		return 0;
	if (near)
		return error("no workload here has a metric \"%s\"; did you mean \"%s\"?", metric,
			     near);
	return error("no workload here has a metric \"%s\"", metric);
}

const struct ladder_step *ladder_step_of(const struct ladder_line *line, size_t patch)
{
	for (size_t i = 0; i < line->count; i++)
		if (line->steps[i].first <= patch && patch <= line->steps[i].last)
			return &line->steps[i];
	return NULL;
}

char *ladder_patches(const struct ladder *l, const struct ladder_step *s)
{
	if (s->first == s->last)
		return xasprintf("%zu/%zu", s->first, l->patches.count);
	return xasprintf("%zu-%zu/%zu", s->first, s->last, l->patches.count);
}

/* --- in words ---------------------------------------------------------------------------------- */

/* A headline step of these patches with this verdict. */
static bool is_telling(const struct ladder_line *line, const struct ladder_step *s,
		       enum verdict verdict, size_t first, size_t last)
{
	return line->headline && s->first == first && s->last == last &&
	       s->comparison->verdict == verdict;
}

/* What the patches do with this verdict, or nothing. */
static void add_group(const struct ladder *l, struct strbuf *out, enum verdict verdict,
		      size_t first, size_t last, enum unit_form form)
{
	const char *last_workload = "";
	size_t named = 0, more = 0;

	for (size_t i = 0; i < l->count; i++)
		for (size_t k = 0; k < l->lines[i].count; k++) {
			const struct ladder_line *line = &l->lines[i];
			const struct ladder_step *s = &line->steps[k];
			char *patches;

			if (!is_telling(line, s, verdict, first, last) ||
			    !strcmp(last_workload, line->workload))
				continue;
			last_workload = line->workload;
			if (named++ == 0) {
				patches = ladder_patches(l, s);
				strbuf_addf(out, "%s%s %s %s ", out->len ? "; " : "",
					    first == last ? "patch" : "patches", patches,
					    verdict == VERDICT_BETTER
						    ? (first == last ? "brings" : "bring")
						    : (first == last ? "costs" : "cost"));
				free(patches);
			} else if (named > SENTENCE_METRICS) {
				more++;
				continue;
			} else {
				strbuf_adds(out, ", ");
			}
			strbuf_addf(out, "%s %s ", line->workload, line->metric);
			unit_format_pct(out, s->change_pct, form);
		}
	if (more)
		strbuf_addf(out, " and %zu more", more);
}

static size_t count_unproven(const struct ladder *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		for (size_t k = 0; l->lines[i].headline && k < l->lines[i].count; k++)
			n += l->lines[i].steps[k].comparison->verdict == VERDICT_UNPROVEN;
	return n;
}

char *ladder_sentence(const struct ladder *l, enum unit_form form)
{
	static const enum verdict verdicts[] = { VERDICT_BETTER, VERDICT_WORSE };
	struct strbuf out = STRBUF_INIT;
	size_t unproven = count_unproven(l);

	for (size_t last = 1; last <= l->patches.count; last++)
		for (size_t first = last; first >= 1; first--)
			for (size_t v = 0; v < 2; v++)
				add_group(l, &out, verdicts[v], first, last, form);
	if (!out.len)
		strbuf_adds(&out, unproven ? "no patch is proven to change a headline figure"
					   : "no patch changes a headline figure");
	if (unproven)
		strbuf_addf(&out, "; %zu %s unproven", unproven, unproven == 1 ? "is" : "are");
	return strbuf_detach(&out);
}

char *ladder_fault_sentence(const struct ladder *l, const struct ladder_fault *f)
{
	char *number = f->rung ? xasprintf("with patch %zu/%zu", f->rung, l->patches.count)
			       : xstrdup("without patches");
	char *text;

	if (!strcmp(f->kind, "build-failed"))
		text = xasprintf("%s the kernel does not build: %s", number, f->message);
	else
		text = xasprintf("%s %s has no figures: %s: %s", number,
				 *f->workloads ? f->workloads : "the kernel", f->kind, f->message);
	free(number);
	return text;
}
