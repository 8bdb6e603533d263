// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd-noise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "reports/judge.h"
#include "reports/proof.h"
#include "results.h"
#include "runner/machine/noise.h"
#include "runner/machine/target.h"
#include "runner/session/session.h"

#define LISTEN_S 3

static const size_t sizes[] = { 10, 20, 40 };

#define SIZE_COUNT (sizeof(sizes) / sizeof(sizes[0]))

/* What goes on while kab does nothing. */
static void print_now(void)
{
	struct strbuf why = STRBUF_INIT;
	struct json_object *rates;
	struct noise before;

	noise_read(&before);
	sleep(LISTEN_S);
	rates = noise_since(&before);
	printf("host, over %d s:\n", LISTEN_S);
	json_object_object_foreach(rates, key, value)
		printf("  %-16s %.1f\n", key, json_object_get_double(value));
	if (noise_disturbs(rates, &why))
		printf("  a boot now would be disturbed: %s\n", why.data);
	strbuf_release(&why);
	json_object_put(rates);
}

static void print_effect(double pct)
{
	if (isnan(pct))
		printf("  %9s", "-");
	else
		printf("  %8.2f%%", pct);
}

/* The error is that of a difference of two medians, of n boots each: sqrt(2 / n) of one boot's. */
static double noise_of_boot(const struct comparison *c)
{
	double n = 2 / (1 / (double)c->n_base + 1 / (double)c->n_new);

	return 100 * c->shift.error * sqrt(n / 2) / fabs(c->base);
}

static void print_floor(const struct judgement *j)
{
	printf("\nnoise of one boot, and the smallest effect that N boots of each kernel prove in four "
	       "of five\ncases among %zu headline figures (- never):\n%-32s %9s",
	       j->family, "", "one boot");
	for (size_t k = 0; k < SIZE_COUNT; k++)
		printf("     N = %2zu", sizes[k]);
	puts("   against itself");
	for (size_t i = 0; i < j->count; i++) {
		const struct comparison *c = &j->items[i];

		if (!c->headline)
			continue;
		printf("%-12s %-19s", c->workload, c->metric);
		print_effect(noise_of_boot(c));
		for (size_t k = 0; k < SIZE_COUNT; k++)
			print_effect(proof_smallest_effect(c, sizes[k]));
		printf("   %s\n", verdict_name(c->verdict));
	}
}

static int run(const struct plan *plan)
{
	struct session_result result = { 0 };
	struct judgements list = { 0 };
	struct results results;
	const struct session_events events = { .stored = results_store, .ctx = &results };
	int status = STATUS_FAILED;

	if (results_open(&results) < 0)
		goto out;
	if (session_run(plan, true, &events, &result) < 0) {
		status = result.interrupted ? STATUS_INTERRUPTED : STATUS_FAILED;
		goto out;
	}
	if (judge_session(results.db, result.id, -1, &list) < 0 || !list.count)
		goto out;
	print_floor(&list.items[0]);
	if (!result.failed)
		status = STATUS_OK;
out:
	judgements_release(&list);
	session_result_release(&result);
	results_close(&results);
	return status;
}

static const char *wall_clock_target(void)
{
	struct strbuf why = STRBUF_INIT;
	const struct target *kvm = target_find("kvm");
	bool usable = kvm && kvm->usable(NULL, &why);

	strbuf_release(&why);
	return usable ? "kvm" : "tcg";
}

int floor_measure(const struct floor_options *o)
{
	struct plan plan = { .name = xstrdup("noise"), .boots = o->boots, .tries = 1 };
	const struct target *target;
	int status = STATUS_USAGE;

	plan.target = xstrdup(o->target ? o->target : wall_clock_target());
	strvec_push(&plan.kernels, o->kernel);
	strvec_push(&plan.kernels, o->kernel);
	strvec_push(&plan.workloads, o->workload);
	target = target_find(plan.target);
	if (target && target_exact(target))
		error("target \"%s\" has an instruction clock, and that has no noise",
		      target->name);
	else if (target && plan_check(&plan) == 0) {
		print_now();
		status = run(&plan);
	}
	plan_release(&plan);
	return status;
}
