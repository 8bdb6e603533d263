// SPDX-License-Identifier: GPL-2.0-or-later
#include "tlb.h"

#include <stddef.h>
#include <string.h>

#include "lib/alloc.h"

#define LARGE_SHIFT 21
#define VALID	    (UINT64_C(1) << 63)
#define LARGE	    (UINT64_C(1) << 62)
#define USER	    (UINT64_C(1) << 61)

struct tlb {
	char *sets;
	size_t size;   /* of one */
	uint64_t mask; /* sets - 1 */
	uint32_t ways;
};

static struct tlb dtlb4k, dtlb2m, stlb;

static const struct named_tlb {
	const char *name;
	struct tlb *tlb;
} tlbs[] = { { "dtlb4k", &dtlb4k }, { "dtlb2m", &dtlb2m }, { "stlb", &stlb } };

#define TLBS (sizeof(tlbs) / sizeof(tlbs[0]))

/*
 * The parts of the address space that Linux on x86-64 maps with large pages: all memory, the
 * array of struct page, the kernel's code and data (Documentation/x86/x86_64/mm.rst, for four and
 * five levels of page tables).
 */
static const struct range {
	uint64_t start, end;
} large_ranges[] = {
	{ UINT64_C(0xff11000000000000), UINT64_C(0xff91000000000000) },
	{ UINT64_C(0xffd4000000000000), UINT64_C(0xffd6000000000000) },
	{ UINT64_C(0xffff888000000000), UINT64_C(0xffffc88000000000) },
	{ UINT64_C(0xffffea0000000000), UINT64_C(0xffffeb0000000000) },
	{ TLB_KERNEL, TLB_KERNEL_END },
};

bool tlb_make(const char *name, uint64_t sets, uint32_t ways)
{
	for (size_t i = 0; i < TLBS; i++) {
		struct tlb *t = tlbs[i].tlb;

		if (strcmp(tlbs[i].name, name) != 0 || t->sets)
			continue;
		/* The first two places are there in any case. */
		t->size = sizeof(struct tlb_set) + (ways < 2 ? 2 : ways) * sizeof(uint64_t);
		t->sets = xcalloc(sets, t->size);
		t->mask = sets - 1;
		t->ways = ways;
		return true;
	}
	return false;
}

bool tlb_is_made(void)
{
	return dtlb4k.sets && dtlb2m.sets && stlb.sets;
}

bool tlb_holds_two(void)
{
	return dtlb4k.ways > 1 && dtlb2m.ways > 1;
}

uint64_t tlb_entry(uint64_t address)
{
	uint64_t user = address >> 63 ? VALID : VALID | USER;

	for (size_t i = 0; i < sizeof(large_ranges) / sizeof(large_ranges[0]); i++)
		if (address >= large_ranges[i].start && address < large_ranges[i].end)
			return (address << 8 >> 8 >> LARGE_SHIFT) | LARGE | user;
	return (address << 8 >> 8 >> TLB_PAGE_SHIFT) | user;
}

static struct tlb_set *set_at(const struct tlb *t, uint64_t set)
{
	return (struct tlb_set *)(void *)(t->sets + set * t->size);
}

/* Programs and kernel, small and large pages share the sets. */
static struct tlb_set *set_of(const struct tlb *t, uint64_t entry)
{
	return set_at(t, entry & ~(LARGE | USER | VALID) & t->mask);
}

static const struct tlb *first_of(uint64_t entry)
{
	return entry & LARGE ? &dtlb2m : &dtlb4k;
}

struct tlb_set *tlb_set(uint64_t entry)
{
	return set_of(first_of(entry), entry);
}

/* The older of the first two makes place, and goes in front of the others. */
static bool touch(struct tlb_set *s, uint32_t ways, uint64_t entry)
{
	uint64_t *e = s->entries, gone;
	uint32_t i = 2;

	if (e[0] == entry || (e[1] == entry && ways > 1)) {
		s->last = e[0] != entry;
		return true;
	}
	if (ways > 1)
		s->last ^= 1;
	if (ways > 2) {
		while (i < ways - 1 && e[i] != entry)
			i++;
		gone = e[i];
		for (; i > 2; i--)
			e[i] = e[i - 1];
		e[2] = e[s->last];
	} else {
		gone = 0;
	}
	e[s->last] = entry;
	return gone == entry;
}

enum tlb_result tlb_touch(struct tlb_set *set, uint64_t entry)
{
	if (touch(set, first_of(entry)->ways, entry))
		return TLB_FIRST;
	return touch(set_of(&stlb, entry), stlb.ways, entry) ? TLB_SECOND : TLB_WALK;
}

/* What stays of a set moves to its front, so that free places are behind. */
static void drop(const struct tlb *t, uint64_t kind)
{
	for (uint64_t set = 0; set <= t->mask; set++) {
		struct tlb_set *s = set_at(t, set);
		uint64_t *e = s->entries, first = e[s->last], second = e[s->last ^ 1];
		uint32_t kept = 0;

		e[0] = first;
		e[1] = second;
		s->last = 0;
		for (uint32_t i = 0; i < t->ways; i++)
			if ((e[i] & kind) != kind)
				e[kept++] = e[i];
		while (kept < t->ways)
			e[kept++] = 0;
	}
}

void tlb_drop_programs(void)
{
	for (size_t i = 0; i < TLBS; i++)
		drop(tlbs[i].tlb, USER);
}

void tlb_drop_all(void)
{
	for (size_t i = 0; i < TLBS; i++)
		drop(tlbs[i].tlb, 0);
}
