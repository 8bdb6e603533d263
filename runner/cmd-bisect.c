// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab bisect: which commit changed a figure.
 */
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
#include "reports/search.h"
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
	struct bisection probes;
	struct search search;
};

/* --- the search -------------------------------------------------------------------------------- */

static void announce(const struct bisect *b, size_t step)
{
	const struct search *s = &b->search;
	char *commit = search_commit_words(s, s->next);

	if (s->exact)
		note("step %zu of about %zu, commit %zu of %zu: %s", step, step + s->steps.left - 1,
		     s->next, s->n, commit);
	else
		note("boot %zu, %zu commits left: commit %zu of %zu: %s", s->boots + 1,
		     s->belief.set, s->next, s->n, commit);
	free(commit);
}

static int measure(struct bisect *b, size_t position)
{
	int ret = bisection_measure(&b->probes, b->row.ids.items[position],
				    b->row.specs.items[position]);

	return ret < 0 ? -1 : 0;
}

/* What is known by now, from the state that was just written. */
static int look(struct bisect *b)
{
	const char *metric = b->probes.compared->metric;
	int ret;

	search_release(&b->search);
	ret = search_load(&b->search, b->probes.results.db, b->probes.path, metric);
	if (ret > 0)
		ret = error("\"%s\" has lost its ends", b->probes.path);
	return ret;
}

static int search(struct bisect *b)
{
	size_t limit = b->options->max_boots ? (size_t)b->options->max_boots : BOOTS_MAX;

	for (size_t step = 1;; step++) {
		if (look(b) < 0)
			return -1;
		if (!b->search.next)
			return 0;
		if (!b->search.exact && b->search.boots >= limit) {
			note("not decided with %zu boots", b->search.boots);
			return 0;
		}
		announce(b, step);
		if (measure(b, b->search.next) < 0)
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

static void put_commit(const struct search *s, size_t position, const char *more)
{
	char *commit = search_commit_words(s, position);

	put("", "%s%s", commit, more);
	free(commit);
}

static void put_ends(const struct comparison *c)
{
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

static void put_skipped(const struct search *s)
{
	for (size_t i = 1; i < s->n; i++)
		if (s->commits[i].fault) {
			char *commit = search_commit_words(s, i);

			put("skipped", "%s: %s", commit, s->commits[i].fault);
			free(commit);
		}
	put("measured", "%zu of %zu commits between the ends", s->measured, s->n - 1);
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

static void put_step(const struct bisect *b, const struct step *step)
{
	char *words = search_step_words(&b->search, step, UNIT_ASCII);

	put("", "%s:", words);
	for (size_t i = step->first; i <= step->last; i++)
		put_commit(&b->search, i, "");
	if (step->first == step->last)
		put_merge(b, step->first);
	free(words);
}

static void put_steps(const struct bisect *b, const struct steps *found)
{
	if (found->count != 1)
		put("steps", "%zu", found->count);
	for (size_t i = 0; i < found->count; i++)
		put_step(b, &found->items[i]);
	if (steps_opposite(found))
		put("note",
		    "the steps are opposite: the history is not monotonic, and there may be "
		    "more that cancel each other (--all looks for them)");
}

static void put_belief(const struct search *s, const struct belief *found)
{
	char *words = search_belief_words(s);

	put("found", "%s:", words);
	free(words);
	for (size_t i = 1; i <= s->n; i++) {
		char more[32];

		snprintf(more, sizeof(more), " (%.1f%%)", 100 * found->mass[i]);
		if (found->credible[i])
			put_commit(s, i, more);
	}
	if (found->mass[0] >= 0.01)
		put("note", "with %.1f%% there is no step at all: the ends may differ by chance",
		    100 * found->mass[0]);
	if (found->misfit) {
		char *commit = search_commit_words(s, found->misfit);

		put("note", "%s is at neither end's level: there may be several steps", commit);
		free(commit);
	}
}

static int show(const struct bisect *b)
{
	const struct search *s = &b->search;
	struct strbuf log = STRBUF_INIT;
	int ret = 0;

	put_ends(s->compared);
	if (s->exact)
		put_steps(b, &s->steps);
	else
		put_belief(s, &s->belief);
	put_skipped(s);
	search_log(s, &log);
	if (log.len && b->options->log)
		ret = file_write(b->options->log, log.data, log.len);
	strbuf_release(&log);
	return ret;
}

/* --- all of it --------------------------------------------------------------------------------- */

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
	enum status status = bisection_open(&b->probes, &o);

	if (status == STATUS_OK) {
		if (b->probes.compared->verdict == VERDICT_BETTER)
			note("BAD is better than GOOD: searching for the commit that made it "
			     "better");
		if (bisection_describe(&b->probes, &b->row, b->options->all) < 0 || search(b) < 0 ||
		    show(b) < 0)
			status = interrupted() ? STATUS_INTERRUPTED : STATUS_FAILED;
	}
	search_release(&b->search);
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
	commits_release(&b.row);
	strvec_release(&operands);
	return status;
}
