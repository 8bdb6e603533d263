/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of caches and data TLBs, fed with the loads, stores and instruction fetches of one
 * virtual CPU: how often each piece of code missed each level.
 *
 *	l1d, l1i	set-associative, least recently used goes; stores allocate as loads do
 *	l2, llc		shared by data and code, filled at each miss, neither inclusive nor exclusive
 *	dtlb4k, dtlb2m	by the size of the page, in front of stlb, which both share
 *	stream		of the L2: a load or store that misses L1 and goes on in the direction of the
 *			one before in its 4 KiB page brings the next lines into L2 and LLC
 *
 * A new page table drops the programs' TLB entries and keeps the kernel's, which Linux makes
 * global.
 *
 * lru.h and tlb.h have the tables, accesses.h and strings.h what each access does, l1.h the first
 * level, misses.h, behind.h and streams.h what is done for what that does not have; here are the options,
 * the output, and what of a block of code is fed to the model.
 *
 * Not seen: what devices read and write by themselves, and the processor's walks of page
 * tables, whose price is a constant. Devices' registers are uncached and not counted. All is empty
 * when the first program starts, and nothing is emptied at a window's beginning.
 */
#ifndef KAB_PLUGIN_CACHE_H
#define KAB_PLUGIN_CACHE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "qemu-plugin.h"

/* In the order of the columns in the profile; all but the first are misses. */
enum cache_event {
	CACHE_ACCESSES, /* loads and stores */
	CACHE_L1D,
	CACHE_L1I,
	CACHE_L2,
	CACHE_LLC,
	CACHE_DTLB,
	CACHE_STLB,
	CACHE_EVENTS
};

/*
 * What a piece of code did on one virtual CPU, as running totals. Each has a line of the host's caches,
 * as it is counted in all the time.
 */
struct tally {
	uint64_t count; /* executions */
	uint64_t events[CACHE_EVENTS];
} __attribute__((aligned(64)));

/*
 * "line=64", "l1d=SETS:WAYS" and so on, "stream=PAGES:LINES", "cost=..." (which is only passed on
 * to the profile). 1 when it is one of these, 0 when not, -1 with a message on standard error.
 */
int cache_option(const char *option);
/* After the options: 0, or -1 with a message when only a part of the model is there. */
int cache_open(void);
bool cache_wanted(void);
/* Before tallies are looked at: what is still to be done for them. */
void cache_settle(void);
/* What the profile says of the model, and of a block in this window. */
void cache_write_model(FILE *out);
void cache_write(FILE *out, const struct tally *t, const struct tally *before);
bool cache_used(const struct tally *t, const struct tally *before);
/* Adds what has happened since; `totals` has a place for each event. */
void cache_add(const struct tally *t, const struct tally *before, uint64_t *totals);
/*
 * Code that runs before anything is fed to the model; from the kernel's own, the place of the guest's
 * memory is learned.
 */
void cache_find_memory(const struct qemu_plugin_insn *insn);
/* Feeds the model with what the first `counted` instructions of a block do. */
void cache_translate(struct qemu_plugin_tb *tb, size_t counted, struct tally *t);
/* The same for an instruction that counts by itself. */
void cache_translate_insn(struct qemu_plugin_insn *insn, struct tally *t);

#endif
