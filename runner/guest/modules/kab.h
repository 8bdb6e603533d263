/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the bench modules have in common: how they say what they measured. Each is linked with
 * kab.c, runs its bench while it is loaded, and leaves the lines in /proc/kab-results, which the
 * agent reads before it unloads the module. docs/formats.md has the format of the lines.
 */
#ifndef KAB_MODULES_KAB_H
#define KAB_MODULES_KAB_H

#include <linux/compiler.h>
#include <linux/types.h>

/*
 * For module_init: makes /proc/kab-results and runs the bench. 0 also when the bench has failed,
 * which its lines then say; otherwise a negative errno.
 */
int kab_run(void (*bench)(void));
/* For module_exit. */
void kab_end(void);

/* A figure num/den; better is "higher" or "lower". Once per round: the boot's figure is the median. */
void kab_result(const char *metric, const char *unit, const char *better, u64 num, u64 den);
/* What was counted against what was asked for: unless they are equal, no figure may be used. */
void kab_check(const char *name, u64 got, u64 want);
/*
 * Around a part of the bench that a figure is the time of: what the model of caches sees in it
 * becomes the figure METRIC_cycles. Laps do not nest. Each has a name without blanks.
 */
#define kab_lap_begin() kab_mark(KAB_LAP_BEGIN)
#define kab_lap_end(metric)            \
	do {                           \
		kab_mark(KAB_LAP_END); \
		kab_lap(metric);       \
	} while (0)
/* A long nop and a jump, which do nothing; the plugin in QEMU finds them (lib/window.h in kab). */
#define kab_mark(magic) \
	asm volatile(".byte 0x0f, 0x1f, 0x80\n\t.long %c0\n\tjmp 1f\n1:" : : "i"(magic) : "memory")
void kab_lap(const char *metric);
/* Something to know about the run. */
__printf(2, 3) void kab_fact(const char *key, const char *fmt, ...);
/* Why there is no result. */
__printf(1, 2) void kab_failed(const char *fmt, ...);

#endif
