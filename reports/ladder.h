/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ladder: a session whose kernels each have one patch more than the one before. What a figure
 * changes from rung to rung is what the patch does to it.
 *
 * Changes are in per cent of the first rung's figure, so that those of all patches can be added. On
 * the instruction clock a change is the difference of two figures, and the changes of all patches
 * add up to the whole. (To the last bit where the figures are within a factor of two of each other,
 * as such differences are exact in floating point: Sterbenz, "Floating-point computation", 1974.)
 * On a wall clock a change is the judge's estimate with its interval, and so is the whole; these
 * only nearly add up.
 *
 * A rung without figures of a workload (it did not build, did not boot, or failed) takes no part in
 * it: its patch is counted together with those up to the next rung that has figures.
 */
#ifndef KAB_REPORTS_LADDER_H
#define KAB_REPORTS_LADDER_H

#include <stdbool.h>
#include <stdio.h>

#include "judge.h"

/* What one rung lacks. */
struct ladder_fault {
	size_t rung;
	char *workloads; /* in which there are no figures: names, joined by ", " */
	char *kind;	 /* of the finding: "build-failed", "panic" */
	char *message;	 /* its first line */
};

/* From one rung with figures to the next: patches first ... last. */
struct ladder_step {
	size_t first, last;		     /* from 1 */
	double change;			     /* in the metric's unit */
	double change_pct;		     /* of the first rung; NaN when that is 0 */
	double ci_pct[2];		     /* likewise; NaN when there is none */
	const struct comparison *comparison; /* borrowed */
};

/* One metric of one workload. */
struct ladder_line {
	const char *workload, *title, *metric, *unit; /* borrowed */
	enum better better;
	bool headline;
	double *values;		  /* medians by rung; NaN where there is none */
	struct ladder_step whole; /* from the first rung with figures to the last */
	struct ladder_step *steps;
	size_t count;
};

struct ladder {
	char *name;		/* of the series */
	struct strvec patches;	/* subjects: patches.items[k - 1] leads to rung k */
	struct db_sides sides;	/* by rung */
	struct judgements list; /* what the steps point into */
	struct ladder_line *lines;
	size_t count;
	struct ladder_fault *faults; /* by rung */
	size_t fault_count;
};

/*
 * `patches` has one subject less than the session has kernels; a copy is taken. 0, or -1 with an
 * error printed: nothing has figures, the database.
 */
int ladder_load(struct db *db, const char *session, const char *name, const struct strvec *patches,
		double threshold_pct, struct ladder *out);
/*
 * What a session was made for by kab ladder, as its runs tell it. 0; 1 without a message when not all
 * rungs were run, or fewer than two have figures; -1 with an error printed.
 */
int ladder_load_stored(struct db *db, const struct db_session *session, struct ladder *out);
void ladder_release(struct ladder *l);
/* Makes one metric the only headline. 0, or -1 with an error that names the nearest. */
int ladder_choose(struct ladder *l, const char *metric);

bool ladder_exact(const struct ladder *l);
/* The step that counts this patch; NULL when no rung from it on has figures. */
const struct ladder_step *ladder_step_of(const struct ladder_line *line, size_t patch);
/* "3/5", "2-3/5"; a new string. */
char *ladder_patches(const struct ladder *l, const struct ladder_step *s);
/* "patch 5/5 brings +9.64% (dmcrypt-1m write_iops); ...", of headline metrics; a new string. */
char *ladder_sentence(const struct ladder *l, enum unit_form form);
/* "patch 2/5 does not build: ...", what one rung lacks, a new string. */
char *ladder_fault_sentence(const struct ladder *l, const struct ladder_fault *f);

/* `all`: not only headline metrics. 0, or -1 with an error printed. */
typedef int ladder_format_fn(FILE *out, const struct ladder *l, bool all);
ladder_format_fn ladder_text, ladder_json, ladder_csv;
/* DIR/index.html with its plots beside it. */
int ladder_html(const char *dir, const struct ladder *l, bool all);
/* The same in a folder of a site, below its root, with the data beside the page. */
struct folder;
struct page_links;
int ladder_pages(struct folder *f, const char *dir, const struct ladder *l,
		 const struct page_links *links);

#endif
