// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks through memory whose misses are known by reading them, for the caches in
 * configs/targets/det.json: what the model of caches is checked with. All are the same walk, of
 * assembly, under names of their own; each begins after a walk that leaves the caches as it wants
 * them, without interrupts.
 *
 *	cold	256 lines in a row, after 4 MiB of others: each misses the L1, and in each page the
 *		first two miss the L2, before its streamer has seen where they go
 *	warm	the same again: none misses
 *	set	9 lines in one set of the L1, of 8 ways, in turn: each misses it, and no other
 *	memory	24 lines in one set of the LLC, of 20 ways, and of the others: each misses all
 *	dtlb	8 pages in one set of the first TLB, of 4 ways, in the second's different sets
 *	stlb	8 pages in one set of the second TLB, of 6 ways, and so of the first
 *
 * What the stack does is in the figures: the return reads its address, which hits, as no walk
 * goes where the stack is.
 */
#include <linux/irqflags.h>
#include <linux/linkage.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "kab.h"

#define LINE	    64UL
#define OTHERS	    (4UL << 20)
#define COLD_LINES  256UL
#define SET_LINES   9UL
#define MEM_LINES   24UL
#define MEM_STRIDE  (1UL << 20) /* between lines of one set of the LLC */
#define MEM_START   (128UL << 20)
#define PAGES	    8UL
#define DTLB_STRIDE (16 * PAGE_SIZE)
#define STLB_STRIDE (256 * PAGE_SIZE)
#define ROUNDS	    100UL
#define CODE_LINES  1UL /* of a walk, which was driven out of the L2 before */

#define WALK(name) u64 name(const void *from, u64 count, u64 stride, u64 rounds)

WALK(kab_cache_prepare);
WALK(kab_cache_cold);
WALK(kab_cache_warm);
WALK(kab_cache_set);
WALK(kab_cache_memory);
WALK(kab_cache_dtlb);
WALK(kab_cache_stlb);

/* Reads `count` places, `stride` bytes apart, `rounds` times. */
asm(".pushsection .text, \"ax\"\n"
    ".macro kab_walk name\n"
    ".globl \\name\n"
    ".type \\name, @function\n"
    ".balign 64\n"
    "\\name:\n"
    "	xor %eax, %eax\n"
    "2:	mov %rdi, %r8\n"
    "	mov %rsi, %r9\n"
    "1:	add (%r8), %rax\n"
    "	add %rdx, %r8\n"
    "	dec %r9\n"
    "	jnz 1b\n"
    "	dec %rcx\n"
    "	jnz 2b\n"
    "	" ASM_RET
    ".size \\name, . - \\name\n"
    ".endm\n"
    "kab_walk kab_cache_prepare\n"
    "kab_walk kab_cache_cold\n"
    "kab_walk kab_cache_warm\n"
    "kab_walk kab_cache_set\n"
    "kab_walk kab_cache_memory\n"
    "kab_walk kab_cache_dtlb\n"
    "kab_walk kab_cache_stlb\n"
    ".purgem kab_walk\n"
    ".popsection\n");

static void expect(const char *walk, const char *event, u64 count)
{
	char key[64];

	snprintf(key, sizeof(key), "%s.%s", walk, event);
	kab_fact(key, "%llu", count);
}

/* Away from the line, and the page, of the stack. */
static const void *away(const void *from)
{
	unsigned long stack = (unsigned long)&from;
	unsigned long line = (stack + PAGE_SIZE / 2) & (PAGE_SIZE - 1) & ~(LINE - 1);
	unsigned long page = ((stack >> PAGE_SHIFT) + 8 - ((unsigned long)from >> PAGE_SHIFT)) & 15;

	return from + page * PAGE_SIZE + line;
}

static void walk_memory(const void *lines, const void *others)
{
	const void *set = lines + (((unsigned long)&lines + PAGE_SIZE / 2) & (PAGE_SIZE - 1) &
				   ~(LINE - 1));
	const void *far = __va(MEM_START) + (set - lines);

	kab_cache_prepare(others, OTHERS / LINE, LINE, 1);
	kab_cache_cold(lines, COLD_LINES, LINE, 1);
	kab_cache_warm(lines, COLD_LINES, LINE, 1);
	kab_cache_prepare(set, SET_LINES, PAGE_SIZE, 1);
	kab_cache_set(set, SET_LINES, PAGE_SIZE, ROUNDS);
	kab_cache_prepare(far, MEM_LINES, MEM_STRIDE, 1);
	kab_cache_memory(far, MEM_LINES, MEM_STRIDE, ROUNDS);
}

static void walk_pages(const void *pages)
{
	const void *from = away(pages);

	kab_cache_prepare(from, PAGES, DTLB_STRIDE, 1);
	kab_cache_dtlb(from, PAGES, DTLB_STRIDE, ROUNDS);
	kab_cache_prepare(from, PAGES, STLB_STRIDE, 1);
	kab_cache_stlb(from, PAGES, STLB_STRIDE, ROUNDS);
}

static void expect_all(void)
{
	expect("kab_cache_cold", "accesses", COLD_LINES + 1);
	expect("kab_cache_cold", "l1d", COLD_LINES);
	expect("kab_cache_cold", "l2", CODE_LINES + 2 * COLD_LINES * LINE / PAGE_SIZE);
	expect("kab_cache_cold", "llc", 0);
	expect("kab_cache_warm", "accesses", COLD_LINES + 1);
	expect("kab_cache_warm", "l1d", 0);
	expect("kab_cache_warm", "l1i", CODE_LINES);
	expect("kab_cache_warm", "l2", CODE_LINES);
	expect("kab_cache_warm", "dtlb", 0);
	expect("kab_cache_set", "accesses", SET_LINES * ROUNDS + 1);
	expect("kab_cache_set", "l1d", SET_LINES * ROUNDS);
	expect("kab_cache_set", "l2", CODE_LINES);
	expect("kab_cache_memory", "l1d", MEM_LINES * ROUNDS);
	expect("kab_cache_memory", "l2", CODE_LINES + MEM_LINES * ROUNDS);
	expect("kab_cache_memory", "llc", MEM_LINES * ROUNDS);
	expect("kab_cache_memory", "dtlb", 0);
	expect("kab_cache_dtlb", "dtlb", PAGES * ROUNDS);
	expect("kab_cache_dtlb", "stlb", 0);
	expect("kab_cache_stlb", "dtlb", PAGES * ROUNDS);
	expect("kab_cache_stlb", "stlb", PAGES * ROUNDS);
}

static void walk_all(const void *lines, const void *others, const void *pages)
{
	unsigned long flags;

	local_irq_save(flags);
	kab_lap_begin();
	walk_memory(lines, others);
	kab_lap_end("memory");
	walk_pages(pages);
	local_irq_restore(flags);
	expect_all();
	kab_result("walks", "1", "higher", 6, 1);
}

static void bench(void)
{
	void *lines = kzalloc(COLD_LINES * LINE + SET_LINES * PAGE_SIZE, GFP_KERNEL);
	void *others = kzalloc(OTHERS, GFP_KERNEL);
	void *pages = vzalloc(PAGES * STLB_STRIDE + 16 * PAGE_SIZE);

	if (lines && others && pages)
		walk_all(lines, others, pages);
	else
		kab_failed("no memory");
	vfree(pages);
	kfree(others);
	kfree(lines);
}

static int __init cachewalk_init(void)
{
	if (totalram_pages() << PAGE_SHIFT < MEM_START + MEM_LINES * MEM_STRIDE)
		return -ENOMEM;
	return kab_run(bench);
}
module_init(cachewalk_init);

static void __exit cachewalk_exit(void)
{
	kab_end();
}
module_exit(cachewalk_exit);

MODULE_DESCRIPTION("kab: walks through memory with known misses");
MODULE_LICENSE("GPL");
