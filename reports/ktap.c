// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KTAP, version 1 (Documentation/dev-tools/ktap.rst): a subtest per comparison, a test per figure.
 * A figure that is proven worse fails, one that is not proven is skipped; failed runs fail.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

static bool shown(const struct comparison *c, bool all)
{
	return all || c->headline;
}

/* A '#' would begin a directive, and a line ends a test. */
static void put_clean(FILE *out, const char *text)
{
	for (; *text; text++)
		fputc(*text == '#' || iscntrl((unsigned char)*text) ? '_' : *text, out);
}

static void put_test(FILE *out, const struct judgement *j, const struct comparison *c,
		     size_t number)
{
	char *reason = comparison_reason(j, c, UNIT_ASCII);

	fputs("  # ", out);
	put_clean(out, reason);
	fprintf(out, "\n  %s %zu ", c->verdict == VERDICT_WORSE ? "not ok" : "ok", number);
	put_clean(out, c->workload);
	fputc('.', out);
	put_clean(out, c->metric);
	if (c->verdict == VERDICT_UNPROVEN)
		fputs(" # SKIP unproven", out);
	fputc('\n', out);
	free(reason);
}

/* Whether all of it passed. */
static bool put_subtest(FILE *out, const struct judgement *j, bool all)
{
	size_t failed = j->base.failed_runs + j->new.failed_runs, tests = failed > 0, worse = 0;
	size_t number = 0;

	for (size_t i = 0; i < j->count; i++)
		tests += shown(&j->items[i], all);
	fputs("  KTAP version 1\n  # Subtest: ", out);
	put_clean(out, j->new.spec);
	fprintf(out, "\n  1..%zu\n", tests);
	if (failed)
		fprintf(out, "  # %zu runs failed\n  not ok %zu runs\n", failed, ++number);
	for (size_t i = 0; i < j->count; i++) {
		if (!shown(&j->items[i], all))
			continue;
		put_test(out, j, &j->items[i], ++number);
		worse += j->items[i].verdict == VERDICT_WORSE;
	}
	return !failed && !worse;
}

int format_ktap(FILE *out, const struct judgement *list, size_t count, bool all)
{
	fprintf(out, "KTAP version 1\n1..%zu\n", count);
	for (size_t k = 0; k < count; k++) {
		bool good = put_subtest(out, &list[k], all);

		fprintf(out, "%s %zu ", good ? "ok" : "not ok", k + 1);
		put_clean(out, list[k].new.spec);
		fputc('\n', out);
	}
	return format_finish(out);
}
