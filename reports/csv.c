// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A row per figure.
 */
#include "csv.h"

#include <math.h>
#include <string.h>

#include "format.h"

static const char heading[] =
	"session,target,clock,base_kernel,new_kernel,workload,metric,unit,better,headline,base,new,"
	"delta_pct,ci_lo_pct,ci_hi_pct,p,p_adjusted,threshold_pct,n_base,n_new,verdict,more_boots";

void csv_text(FILE *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fprintf(out, "%s,", text);
		return;
	}
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputs("\",", out);
}

void csv_number(FILE *out, double value)
{
	if (!isnan(value))
		fprintf(out, "%.17g", value);
	fputc(',', out);
}

static void put_row(FILE *out, const struct judgement *j, const struct comparison *c)
{
	const char *const texts[] = { j->base.session,
				      j->base.target,
				      j->base.clock,
				      j->base.spec,
				      j->new.spec,
				      c->workload,
				      c->metric,
				      c->unit,
				      c->better == BETTER_HIGHER ? "higher" : "lower",
				      c->headline ? "yes" : "no" };
	const double numbers[] = { c->base,	 c->new, c->delta_pct,	c->ci_pct[0],
				   c->ci_pct[1], c->p,	 c->p_adjusted, c->threshold_pct };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		csv_text(out, texts[i]);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		csv_number(out, numbers[i]);
	fprintf(out, "%zu,%zu,%s,%zu\r\n", c->n_base, c->n_new, verdict_name(c->verdict),
		c->more_boots);
}

int format_csv(FILE *out, const struct judgement *list, size_t count, bool all)
{
	fprintf(out, "%s\r\n", heading);
	for (size_t k = 0; k < count; k++)
		for (size_t i = 0; i < list[k].count; i++)
			if (all || list[k].items[i].headline)
				put_row(out, &list[k], &list[k].items[i]);
	return format_finish(out);
}
