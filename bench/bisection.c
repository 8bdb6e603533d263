// SPDX-License-Identifier: GPL-2.0-or-later
#include "bisection.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "noise.h"
#include "reports/position.h"

#define TRIALS	1000
#define COMMITS 64
#define ENDS	10  /* boots of each end, in turn */
#define BOOTS	160 /* in all, at most */
#define SKIPS	4   /* commits that cannot be measured, where there are any */
#define Z	1.959963984540054

struct tally {
	size_t held, decided, boots, set, one;
};

/* How the share is printed: Wilson's interval of 95 %; false when all of it is below the level. */
static bool print_share(size_t hits, size_t n, bool promised)
{
	double p = (double)hits / (double)n, square = Z * Z / (double)n;
	double middle = (p + square / 2) / (1 + square);
	double half = Z * sqrt(p * (1 - p) / (double)n + square / (double)n / 4) / (1 + square);
	bool good = middle + half >= POSITION_LEVEL;

	printf("%7.2f [%5.2f, %5.2f]%s", 100 * p, 100 * (middle - half), 100 * (middle + half),
	       good || !promised ? " " : "!");
	return good;
}

static void search(struct tally *t, struct random *r, const struct noise *noise, double shift,
		   size_t skips)
{
	double v[BOOTS];
	struct boot boots[BOOTS] = { 0 };
	bool skip[COMMITS + 1] = { false }, cheap[COMMITS + 1] = { false };
	size_t culprit = 1 + (size_t)(random_uniform(r) * COMMITS), count = 0;
	struct belief b = { 0 };

	noise->draw(r, v, BOOTS);
	for (size_t i = 0; i < skips; i++)
		skip[1 + (size_t)(random_uniform(r) * (COMMITS - 1))] = true;
	/* A B B A, as a session runs them. */
	for (; count < (size_t)2 * ENDS; count++)
		boots[count].position = (count + 1) / 2 % 2 ? COMMITS : 0;
	for (size_t i = 0; i < count; i++)
		boots[i].value = v[i] + (boots[i].position ? shift : 0);
	for (;;) {
		belief_release(&b);
		position_infer(boots, count, COMMITS, skip, cheap, &b);
		if (b.decided || !b.next || count == BOOTS)
			break;
		cheap[b.next] = true;
		boots[count].position = b.next;
		boots[count].value = v[count] + (b.next >= culprit ? shift : 0);
		count++;
	}
	t->held += b.credible[culprit];
	t->decided += b.decided;
	t->one += b.set == 1;
	t->set += b.set;
	t->boots += count - (size_t)2 * ENDS;
	belief_release(&b);
}

static bool bisections_of(const struct noise *noise, bool promised, uint64_t seed)
{
	static const double shifts[] = { 1.5, 3, 6 };
	bool holds = true;

	printf("\n%s%s\n", noise->name, promised ? "" : " (not promised)");
	for (size_t skips = 0; skips <= SKIPS; skips += SKIPS)
		for (size_t k = 0; k < sizeof(shifts) / sizeof(shifts[0]); k++) {
			struct random r = { .state = seed + 3 };
			struct tally t = { 0 };
			bool good;

			for (size_t i = 0; i < TRIALS; i++)
				search(&t, &r, noise, shifts[k], skips);
			printf("%3.1f sd, %zu skipped  holds the culprit", shifts[k], skips);
			good = print_share(t.held, TRIALS, promised);
			holds &= good || !promised;
			printf("  decided %6.2f  one commit %6.2f  set %5.2f  boots %5.1f\n",
			       100.0 * (double)t.decided / TRIALS, 100.0 * (double)t.one / TRIALS,
			       (double)t.set / TRIALS, (double)t.boots / TRIALS);
			fflush(stdout);
		}
	return holds;
}

bool bench_bisections(uint64_t seed)
{
	static const char *const promised[] = { "normal", "heavy", "autocorrelated" };
	bool holds = true;

	printf("\n\nbisections on a wall clock: %d searches a line, %d commits, %d boots of each end "
	       "before, %d boots at most; per cent\n",
	       TRIALS, COMMITS, ENDS, BOOTS);
	for (size_t i = 0; noises[i].name; i++) {
		bool is_promised = false;

		for (size_t k = 0; k < sizeof(promised) / sizeof(promised[0]); k++)
			is_promised |= !strncmp(noises[i].name, promised[k], strlen(promised[k]));
		holds &= bisections_of(&noises[i], is_promised, seed);
	}
	return holds;
}
