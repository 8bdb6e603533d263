// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why a comparison has its verdict, in a sentence for somebody who sees such a table for the first
 * time.
 */
#include <math.h>
#include <string.h>

#include "judge.h"
#include "lib/strbuf.h"
#include "proof.h"

struct reason {
	struct strbuf text;
	const struct judgement *j;
	const struct comparison *c;
	enum unit_form form;
};

static void add_pct(struct reason *r, double pct)
{
	unit_format_pct(&r->text, pct, r->form);
}

static void add_threshold(struct reason *r)
{
	unit_format_threshold(&r->text, r->c->threshold_pct, r->form);
}

static void one_side_only(struct reason *r)
{
	strbuf_addf(&r->text, "Only %s has this figure, so there is nothing to compare it with.",
		    r->c->n_base ? r->j->base.spec : r->j->new.spec);
}

static void exact(struct reason *r)
{
	if (r->c->delta_pct == 0) {
		strbuf_adds(&r->text, "Both kernels give exactly the same figure.");
		return;
	}
	strbuf_adds(&r->text,
		    "Every boot of a kernel gives this figure exactly, and the two differ");
	if (isnan(r->c->delta_pct)) {
		strbuf_adds(&r->text, ", from 0.");
		return;
	}
	strbuf_adds(&r->text, " by ");
	add_pct(r, r->c->delta_pct);
	strbuf_addf(&r->text, ", %s than the ",
		    r->c->verdict == VERDICT_SAME ? "which is not more" : "more");
	add_threshold(r);
	strbuf_adds(&r->text, " that does not matter.");
}

/* The difference that some layouts show may come from where things lie. */
static void layouts(struct reason *r)
{
	const struct comparison *c = r->c;
	size_t beyond = c->layouts_up + c->layouts_down;

	if (!c->layouts) {
		strbuf_adds(&r->text, "No layout of memory has this figure on both sides.");
		return;
	}
	strbuf_addf(&r->text, "%s of %zu layouts of memory ",
		    beyond == c->layouts ? "All"
		    : beyond == 0	 ? "None"
					 : "Only some",
		    c->layouts);
	strbuf_adds(&r->text, beyond == 1 ? "shows" : "show");
	strbuf_adds(&r->text, " a difference of more than ");
	add_threshold(r);
	strbuf_adds(&r->text, " (from ");
	add_pct(r, c->ci_pct[0]);
	strbuf_adds(&r->text, " to ");
	add_pct(r, c->ci_pct[1]);
	strbuf_adds(&r->text, ")");
	if (c->verdict == VERDICT_UNPROVEN)
		strbuf_addf(&r->text,
			    ": %zu up and %zu down, so it may be an accident of where things lie",
			    c->layouts_up, c->layouts_down);
	strbuf_adds(&r->text, ".");
}

static void add_interval(struct reason *r)
{
	if (isnan(r->c->ci_pct[0])) {
		strbuf_adds(&r->text, "a difference");
		return;
	}
	strbuf_adds(&r->text, "a difference between ");
	add_pct(r, r->c->ci_pct[0]);
	strbuf_adds(&r->text, " and ");
	add_pct(r, r->c->ci_pct[1]);
}

static void proven(struct reason *r)
{
	double odds = r->c->p_adjusted > 0 ? 1 / r->c->p_adjusted : INFINITY;

	strbuf_adds(&r->text, "The boots point to ");
	add_interval(r);
	if (odds < 1e6)
		strbuf_addf(&r->text,
			    ", and equal kernels would look this different in less than one of "
			    "%.0f cases.",
			    floor(odds));
	else
		strbuf_adds(&r->text, ", and equal kernels would hardly ever look this different.");
}

static void same(struct reason *r)
{
	strbuf_adds(&r->text, "The boots point to ");
	add_interval(r);
	strbuf_adds(&r->text, ", all of it within the ");
	add_threshold(r);
	strbuf_adds(&r->text, " that does not matter.");
}

static void add_boots(struct reason *r)
{
	size_t more = r->c->more_boots;

	if (!more)
		return;
	if (more >= PROOF_BOOTS_MAX)
		strbuf_addf(&r->text, "; not even %d more of each would", PROOF_BOOTS_MAX);
	else
		strbuf_addf(&r->text, "; about %zu more of each would", more);
}

static void unproven(struct reason *r)
{
	const struct comparison *c = r->c;
	bool clear = c->shift.lo > 0 || c->shift.hi < 0;

	if (isnan(c->ci_pct[0]) && c->shift.method == SHIFT_NONE)
		strbuf_addf(&r->text, "%zu and %zu boots cannot tell a change from noise",
			    c->n_base, c->n_new);
	else if (clear && c->p_adjusted > c->p)
		strbuf_addf(&r->text,
			    "%zu and %zu boots do not prove it: taken alone the difference is "
			    "clear, but one of %zu figures may look like this by chance",
			    c->n_base, c->n_new, r->j->family);
	else if (clear)
		strbuf_addf(&r->text, "%zu and %zu boots are too few to rule chance out", c->n_base,
			    c->n_new);
	else {
		strbuf_adds(&r->text, "The boots allow ");
		add_interval(r);
		strbuf_adds(&r->text, ", so they do not decide whether there is one that matters");
	}
	add_boots(r);
	strbuf_adds(&r->text, ".");
}

char *comparison_reason(const struct judgement *j, const struct comparison *c, enum unit_form form)
{
	struct reason r = { .text = STRBUF_INIT, .j = j, .c = c, .form = form };

	if (!c->n_base || !c->n_new)
		one_side_only(&r);
	else if (j->layouts)
		layouts(&r);
	else if (isnan(c->p))
		exact(&r);
	else if (c->verdict == VERDICT_UNPROVEN)
		unproven(&r);
	else if (c->verdict == VERDICT_SAME)
		same(&r);
	else
		proven(&r);
	return strbuf_detach(&r.text);
}
