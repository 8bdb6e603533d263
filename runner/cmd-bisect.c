// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab bisect: which commit changed a figure.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bisection.h"
#include "commands.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "reports/paragraph.h"
#include "reports/position.h"
#include "reports/steps.h"
#include "reports/units.h"
#include "runner/source/commits.h"
#include "runner/source/operands.h"

#define TARGET	  "det"
#define BOOTS_MAX 120 /* between the ends on a wall clock, when nobody says */
#define SHORT_ID  12
#define LABEL	  11

struct bisect_options {
	const char *workload;
	const char *metric;
	const char *target;
	const char *log;
	double threshold_pct;
	int64_t max_boots;
	bool all, fresh;
};

#define AT(field) offsetof(struct bisect_options, field)

static const struct opt options[] = {
	{ 'w', "workload", "W", "the workload to run (required)", OPT_STR, AT(workload), 0, 0,
	  NULL },
	{ 'm', "metric", "M", "the metric to look at (default: the headline one that differs most)",
	  OPT_STR, AT(metric), 0, 0, NULL },
	{ 't', "target", "T", "where to boot: det, tcg or kvm (default: det)", OPT_STR, AT(target),
	  0, 0, NULL },
	{ 0, "threshold", "PCT",
	  "changes up to this are none (default: 0.3 on the instruction clock, 1 on a wall clock)",
	  OPT_NUM, AT(threshold_pct), 0, 100, NULL },
	{ 0, "max-boots", "N", "on a wall clock: boots between the ends, at most (default: 120)",
	  OPT_INT, AT(max_boots), 1, 10000, NULL },
	{ 'a', "all", NULL,
	  "on the instruction clock: also measure between commits whose figures are equal",
	  OPT_FLAG, AT(all), 0, 0, NULL },
	{ 'l', "log", "FILE", "write what was found for 'git bisect replay'", OPT_STR, AT(log), 0,
	  0, NULL },
	{ 0, "fresh", NULL, "measure again what was measured before", OPT_FLAG, AT(fresh), 0, 0,
	  NULL },
};

const struct opt_usage cmd_bisect_usage = {
	.name = "bisect",
	.synopsis = "GOOD BAD | GOOD..BAD",
	.least = 1,
	.most = 2,
	.summary = "which commit changed a figure",
	.details =
		"GOOD and BAD are commits of one git repository, GOOD an ancestor of BAD: git:DIR@REV,\n"
		"or REV inside a kernel checkout. First the two are proven to differ; exit status 4\n"
		"when they do not. Then the commits between, along first parents, are searched. On the\n"
		"instruction clock every step between different figures is found. On a wall clock the\n"
		"answer is the set of commits that holds the one with 99 %. What does not build or boot\n"
		"is skipped. What was measured is not measured again: interrupted, the same command\n"
		"continues.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

struct bisect {
	const struct bisect_options *options;
	struct commits row; /* GOOD is position 0 */
	size_t n;	    /* position of BAD */
	struct bisection probes;
	struct figure *known; /* n + 1; wall clocks: FIGURE_VALUE when there is a boot */
	bool *skip;	      /* n + 1 */
};

/* --- the instruction clock --------------------------------------------------------------------- */

static void announce(const struct bisect *b, size_t step, size_t left, size_t position)
{
	char *commit = commits_describe(&b->row, position);

	note("step %zu of about %zu, commit %zu of %zu: %s", step, step + left - 1, position, b->n,
	     commit);
	free(commit);
}

/* What is known of a position between the ends. 0, or -1 with an error printed. */
static int recall(struct bisect *b, size_t position)
{
	const char *id = b->row.ids.items[position];
	double *values;
	int64_t count = bisection_values(&b->probes, id, &values);

	b->skip[position] = bisection_fault(&b->probes, id) != NULL;
	if (b->skip[position])
		b->known[position].state = FIGURE_SKIP;
	else if (count > 0)
		b->known[position] = (struct figure){ FIGURE_VALUE, values[0] };
	free(values);
	return count < 0 ? -1 : 0;
}

/* Measures it; a kernel that gives no value of the metric counts as one that cannot be measured. */
static int measure(struct bisect *b, size_t position)
{
	int ret = bisection_measure(&b->probes, b->row.ids.items[position],
				    b->row.specs.items[position]);

	if (ret < 0 || recall(b, position) < 0)
		return -1;
	if (b->known[position].state == FIGURE_UNKNOWN) {
		warning("%s has no value of %s", b->row.specs.items[position],
			b->probes.compared->metric);
		b->known[position].state = FIGURE_SKIP;
		b->skip[position] = true;
	}
	return 0;
}

static int search_exact(struct bisect *b, struct steps *found)
{
	const struct comparison *c = b->probes.compared;
	double threshold = c->threshold_pct / 100 * fabs(c->base);

	b->known[0] = (struct figure){ FIGURE_VALUE, c->base };
	b->known[b->n] = (struct figure){ FIGURE_VALUE, c->new };
	for (size_t step = 1;; step++) {
		steps_find(b->known, b->n, threshold, b->options->all, found);
		if (found->next == STEPS_DONE)
			return 0;
		announce(b, step, found->left, found->next);
		if (measure(b, found->next) < 0)
			return -1;
		steps_release(found);
	}
}

/* --- wall clocks ------------------------------------------------------------------------------- */

/* Appends what was measured of a position. */
static int add_boots(const struct bisect *b, size_t position, struct boot **boots, size_t *count)
{
	double *values;
	int64_t n = bisection_values(&b->probes, b->row.ids.items[position], &values);

	for (int64_t i = 0; i < n; i++) {
		*boots = xreallocarray(*boots, *count + 1, sizeof(**boots));
		(*boots)[(*count)++] = (struct boot){ position, values[i] };
	}
	free(values);
	return n < 0 ? -1 : 0;
}

static void add_end(const struct db_series *s, size_t position, struct boot **boots, size_t *count)
{
	*boots = xreallocarray(*boots, *count + s->count, sizeof(**boots));
	for (size_t i = 0; i < s->count; i++)
		if (isfinite(s->values[i]))
			(*boots)[(*count)++] = (struct boot){ position, s->values[i] };
}

/* What all boots so far say. 0 with the number of boots between the ends, or -1. */
static int infer(const struct bisect *b, struct belief *belief, size_t *between)
{
	const struct comparison *c = b->probes.compared;
	bool *cheap = xcalloc(b->n + 1, sizeof(*cheap));
	struct boot *boots = NULL;
	size_t count = 0, ends;
	int ret = 0;

	add_end(c->base_series, 0, &boots, &count);
	add_end(c->new_series, b->n, &boots, &count);
	ends = count;
	for (size_t i = 1; ret == 0 && i < b->n; i++) {
		size_t before = count;

		if (!b->skip[i])
			ret = add_boots(b, i, &boots, &count);
		cheap[i] = count > before;
	}
	if (ret == 0)
		position_infer(boots, count, b->n, b->skip, cheap, belief);
	*between = count - ends;
	free(boots);
	free(cheap);
	return ret;
}

static int search_noisy(struct bisect *b, struct belief *found)
{
	size_t limit = b->options->max_boots ? (size_t)b->options->max_boots : BOOTS_MAX;
	size_t boots;

	for (;;) {
		belief_release(found);
		if (infer(b, found, &boots) < 0)
			return -1;
		if (found->decided || !found->next)
			return 0;
		if (boots >= limit) {
			note("not decided with %zu boots", boots);
			return 0;
		}
		note("boot %zu, %zu commits left: commit %zu of %zu", boots + 1, found->set,
		     found->next, b->n);
		if (measure(b, found->next) < 0)
			return -1;
	}
}

/* --- what came of it --------------------------------------------------------------------------- */

static void put(const char *label, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void put(const char *label, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	paragraph_put(stdout, label, LABEL, text.data);
	strbuf_release(&text);
}

static void put_commit(const struct bisect *b, size_t position, const char *more)
{
	char *commit = commits_describe(&b->row, position);

	put("", "%s%s", commit, more);
	free(commit);
}

static void put_ends(const struct bisect *b)
{
	const struct comparison *c = b->probes.compared;
	struct strbuf figures = STRBUF_INIT;

	unit_format(&figures, c->unit, c->base, UNIT_ASCII);
	strbuf_adds(&figures, " -> ");
	unit_format(&figures, c->unit, c->new, UNIT_ASCII);
	strbuf_adds(&figures, ", ");
	unit_format_pct(&figures, c->delta_pct, UNIT_ASCII);
	put("ends", "%s %s: %s, %s", c->workload, c->metric, figures.data,
	    verdict_name(c->verdict));
	strbuf_release(&figures);
}

static void put_skipped(const struct bisect *b)
{
	size_t measured = 0;

	for (size_t i = 1; i < b->n; i++) {
		measured += b->known[i].state == FIGURE_VALUE;
		if (b->skip[i]) {
			const char *why = bisection_fault(&b->probes, b->row.ids.items[i]);
			char *commit = commits_describe(&b->row, i);

			put("skipped", "%s: %s", commit, why ? why : "no value of the metric");
			free(commit);
		}
	}
	put("measured", "%zu of %zu commits between the ends", measured, b->n - 1);
}

/* What a merge brought is searched by itself. */
static void put_merge(const struct bisect *b, size_t position)
{
	char *second = xasprintf("%s^2", b->row.ids.items[position]);
	char *first = xasprintf("%s^1", b->row.ids.items[position]);
	char *base = NULL, *id = NULL;

	if (git_resolve(&b->row.git, second, &id) == 0 &&
	    git_merge_base(&b->row.git, first, second, &base) == 0)
		put("merge",
		    "it is a merge: what it brought is searched by 'kab bisect git:%s@%.*s "
		    "git:%s@%.*s'",
		    b->row.git.dir, SHORT_ID, base, b->row.git.dir, SHORT_ID, id);
	free(base);
	free(id);
	free(first);
	free(second);
}

static void put_step(const struct bisect *b, const struct step *s)
{
	const struct comparison *c = b->probes.compared;
	struct strbuf figures = STRBUF_INIT;

	unit_format_pct(&figures, 100 * (s->to - s->from) / c->base, UNIT_ASCII);
	if (s->first == s->last)
		put("", "%s by one commit:", figures.data);
	else if (s->gradual)
		put("", "%s by several of %zu commits, none of which is over %g%%:", figures.data,
		    s->last - s->first + 1, c->threshold_pct);
	else
		put("",
		    "%s by one of %zu commits, as those between cannot be measured:", figures.data,
		    s->last - s->first + 1);
	for (size_t i = s->first; i <= s->last; i++)
		put_commit(b, i, "");
	if (s->first == s->last)
		put_merge(b, s->first);
	strbuf_release(&figures);
}

static void put_steps(const struct bisect *b, const struct steps *found)
{
	put_ends(b);
	if (found->count != 1)
		put("steps", "%zu", found->count);
	for (size_t i = 0; i < found->count; i++)
		put_step(b, &found->items[i]);
	if (steps_opposite(found))
		put("note",
		    "the steps are opposite: the history is not monotonic, and there may be "
		    "more that cancel each other (--all looks for them)");
	put_skipped(b);
}

static void put_belief(const struct bisect *b, const struct belief *found)
{
	put_ends(b);
	put("found", "with %.1f%%, the change is by %s:", 100 * found->held,
	    found->set == 1 ? "this commit" : "one of these commits");
	for (size_t i = 1; i <= b->n; i++) {
		char more[32];

		snprintf(more, sizeof(more), " (%.1f%%)", 100 * found->mass[i]);
		if (found->credible[i])
			put_commit(b, i, more);
	}
	if (found->mass[0] >= 0.01)
		put("note", "with %.1f%% there is no step at all: the ends may differ by chance",
		    100 * found->mass[0]);
	if (found->misfit) {
		char *commit = commits_describe(&b->row, found->misfit);

		put("note", "%s is at neither end's level: there may be several steps", commit);
		free(commit);
	}
	put_skipped(b);
}

/* --- the log ----------------------------------------------------------------------------------- */

static void add_mark(const struct bisect *b, struct strbuf *out, const char *mark, size_t position)
{
	char *commit = commits_describe(&b->row, position);

	strbuf_addf(out, "# %s: %s\ngit bisect %s %s\n", mark, commit, mark,
		    b->row.ids.items[position]);
	free(commit);
}

/*
 * As git bisect log writes it, for a change at one of the positions first ... last: what was measured
 * before them is good, what was measured behind them bad.
 */
static int write_log(const struct bisect *b, size_t first, size_t last)
{
	struct strbuf out = STRBUF_INIT;
	int ret;

	strbuf_adds(&out, "git bisect start '--first-parent'\n");
	add_mark(b, &out, "bad", b->n);
	add_mark(b, &out, "good", 0);
	for (size_t i = 1; i < b->n; i++) {
		if (b->skip[i])
			add_mark(b, &out, "skip", i);
		else if (i < first && b->known[i].state != FIGURE_UNKNOWN)
			add_mark(b, &out, "good", i);
	}
	/* git keeps one bad commit, the last that is named: it has to be the oldest. */
	for (size_t i = b->n - 1; i >= last; i--)
		if (!b->skip[i] && b->known[i].state != FIGURE_UNKNOWN)
			add_mark(b, &out, "bad", i);
	if (first == last) {
		char *commit = commits_describe(&b->row, first);

		strbuf_addf(&out, "# first bad commit: %s\n", commit);
		free(commit);
	}
	ret = file_write(b->options->log, out.data, out.len);
	strbuf_release(&out);
	return ret;
}

static int log_steps(const struct bisect *b, const struct steps *found)
{
	const struct step *largest = NULL;

	for (size_t i = 0; i < found->count; i++)
		if (!largest || fabs(found->items[i].to - found->items[i].from) >
					fabs(largest->to - largest->from))
			largest = &found->items[i];
	return largest && b->options->log ? write_log(b, largest->first, largest->last) : 0;
}

static int log_belief(const struct bisect *b, const struct belief *found)
{
	size_t first = 0, last = 0;

	for (size_t i = 1; i <= b->n; i++)
		if (found->credible[i]) {
			first = first ? first : i;
			last = i;
		}
	return first && b->options->log ? write_log(b, first, last) : 0;
}

/* --- all of it --------------------------------------------------------------------------------- */

static int search(struct bisect *b)
{
	struct belief belief = { 0 };
	struct steps steps = { 0 };
	int ret;

	if (b->probes.exact) {
		ret = search_exact(b, &steps);
		if (ret == 0) {
			put_steps(b, &steps);
			ret = log_steps(b, &steps);
		}
	} else {
		ret = search_noisy(b, &belief);
		if (ret == 0) {
			put_belief(b, &belief);
			ret = log_belief(b, &belief);
		}
	}
	belief_release(&belief);
	steps_release(&steps);
	return ret;
}

static enum status run(struct bisect *b)
{
	const size_t n = b->row.ids.count - 1;
	const struct bisection_options o = {
		.good = b->row.specs.items[0],
		.bad = b->row.specs.items[n],
		.workload = b->options->workload,
		.metric = b->options->metric,
		.target = b->options->target,
		.threshold_pct = b->options->threshold_pct,
		.fresh = b->options->fresh,
	};
	enum status status;
	int ret = 0;

	b->n = n;
	status = bisection_open(&b->probes, &o);
	if (status != STATUS_OK)
		goto out;
	if (b->probes.compared->verdict == VERDICT_BETTER)
		note("BAD is better than GOOD: searching for the commit that made it better");
	b->known = xcalloc(b->n + 1, sizeof(*b->known));
	b->skip = xcalloc(b->n + 1, sizeof(*b->skip));
	for (size_t i = 1; ret == 0 && i < b->n; i++)
		ret = recall(b, i);
	if (ret == 0)
		ret = search(b);
	if (ret < 0)
		status = interrupted() ? STATUS_INTERRUPTED : STATUS_FAILED;
out:
	bisection_close(&b->probes);
	return status;
}

int cmd_bisect(int argc, char **argv)
{
	struct bisect_options o = { .threshold_pct = -1, .target = TARGET };
	struct strvec operands = STRVEC_INIT;
	struct bisect b = { .options = &o };
	enum opt_result parsed = opt_parse(&cmd_bisect_usage, argc, argv, &o, &operands);
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	if (!o.workload || (operands.count == 1 && !strstr(operands.items[0], "..")))
		error("bisect needs two commits and a workload: GOOD BAD --workload W (see 'kab "
		      "bisect --help')");
	else if (operands_pair(&operands, "bisect") == 0 &&
		 commits_open(&b.row, operands.items[0], operands.items[1]) == 0)
		status = run(&b);
out:
	free(b.known);
	free(b.skip);
	commits_release(&b.row);
	strvec_release(&operands);
	return status;
}
