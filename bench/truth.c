// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * make bench-truth: whether verdicts can be believed, by simulation. Boots are drawn from noise
 * that is known, run in the order that kab runs them, and judged by the code that judges real ones.
 * Prints tables, and exits with 1 when one of them does not hold.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bisection.h"
#include "nights.h"
#include "noise.h"
#include "reports/judge.h"
#include "reports/proof.h"
#include "runner/session/looks.h"

#define TRIALS	 10000
#define GROWTHS	 2000
#define BOOTS	 80
#define BASE	 1000.0
#define SCALE	 10.0 /* one standard deviation is 1 %, as large as the threshold */
#define Z	 1.959963984540054
#define COVERAGE 0.94, 0.97

static const size_t sizes[] = { 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30 };

#define SIZE_COUNT (sizeof(sizes) / sizeof(sizes[0]))

static bool holds = true;
/* The settings of kab were found with other ones. */
static uint64_t seed = 20261121;

/* --- simulated comparisons --------------------------------------------------------------------- */

/* Two sides of one metric. */
struct sides {
	double x[BOOTS], y[BOOTS];
	int64_t blocks[BOOTS];
	struct db_series base, new;
};

static void sides_init(struct sides *s)
{
	*s = (struct sides){
		.base = { .workload = (char *)"w",
			  .title = (char *)"",
			  .metric = (char *)"iops",
			  .unit = (char *)"1/s",
			  .better = BETTER_HIGHER,
			  .headline = true },
	};
	for (size_t i = 0; i < BOOTS; i++)
		s->blocks[i] = (int64_t)i / 2;
	s->base.values = s->x;
	s->base.blocks = s->blocks;
	s->new = s->base;
	s->new.values = s->y;
}

/* In blocks of A B B A or B A A B, as a session runs them. */
static void draw(struct sides *s, struct random *r, const struct noise *noise, double shift)
{
	double v[2 * BOOTS];
	bool first = false;

	noise->draw(r, v, (size_t)2 * BOOTS);
	for (size_t i = 0; i < BOOTS; i++) {
		if (i % 2 == 0)
			first = random_uniform(r) < 0.5;
		else
			first = !first;
		s->x[i] = BASE + SCALE * v[2 * i + !first];
		s->y[i] = BASE + SCALE * (v[2 * i + first] + shift);
	}
}

/* The comparison of the first n boots a side. */
static struct comparison compare(struct sides *s, size_t n, size_t looks)
{
	struct judgement j = {
		.base = { .spec = (char *)"base",
			  .source = (char *)"",
			  .clock = (char *)"wall",
			  .target = (char *)"tcg" },
		.base_metrics = { &s->base, 1 },
		.new_metrics = { &s->new, 1 },
		.looks = looks,
	};
	struct comparison c;

	s->base.count = s->new.count = n;
	j.new = j.base;
	if (judgement_compare(&j, -1) < 0 || j.count != 1)
		exit(3);
	c = j.items[0];
	free(j.items);
	strvec_release(&j.warnings);
	return c;
}

static bool proven(const struct comparison *c)
{
	return c->verdict == VERDICT_BETTER || c->verdict == VERDICT_WORSE;
}

/* --- shares ------------------------------------------------------------------------------------ */

/* Wilson's interval of 95 % for `hits` of n. */
static void share_interval(size_t hits, size_t n, double *lo, double *hi)
{
	double p = (double)hits / (double)n, square = Z * Z / (double)n;
	double middle = (p + square / 2) / (1 + square);
	double half = Z * sqrt(p * (1 - p) / (double)n + square / (double)n / 4) / (1 + square);

	*lo = middle - half;
	*hi = middle + half;
}

/* "12.34 [12.0, 12.9]" in per cent; false when all of the interval is outside of [least, most]. */
static bool print_share(size_t hits, size_t n, double least, double most)
{
	double lo, hi;
	bool good;

	share_interval(hits, n, &lo, &hi);
	good = hi >= least && lo <= most;
	printf("%7.2f [%5.2f, %5.2f]%s", 100 * (double)hits / (double)n, 100 * lo, 100 * hi,
	       good ? " " : "!");
	holds &= good;
	return good;
}

/* --- verdicts ---------------------------------------------------------------------------------- */

struct tally {
	size_t alarms, covered, found[2], wrong, same_but_not;
};

static void count(struct tally *t, struct sides *s, struct random *r, const struct noise *noise,
		  size_t n)
{
	struct comparison c;

	draw(s, r, noise, 0);
	c = compare(s, n, 0);
	t->alarms += proven(&c);
	t->covered += c.shift.lo <= 0 && c.shift.hi >= 0;
	for (size_t k = 0; k < 2; k++) {
		draw(s, r, noise, k ? 2 : 1);
		c = compare(s, n, 0);
		t->found[k] += c.verdict == VERDICT_BETTER;
		t->wrong += c.verdict == VERDICT_WORSE;
		/* Two deviations are twice the threshold. */
		t->same_but_not += k == 1 && c.verdict == VERDICT_SAME;
	}
}

static void verdicts_of(const struct noise *noise)
{
	struct sides s;
	struct random r = { .state = seed };

	sides_init(&s);
	printf("\n%s\n"
	       "  n  false alarms %%           coverage of 95 %%        found %%: 1 sd    2 sd  "
	       "wrong  falsely same\n",
	       noise->name);
	for (size_t k = 0; k < SIZE_COUNT; k++) {
		struct tally t = { 0 };

		for (size_t i = 0; i < TRIALS; i++)
			count(&t, &s, &r, noise, sizes[k]);
		printf("%3zu ", sizes[k]);
		print_share(t.alarms, TRIALS, 0, PROOF_FALSE_SHARE);
		putchar(' ');
		print_share(t.covered, TRIALS, COVERAGE);
		printf("      %7.2f %7.2f %6.2f %6.2f\n", 100.0 * (double)t.found[0] / TRIALS,
		       100.0 * (double)t.found[1] / TRIALS, 100.0 * (double)t.wrong / TRIALS,
		       100.0 * (double)t.same_but_not / TRIALS);
	}
}

static void verdicts(void)
{
	printf("simulated boots: %d trials a line; figures in per cent, with 95 %% intervals of their "
	       "own; ! does not hold\n",
	       TRIALS);
	for (size_t i = 0; noises[i].name; i++)
		verdicts_of(&noises[i]);
}

/* --- looking while data grow ------------------------------------------------------------------ */

struct ending {
	size_t proven, wrong, undecided, boots;
	size_t missed; /* intervals without the true shift */
};

/* Until a verdict; `fair`: with the share of the error that each look may spend. */
static void grow(struct ending *e, struct sides *s, bool fair, double shift)
{
	struct comparison c = { 0 };
	size_t n = 0;

	for (size_t look = 1; n < BOOTS; look++) {
		n = (size_t)looks_boots(look, BOOTS);
		c = compare(s, n, fair ? look : 0);
		if (c.verdict != VERDICT_UNPROVEN)
			break;
	}
	e->boots += n;
	e->proven += proven(&c);
	e->wrong += proven(&c) && (shift == 0 || c.verdict == VERDICT_WORSE);
	e->undecided += c.verdict == VERDICT_UNPROVEN;
	e->missed += c.shift.lo > SCALE * shift || c.shift.hi < SCALE * shift;
}

static void growth_of(const struct noise *noise)
{
	static const double shifts[] = { 0, 0.5, 1, 2 };
	struct sides s;

	sides_init(&s);
	printf("\n%s\n", noise->name);
	for (int fair = 1; fair >= 0; fair--)
		for (size_t k = 0; k < sizeof(shifts) / sizeof(shifts[0]); k++) {
			struct random r = { .state = seed + 1 };
			struct ending e = { 0 };

			for (size_t i = 0; i < GROWTHS; i++) {
				draw(&s, &r, noise, shifts[k]);
				grow(&e, &s, fair, shifts[k]);
			}
			printf("%-24s %3.1f sd  wrong", fair ? "kab" : "peeking, for comparison",
			       shifts[k]);
			print_share(e.wrong, GROWTHS, 0, fair ? PROOF_FALSE_SHARE : 1);
			printf("  interval misses");
			print_share(e.missed, GROWTHS, 0, fair ? 1 - PROOF_LEVEL : 1);
			printf("  proven %6.2f  undecided %6.2f  boots %5.1f\n",
			       100.0 * (double)e.proven / GROWTHS,
			       100.0 * (double)e.undecided / GROWTHS, (double)e.boots / GROWTHS);
			fflush(stdout);
		}
}

static void growth(void)
{
	printf("\n\n--until-proven: %d sessions a line, looks at 6, 10, 16, ... up to %d boots; the "
	       "threshold is 1 sd; per cent\n",
	       GROWTHS, BOOTS);
	for (size_t i = 0; noises[i].name; i++)
		growth_of(&noises[i]);
}

/* truth [PART [SEED]]: everything, or one part; another seed, to see that none of it is luck. */
int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (argc > 2)
		seed = strtoull(argv[2], NULL, 10);
	if (!*part || !strcmp(part, "verdicts"))
		verdicts();
	if (!*part || !strcmp(part, "growth"))
		growth();
	if (!*part || !strcmp(part, "nights"))
		holds &= bench_nights(seed);
	if (!*part || !strcmp(part, "bisections"))
		holds &= bench_bisections(seed);
	printf("\n%s\n",
	       holds ? "all of it holds" : "something does not hold: see the lines with !");
	return holds ? EXIT_SUCCESS : EXIT_FAILURE;
}
