/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of the TLBs for data: one for pages of 4 KiB and one for large pages in front of a
 * second, which both share; in each the least recently used entry of a set goes.
 *
 * Which pages are large follows from where Linux on x86-64 has them in its address space. Pages of
 * 1 GiB count as pages of 2 MiB. The walks of page tables themselves are not modelled.
 */
#ifndef KAB_PLUGIN_TLB_H
#define KAB_PLUGIN_TLB_H

#include <stdbool.h>
#include <stdint.h>

#define TLB_PAGE_SHIFT 12

/* Where Linux has its own code and data, without a randomised layout. */
#define TLB_KERNEL     UINT64_C(0xffffffff80000000)
#define TLB_KERNEL_END UINT64_C(0xffffffffa0000000)

enum tlb_result { TLB_FIRST, TLB_SECOND, TLB_WALK };

/*
 * The first two entries are the last used two, in any order, and `last` says which it was: a copy
 * from page to page takes two entries in turn. Behind them the others, the last used first, and free
 * places, which are 0.
 */
struct tlb_set {
	uint64_t last; /* 0 or 1 */
	uint64_t entries[];
};

/* "dtlb4k", "dtlb2m" and "stlb": `sets` is a power of two. False when there is no such, or it is there. */
bool tlb_make(const char *name, uint64_t sets, uint32_t ways);
/* Whether all of them have been made. */
bool tlb_is_made(void);
/* Whether two pages can be in each set of the first ones at the same time. */
bool tlb_holds_two(void);
/* What the TLBs know a page by, large or small, a program's or the kernel's. Never 0. */
uint64_t tlb_entry(uint64_t address);
/*
 * The set that an entry has in the first TLB. As long as the entry is one of its first two, another
 * access to the page only changes `last`.
 */
struct tlb_set *tlb_set(uint64_t entry);
/* An access to a page, by its entry and its set: which TLB had it. It is the set's last now. */
enum tlb_result tlb_touch(struct tlb_set *set, uint64_t entry);
/* Another page table: the kernel's entries stay, as Linux makes them global. */
void tlb_drop_programs(void);
void tlb_drop_all(void);

#endif
