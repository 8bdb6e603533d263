// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Figures and histograms of one side.
 */
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "rows.h"

/*
 * The workloads of an arm (?1 session, ?2 position), ranked by where the plan has them: in the
 * first run that has them, also when that one failed.
 */
#define PLACES                                                                               \
	"WITH place (name, rank) AS ("                                                       \
	" SELECT name, min(rank) FROM ("                                                     \
	"  SELECT name, row_number() OVER"                                                   \
	"   (ORDER BY " BY_RUN("run.id") ", workload.position) AS rank"                      \
					 "  FROM run JOIN workload ON workload.run = run.id" \
					 "  WHERE session = ?1 AND arm = ?2)"                \
					 " GROUP BY name) "

/*
 * Metrics.
 */

/* Starts a series, or drops what the row repeats of the last one. */
static struct db_series *series_of_row(struct statement *s, struct db_metrics *metrics)
{
	char *better = statement_text(s, 4);
	struct db_series row = {
		.workload = statement_text(s, 0),
		.title = statement_text(s, 1),
		.metric = statement_text(s, 2),
		.unit = statement_text(s, 3),
		.better = db_better(better),
		.headline = statement_int(s, 5) != 0,
	};
	struct db_series *last = metrics->count ? &metrics->items[metrics->count - 1] : NULL;

	free(better);
	if (last && !strcmp(last->workload, row.workload) && !strcmp(last->metric, row.metric) &&
	    !strcmp(last->unit, row.unit) && last->better == row.better) {
		free(row.workload);
		free(row.title);
		free(row.metric);
		free(row.unit);
		return last;
	}
	metrics->items = db_grow(metrics->items, metrics->count, sizeof(*metrics->items));
	metrics->items[metrics->count] = row;
	return &metrics->items[metrics->count++];
}

static void add_sample(struct statement *s, void *out)
{
	struct db_series *series = series_of_row(s, out);

	series->values = db_grow(series->values, series->count, sizeof(*series->values));
	series->runs = db_grow(series->runs, series->count, sizeof(*series->runs));
	series->blocks = db_grow(series->blocks, series->count, sizeof(*series->blocks));
	series->values[series->count] = statement_real(s, 6);
	series->boots = db_grow(series->boots, series->count, sizeof(*series->boots));
	series->boots[series->count] = statement_int(s, 8);
	series->blocks[series->count] = (statement_int(s, 8) - 1) / 2;
	series->runs[series->count] = statement_text(s, 7);
	series->count++;
}

int db_metrics(struct db *db, const struct db_side *side, struct db_metrics *out)
{
	*out = (struct db_metrics){ 0 };
	return db_each_row(
		db,
		PLACES
		"SELECT sample.workload, title, metric, unit, better,"
		" max(headline) OVER (PARTITION BY sample.workload, metric, unit, better)"
		"  AS shown_first,"
		" value, sample.run, boot"
		" FROM comparable_sample AS sample"
		" JOIN workload ON workload.run = sample.run AND workload.name = sample.workload"
		" JOIN place ON place.name = sample.workload"
		" WHERE session = ?1 AND arm = ?2" IN_PAIR(
			"sample.workload") ")"
					   " ORDER BY rank, shown_first DESC, metric, unit, better, boot, " BY_RUN(
						   "sample.run"),
		SIDE(side), add_sample, out);
}

void db_metrics_release(struct db_metrics *m)
{
	for (size_t i = 0; i < m->count; i++) {
		struct db_series *series = &m->items[i];

		for (size_t k = 0; k < series->count; k++)
			free(series->runs[k]);
		free(series->runs);
		free(series->blocks);
		free(series->boots);
		free(series->values);
		free(series->workload);
		free(series->title);
		free(series->metric);
		free(series->unit);
	}
	free(m->items);
	*m = (struct db_metrics){ 0 };
}

/*
 * Histograms.
 */

/* Columns: workload, kind, ns, count, and the run or "". */
static void add_bin(struct statement *s, void *out)
{
	struct db_histograms *list = out;
	struct db_histogram *h = list->count ? &list->items[list->count - 1] : NULL;
	char *workload = statement_text(s, 0), *kind = statement_text(s, 1);
	char *run = statement_text(s, 4);

	if (!h || strcmp(h->workload, workload) != 0 || strcmp(h->kind, kind) != 0 ||
	    strcmp(h->run, run) != 0) {
		list->items = db_grow(list->items, list->count, sizeof(*list->items));
		h = &list->items[list->count++];
		*h = (struct db_histogram){ .workload = workload, .kind = kind, .run = run };
	} else {
		free(workload);
		free(kind);
		free(run);
	}
	h->ns = db_grow(h->ns, h->count, sizeof(*h->ns));
	h->counts = db_grow(h->counts, h->count, sizeof(*h->counts));
	h->ns[h->count] = (uint64_t)statement_int(s, 2);
	h->counts[h->count] = (uint64_t)statement_int(s, 3);
	h->count++;
}

int db_histograms(struct db *db, const struct db_side *side, struct db_histograms *out)
{
	*out = (struct db_histograms){ 0 };
	return db_each_row(
		db,
		PLACES
		"SELECT workload, kind, ns, sum(count), ''"
		" FROM comparable_run AS run JOIN histogram ON histogram.run = run.id"
		" JOIN place ON place.name = workload"
		" WHERE session = ?1 AND arm = ?2" IN_PAIR(
			"workload") ")"
				    " GROUP BY rank, workload, kind, ns ORDER BY rank, kind, ns",
		SIDE(side), add_bin, out);
}

int db_boot_histograms(struct db *db, const struct db_side *side, struct db_histograms *out)
{
	*out = (struct db_histograms){ 0 };
	return db_each_row(
		db,
		PLACES "SELECT workload, kind, ns, count, run.id"
		       " FROM comparable_run AS run JOIN histogram ON histogram.run = run.id"
		       " JOIN place ON place.name = workload"
		       " WHERE session = ?1 AND arm = ?2" IN_PAIR(
			       "workload") ")"
					   " ORDER BY rank, kind, boot, " BY_RUN("run.id") ", ns",
		SIDE(side), add_bin, out);
}

void db_histograms_release(struct db_histograms *h)
{
	for (size_t i = 0; i < h->count; i++) {
		free(h->items[i].workload);
		free(h->items[i].kind);
		free(h->items[i].run);
		free(h->items[i].ns);
		free(h->items[i].counts);
	}
	free(h->items);
	*h = (struct db_histograms){ 0 };
}
