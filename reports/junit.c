// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JUnit XML, for the pages of CI systems: a suite per comparison, a test per figure. A figure that
 * is proven worse fails, one that is not proven is skipped, and failed runs are an error.
 */
#include <stdlib.h>
#include <string.h>

#include "format.h"

struct totals {
	size_t tests, failures, skipped, errors;
};

static bool shown(const struct comparison *c, bool all)
{
	return all || c->headline;
}

static size_t failed_runs(const struct judgement *j)
{
	return j->base.failed_runs + j->new.failed_runs;
}

static struct totals totals_of(const struct judgement *j, bool all)
{
	struct totals t = { .tests = failed_runs(j) > 0, .errors = failed_runs(j) > 0 };

	for (size_t i = 0; i < j->count; i++) {
		if (!shown(&j->items[i], all))
			continue;
		t.tests++;
		t.failures += j->items[i].verdict == VERDICT_WORSE;
		t.skipped += j->items[i].verdict == VERDICT_UNPROVEN;
	}
	return t;
}

/* XML has no way to write control characters, except three. */
static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '&')
			fputs("&amp;", out);
		else if (c == '"')
			fputs("&quot;", out);
		else if (c < ' ' || c == 127)
			fputc(' ', out);
		else
			fputc(c, out);
	}
}

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	put_escaped(out, value);
	fputc('"', out);
}

static void put_totals(FILE *out, const struct totals *t)
{
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", t->tests,
		t->failures, t->errors, t->skipped);
}

static void put_case(FILE *out, const struct judgement *j, const struct comparison *c)
{
	char *reason = comparison_reason(j, c, UNIT_ASCII);

	fputs("\t\t<testcase", out);
	put_attribute(out, "classname", c->workload);
	put_attribute(out, "name", c->metric);
	fputs(">\n", out);
	if (c->verdict == VERDICT_WORSE) {
		fputs("\t\t\t<failure type=\"worse\"", out);
		put_attribute(out, "message", reason);
		fputs("/>\n", out);
	} else if (c->verdict == VERDICT_UNPROVEN) {
		fputs("\t\t\t<skipped", out);
		put_attribute(out, "message", reason);
		fputs("/>\n", out);
	} else {
		fprintf(out, "\t\t\t<system-out>%s: ", verdict_name(c->verdict));
		put_escaped(out, reason);
		fputs("</system-out>\n", out);
	}
	fputs("\t\t</testcase>\n", out);
	free(reason);
}

static void put_suite(FILE *out, const struct judgement *j, bool all)
{
	struct totals t = totals_of(j, all);
	char *sentence = judgement_verdict(j);

	fputs("\t<testsuite", out);
	put_attribute(out, "name", sentence);
	put_totals(out, &t);
	fputs(">\n", out);
	if (failed_runs(j))
		fprintf(out,
			"\t\t<testcase classname=\"kab\" name=\"runs\">\n"
			"\t\t\t<error type=\"failed-runs\" message=\"%zu runs failed\"/>\n"
			"\t\t</testcase>\n",
			failed_runs(j));
	for (size_t i = 0; i < j->count; i++)
		if (shown(&j->items[i], all))
			put_case(out, j, &j->items[i]);
	fputs("\t</testsuite>\n", out);
	free(sentence);
}

int format_junit(FILE *out, const struct judgement *list, size_t count, bool all)
{
	struct totals sum = { 0 };

	for (size_t k = 0; k < count; k++) {
		struct totals t = totals_of(&list[k], all);

		sum.tests += t.tests;
		sum.failures += t.failures;
		sum.errors += t.errors;
		sum.skipped += t.skipped;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kab\"", out);
	put_totals(out, &sum);
	fputs(">\n", out);
	for (size_t k = 0; k < count; k++)
		put_suite(out, &list[k], all);
	fputs("</testsuites>\n", out);
	return format_finish(out);
}
