// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest bench: an empty loop. It tells that modules are built, loaded and read, and what
 * a figure of the instruction clock is.
 */
#include <linux/ktime.h>
#include <linux/module.h>

#include "kab.h"

static uint loops = 1000000;
module_param(loops, uint, 0444);
MODULE_PARM_DESC(loops, "turns of the loop");

static bool mistake;
module_param(mistake, bool, 0444);
MODULE_PARM_DESC(mistake, "count one less, so that the check fails");

static void bench(void)
{
	for (int round = 0; round < 3; round++) {
		u64 start = ktime_get_ns();
		u64 counted = mistake ? -1 : 0;

		for (uint i = 0; i < loops; i++) {
			counted++;
			barrier();
		}
		kab_result("loop_ns", "ns", "lower", ktime_get_ns() - start, loops);
		kab_check("loops", counted, loops);
	}
	kab_fact("loops", "%u turns, 3 rounds", loops);
}

static int __init selftest_init(void)
{
	if (!loops) {
		pr_err("loops must be at least 1\n");
		return -EINVAL;
	}
	return kab_run(bench);
}

static void __exit selftest_exit(void)
{
	kab_end();
}

module_init(selftest_init);
module_exit(selftest_exit);

MODULE_DESCRIPTION("kab: an empty loop");
MODULE_LICENSE("GPL");
