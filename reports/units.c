// SPDX-License-Identifier: GPL-2.0-or-later
#include "units.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define PCT_MIN 0.005 /* what is less rounds to 0.00 */

struct unit_step {
	const char *unit;
	double from; /* the smallest magnitude that is shown so */
	struct unit_scale scale;
};

/* By unit, the largest step first. */
static const struct unit_step steps[] = {
	{ "ns", 1e9, { 1e9, "s", NULL } },
	{ "ns", 1e6, { 1e6, "ms", NULL } },
	{ "ns", 1e3, { 1e3, "us", "µs" } },
	{ "ns", 0, { 1, "ns", NULL } },
	{ "ms", 1e3, { 1e3, "s", NULL } },
	{ "ms", 0, { 1, "ms", NULL } },
	{ "us", 1e6, { 1e6, "s", NULL } },
	{ "us", 1e3, { 1e3, "ms", NULL } },
	{ "us", 0, { 1, "us", "µs" } },
	{ "KiB/s", 1 << 20, { 1 << 20, "GiB/s", NULL } },
	{ "KiB/s", 1 << 10, { 1 << 10, "MiB/s", NULL } },
	{ "KiB/s", 0, { 1, "KiB/s", NULL } },
	{ "KiB", 1 << 20, { 1 << 20, "GiB", NULL } },
	{ "KiB", 1 << 10, { 1 << 10, "MiB", NULL } },
	{ "KiB", 0, { 1, "KiB", NULL } },
	{ "1/s", 1e8, { 1e6, "M/s", NULL } },
	{ "1/s", 1e5, { 1e3, "k/s", NULL } },
	{ "1/s", 0, { 1, "/s", NULL } },
	{ "cycles", 1e9, { 1e9, "G cycles", NULL } },
	{ "cycles", 1e6, { 1e6, "M cycles", NULL } },
	{ "cycles", 0, { 1, "cycles", NULL } },
	{ "1", 0, { 1, "", NULL } },
};

struct unit_scale unit_scale(const char *unit, double magnitude)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!strcmp(steps[i].unit, unit) && fabs(magnitude) >= steps[i].from)
			return steps[i].scale;
	return (struct unit_scale){ 1, NULL, NULL };
}

/* Four or five significant digits; whole numbers keep all they have. */
static int decimals(double value)
{
	double magnitude = fabs(value);

	if (magnitude == floor(magnitude) || magnitude >= 1e4)
		return 0;
	if (magnitude >= 1000)
		return 1;
	return magnitude >= 10 ? 2 : 3;
}

static void add_sign(struct strbuf *out, double value, bool plus, enum unit_form form)
{
	if (value < 0)
		strbuf_adds(out, form == UNIT_ASCII ? "-" : "−");
	else if (plus)
		strbuf_adds(out, "+");
}

void unit_format_scaled(struct strbuf *out, const char *unit, double value,
			const struct unit_scale *scale, enum unit_form form)
{
	const char *name = scale->ascii ? scale->ascii : unit;
	double shown = value / scale->divisor;

	if (isnan(value)) {
		strbuf_adds(out, form == UNIT_ASCII ? "-" : "–");
		return;
	}
	if (form == UNIT_TYPOGRAPHIC && scale->typographic)
		name = scale->typographic;
	add_sign(out, value, false, form);
	strbuf_addf(out, "%.*f", decimals(shown), fabs(shown));
	if (!*name)
		return;
	/* "1301/s", but "710 us"; a line is not broken between figure and unit. */
	if (!strchr(name, '/') || strlen(name) > 3)
		strbuf_adds(out, form == UNIT_ASCII ? " " : "\u00a0");
	strbuf_adds(out, name);
}

void unit_format(struct strbuf *out, const char *unit, double value, enum unit_form form)
{
	struct unit_scale scale = unit_scale(unit, value);

	unit_format_scaled(out, unit, value, &scale, form);
}

void unit_format_pct(struct strbuf *out, double pct, enum unit_form form)
{
	const char *space = form == UNIT_ASCII ? "" : "\u00a0";

	if (isnan(pct)) {
		strbuf_adds(out, form == UNIT_ASCII ? "-" : "–");
		return;
	}
	/* A zero with a sign would look like a digit that is missing. */
	if (fabs(pct) < PCT_MIN) {
		strbuf_addf(out, "%s%s%%", pct == 0 ? "0" : "<0.01", space);
		return;
	}
	add_sign(out, pct, true, form);
	strbuf_addf(out, "%.*f%s%%", fabs(pct) >= 1000 ? 0 : 2, fabs(pct), space);
}

void unit_format_interval(struct strbuf *out, const double pct[2])
{
	strbuf_addch(out, '[');
	for (size_t i = 0; i < 2; i++) {
		strbuf_adds(out, i ? ", " : "");
		if (fabs(pct[i]) < PCT_MIN)
			strbuf_adds(out, "0.00");
		else
			strbuf_addf(out, "%+.2f", pct[i]);
	}
	strbuf_addch(out, ']');
}

void unit_format_threshold(struct strbuf *out, double pct, enum unit_form form)
{
	strbuf_addf(out, "%g%s%%", pct, form == UNIT_ASCII ? "" : "\u00a0");
}
