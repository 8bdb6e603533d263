// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/decimal.h"
#include "lib/random.h"

static void short_numbers_stay_short(void **state)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 0.1, "0.1" },
		{ -2.5, "-2.5" },
		{ 100, "100" },
		{ 1234.567, "1234.567" },
		{ 1e-7, "0.0000001" },
		{ 0.30000000000000004, "0.30000000000000004" },
		{ 999999999999999, "999999999999999" },
		{ 2.2, "2.2" },
		{ -1349.08, "-1349.08" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[DECIMAL_MAX];

		decimal_format(text, cases[i].value);
		assert_string_equal(text, cases[i].text);
	}
}

static void check(double value)
{
	char text[DECIMAL_MAX];

	if (!isfinite(value))
		return;
	decimal_format(text, value);
	assert_true(strlen(text) < DECIMAL_MAX);
	if (strtod(text, NULL) != value)
		fail_msg("%a became %s", value, text);
}

/* Every exponent, and what is near to a decimal. */
static void every_number_comes_back(void **state)
{
	struct random r = { .state = 1 };

	(void)state;
	for (int i = 0; i < 200000; i++) {
		double mantissa = 1 + random_uniform(&r);

		check(ldexp(mantissa, i % 2090 - 1060));
		check(-nearbyint(mantissa * 1e6) / pow(10, i % 12));
		check(nextafter(nearbyint(mantissa * 1e4) / 100, i & 1 ? 0 : 1e9));
	}
	check(5e-324);
	check(1.7976931348623157e308);
	check(9007199254740993.0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_numbers_stay_short),
		cmocka_unit_test(every_number_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
