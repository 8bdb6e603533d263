/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Figures for people: scaled to a sensible unit, with four or five significant digits.
 */
#ifndef KAB_REPORTS_UNITS_H
#define KAB_REPORTS_UNITS_H

#include "lib/strbuf.h"

/* Plain ASCII for terminals and mail ("us", "-"); typographic for pages ("µs", "−"). */
enum unit_form { UNIT_ASCII, UNIT_TYPOGRAPHIC };

/* A unit, and what a figure is divided by to be shown in it. Strings are constants. */
struct unit_scale {
	double divisor;
	const char *ascii, *typographic; /* NULL: the unit as it is; for `typographic` as ascii */
};

/* The scale for figures of about this magnitude. */
struct unit_scale unit_scale(const char *unit, double magnitude);

/* Appends "765.71 us", "1301.4/s", "1.289 GiB/s"; "-" for NaN. */
void unit_format(struct strbuf *out, const char *unit, double value, enum unit_form form);
/* The same in a scale that was chosen before. */
void unit_format_scaled(struct strbuf *out, const char *unit, double value,
			const struct unit_scale *scale, enum unit_form form);
/* Appends "+7.76%"; "0%" only for exactly 0, "<0.01%" for what rounds to it; "-" for NaN. */
void unit_format_pct(struct strbuf *out, double pct, enum unit_form form);
/* Appends "[-0.31, +7.76]", in per cent; an end that rounds to 0 has no sign. */
void unit_format_interval(struct strbuf *out, const double pct[2]);
/* Appends "0.3%". */
void unit_format_threshold(struct strbuf *out, double pct, enum unit_form form);

#endif
