// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The explanation in words.
 */
#include "explain.h"

#include <math.h>
#include <string.h>

#include "lib/strbuf.h"

#define NAMED_MAX  6	 /* functions with a clause of their own */
#define CALLS_SAME 0.001 /* relative */

static const char *const state_names[] = {
	[EXPLAIN_BOTH] = "",   [EXPLAIN_CALLED] = "now called",	   [EXPLAIN_UNUSED] = "not called",
	[EXPLAIN_NEW] = "new", [EXPLAIN_GONE] = "inlined or gone", [EXPLAIN_UNNAMED] = "",
};

const char *explain_state_name(enum explain_state state)
{
	return state_names[state];
}

/* Appends digits in groups of three. */
static void add_grouped(struct strbuf *out, double value)
{
	struct strbuf digits = STRBUF_INIT;

	strbuf_addf(&digits, "%.0f", value);
	for (size_t i = 0; i < digits.len; i++) {
		if (i && (digits.len - i) % 3 == 0)
			strbuf_addch(out, ',');
		strbuf_addch(out, digits.data[i]);
	}
	strbuf_release(&digits);
}

void explain_figure(struct strbuf *out, double value, bool sign, enum unit_form form)
{
	double magnitude = fabs(value);

	if (value < 0)
		strbuf_adds(out, form == UNIT_ASCII ? "-" : "−");
	else if (sign && value > 0)
		strbuf_adds(out, "+");
	if (magnitude >= 100 || magnitude == floor(magnitude))
		add_grouped(out, magnitude);
	else
		strbuf_addf(out, "%.*f", magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 4, magnitude);
}

static void add_delta(struct strbuf *out, double value, enum unit_form form)
{
	explain_figure(out, value, true, form);
}

static void add_times(struct strbuf *out, double calls, enum unit_form form)
{
	explain_figure(out, calls, false, form);
	strbuf_adds(out, calls == 1 ? " time" : " times");
}

static bool same_calls(const struct explain_row *r)
{
	double larger = fmax(r->base_calls, r->new_calls);

	return larger == 0 || fabs(r->new_calls - r->base_calls) <= CALLS_SAME * larger;
}

static void add_partner(struct strbuf *out, const struct explain_row *r, enum unit_form form)
{
	if (!r->partner)
		return;
	strbuf_addf(out, ", with %s ", r->partner->name);
	add_delta(out, r->delta + r->partner->delta, form);
}

/* "mempool_alloc was called 256 times per I/O and is now called 0 times (-9,040)" */
static void add_clause(struct strbuf *out, const struct explanation *e, const struct explain_row *r,
		       enum unit_form form)
{
	strbuf_adds(out, r->name);
	if (r->state == EXPLAIN_NEW) {
		strbuf_adds(out, " is new, or was inlined before, and is called ");
		add_times(out, r->new_calls, form);
		strbuf_addf(out, " per %s", e->operation);
	} else if (r->state == EXPLAIN_GONE) {
		strbuf_adds(out, " was called ");
		add_times(out, r->base_calls, form);
		strbuf_addf(out, " per %s and is now inlined or gone", e->operation);
	} else if (same_calls(r)) {
		strbuf_addf(out, " %s %s", e->clock == EXPLAIN_CYCLES ? "takes" : "executes",
			    r->delta < 0 ? "less" : "more");
		if (r->new_calls > 0) {
			strbuf_adds(out, " in as many calls (");
			explain_figure(out, r->new_calls, false, form);
			strbuf_addf(out, " per %s)", e->operation);
		}
	} else {
		strbuf_adds(out, " was called ");
		add_times(out, r->base_calls, form);
		strbuf_addf(out, " per %s and is now called ", e->operation);
		add_times(out, r->new_calls, form);
	}
	strbuf_adds(out, " (");
	add_delta(out, r->delta, form);
	add_partner(out, r, form);
	strbuf_adds(out, ")");
}

static void add_head(struct strbuf *out, const struct explanation *e, enum unit_form form)
{
	strbuf_addf(out, "Per %s, %s %s ", e->operation, e->workload,
		    e->clock == EXPLAIN_CYCLES ? "takes" : "executes");
	explain_figure(out, fabs(e->delta), false, form);
	strbuf_addf(out, " %s %s on %s than on %s", explain_unit(e->clock),
		    e->delta < 0 ? "fewer" : "more", e->new.spec, e->base.spec);
	if (e->base_total > 0) {
		strbuf_adds(out, " (");
		unit_format_pct(out, 100 * e->delta / e->base_total, form);
		strbuf_adds(out, " of ");
		explain_figure(out, e->base_total, false, form);
		strbuf_adds(out, ")");
	}
}

char *explanation_words(const struct explanation *e, enum unit_form form)
{
	struct strbuf out = STRBUF_INIT;
	size_t named = e->telling < NAMED_MAX ? e->telling : NAMED_MAX;

	if (e->changed == 0) {
		strbuf_addf(&out, "%s %s on both kernels.", e->workload,
			    e->clock == EXPLAIN_CYCLES ? "takes the same estimated cycles"
						       : "executes the same instructions");
		return strbuf_detach(&out);
	}
	add_head(&out, e, form);
	for (size_t i = 0; i < named; i++) {
		strbuf_adds(&out, i ? "; " : ": ");
		add_clause(&out, e, &e->rows[i], form);
	}
	if (e->telling > named)
		strbuf_addf(&out, "; and %zu more in the table. Together they", e->telling - named);
	else
		strbuf_adds(&out, ". Together they");
	strbuf_addf(&out, " explain %.1f%s%% of the difference.", 100 * e->explained,
		    form == UNIT_ASCII ? "" : " ");
	return strbuf_detach(&out);
}
