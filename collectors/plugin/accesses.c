// SPDX-License-Identifier: GPL-2.0-or-later
#include "accesses.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cache.h"
#include "misses.h"
#include "tlb.h"

#define PAGE_SIZE    (UINT64_C(1) << TLB_PAGE_SHIFT)
#define LINE_MASK    ((UINT64_C(1) << LRU_LINE_SHIFT) - 1)
#define WIDEST	     16 /* bytes of one access */
#define PAGE_MASK    (PAGE_SIZE - 1)
#define TRANSLATIONS 1024
#define AGE_BITS     19
#define AGE_MAX	     ((UINT64_C(1) << AGE_BITS) - 1)
#define SETS	     64 /* of lines in a page */
#define SIZES	     64
#define NOWHERE	     (UINT64_C(1) << 63) /* no access is there: it is no canonical address */
#define NO_STRING    (UINT64_C(1) << 62) /* the same, but none of the recent lines */

struct lru accesses_l1i;

/* What QEMU said of a page: key 0 is none. */
struct translation {
	uint64_t key;	/* page and age */
	uint64_t frame; /* physical */
	uint64_t entry; /* of the TLB */
	struct tlb_set *set;
};

/*
 * The last used two lines of a set of L1, in any order, and which of them it was: a copy from page to
 * page often has both its lines in one set, and takes them in turn. As long as the entry of a line's
 * page is one of the first two of its set in the TLB as well, another access to the line changes
 * nothing but which was the last.
 */
struct recent {
	struct recent_line {
		uint64_t base; /* first address, in the guest's program */
		struct tlb_set *tlb;
		uint64_t entry; /* of the page in it */
		uint32_t line;	/* lru_entry() of the physical address, or 0 */
		uint16_t place; /* of the entry */
		uint16_t last;	/* in the first: 0 or 1 */
	} lines[2];
};

_Static_assert(sizeof(struct recent) == LINE_MASK + 1,
	       "the bits of an address that are the set's are its offset");

/* How far into a line an access with this information may begin and not leave it. */
struct size {
	qemu_plugin_meminfo_t info;
	uint32_t last;
};

static struct accesses {
	uint64_t recent_mask;
	uint32_t ways; /* of both */
	struct size sizes[SIZES];
	uint64_t ages[2];	/* of translations: programs', kernel's */
	struct string *running; /* turns of it were the last accesses; or NULL */
	struct translation translations[TRANSLATIONS];
} model;

static struct recent recent[SETS] __attribute__((aligned(64)));

bool accesses_make_l1d(uint64_t sets, uint32_t ways)
{
	if (model.ways)
		return false;
	lru_make(&misses_l1d, sets, ways > 2 ? ways - 2 : 0);
	model.ways = ways;
	model.recent_mask = (sets - 1) << LRU_LINE_SHIFT;
	return true;
}

bool accesses_is_made(void)
{
	return model.ways;
}

static void forget_recent(void)
{
	for (uint64_t i = 0; i <= misses_l1d.mask; i++)
		recent[i].lines[0].base = recent[i].lines[1].base = NOWHERE;
}

bool accesses_hold_two(void)
{
	return model.ways > 1 && tlb_holds_two();
}

int accesses_open(void)
{
	/* So that address and physical address have the same set. */
	if ((misses_l1d.mask + 1) << LRU_LINE_SHIFT > PAGE_SIZE || misses_l1d.mask >= SETS) {
		fputs("kab-plugin: a way of the L1D is larger than a page\n", stderr);
		return -1;
	}
	model.ages[0] = model.ages[1] = 1;
	for (size_t i = 0; i < SIZES; i++)
		model.sizes[i].info = UINT32_MAX;
	forget_recent();
	return 0;
}

static struct recent *recent_of(uint64_t address)
{
	return (struct recent *)(void *)((char *)recent + (address & model.recent_mask));
}

/* False for a register of a device. */
static __attribute__((noinline)) bool ask(struct translation *x, uint64_t key,
					  qemu_plugin_meminfo_t info, uint64_t address)
{
	const struct qemu_plugin_hwaddr *where = qemu_plugin_get_hwaddr(info, address);

	if (!where || qemu_plugin_hwaddr_is_io(where))
		return false;
	x->key = key;
	x->frame = qemu_plugin_hwaddr_phys_addr(where) & ~PAGE_MASK;
	x->entry = tlb_entry(address);
	x->set = tlb_set(x->entry);
	return true;
}

static __attribute__((noinline)) void touch_page(struct cache_tally *t, const struct translation *x)
{
	enum tlb_result had = tlb_touch(x->set, x->entry);

	if (had == TLB_FIRST)
		return;
	t->count[CACHE_DTLB]++;
	if (had == TLB_WALK)
		t->count[CACHE_STLB]++;
}

/* False for a register of a device. */
static inline bool access_line(struct cache_tally *t, qemu_plugin_meminfo_t info, uint64_t address)
{
	struct recent *r = recent_of(address);
	struct recent_line *at = &r->lines[r->lines[0].last];
	struct translation *x = &model.translations[address / PAGE_SIZE % TRANSLATIONS];
	uint64_t key = address / PAGE_SIZE << AGE_BITS | model.ages[address >> 63], line;
	uint32_t entry, older;
	uint64_t place;

	if (x->key != key && !ask(x, key, info, address))
		return false;
	/* Which of the first two it is cannot be foretold. */
	place = x->set->entries[1] == x->entry;
	if (x->set->entries[place] == x->entry)
		x->set->last = place;
	else
		touch_page(t, x);
	line = (x->frame | (address & PAGE_MASK)) >> LRU_LINE_SHIFT;
	entry = lru_entry(line);
	if (at->line != entry && model.ways > 1) {
		r->lines[0].last ^= 1;
		at = &r->lines[r->lines[0].last];
	}
	older = at->line;
	at->base = address & ~LINE_MASK;
	at->tlb = x->set;
	at->entry = x->entry;
	at->line = entry;
	at->place = (uint16_t)x->set->last;
	if (older != entry)
		misses_data(t, line, older);
	return true;
}

static inline struct size *size_of(qemu_plugin_meminfo_t info)
{
	return &model.sizes[(info >> 4 ^ info >> 12) & (SIZES - 1)];
}

static __attribute__((noinline)) void learn(qemu_plugin_meminfo_t info)
{
	struct size *s = size_of(info);

	s->last = (uint32_t)(LINE_MASK + 1 - (UINT64_C(1) << qemu_plugin_mem_size_shift(info)));
	s->info = info;
}

/* Whether an access to one of the set's last two lines changes nothing but which was the last. */
static inline __attribute__((always_inline)) bool is_recent(const struct recent_line *l,
							    uint64_t address)
{
	return address - l->base <= LINE_MASK && l->tlb->entries[l->place] == l->entry;
}

static inline __attribute__((always_inline)) bool touch_line(struct recent *r, uint16_t i,
							     uint64_t address)
{
	struct recent_line *l = &r->lines[i];

	if (!is_recent(l, address))
		return false;
	l->tlb->last = l->place;
	r->lines[0].last = i;
	return true;
}

static inline __attribute__((always_inline)) bool touch_recent(uint64_t address)
{
	struct recent *r = recent_of(address);

	return touch_line(r, 0, address) || touch_line(r, 1, address);
}

static __attribute__((noinline)) void access_rest(struct cache_tally *t, qemu_plugin_meminfo_t info,
						  uint64_t address)
{
	(void)access_line(t, info, (address | LINE_MASK) + 1);
}

/* The part of an access that is behind the end of its line. */
static __attribute__((noinline)) void access_next(struct cache_tally *t, qemu_plugin_meminfo_t info,
						  uint64_t address)
{
	if (size_of(info)->info != info)
		learn(info);
	if ((address & LINE_MASK) > size_of(info)->last)
		access_rest(t, info, address);
}

/* False for a register of a device. */
static __attribute__((noinline)) bool access_slowly(struct cache_tally *t,
						    qemu_plugin_meminfo_t info, uint64_t address)
{
	if (!access_line(t, info, address))
		return false;
	t->count[CACHE_ACCESSES]++;
	if ((address & LINE_MASK) > LINE_MASK + 1 - WIDEST)
		access_next(t, info, address);
	return true;
}

static inline __attribute__((always_inline)) void access_memory(struct cache_tally *t,
								qemu_plugin_meminfo_t info,
								uint64_t address)
{
	if (!touch_recent(address)) {
		(void)access_slowly(t, info, address);
		return;
	}
	t->count[CACHE_ACCESSES]++;
	if ((address & LINE_MASK) > LINE_MASK + 1 - WIDEST)
		access_next(t, info, address);
}

static __attribute__((noinline)) void fetch_slowly(struct cache_tally *t, uint64_t line)
{
	if (!lru_touch(&accesses_l1i, line))
		misses_code(t, line);
}

void accesses_on_fetch_line(unsigned int vcpu, void *data)
{
	const struct fetch *f = data;

	(void)vcpu;
	if (*f->lines[0].first != f->lines[0].entry)
		fetch_slowly(f->tally, f->lines[0].line);
}

void accesses_on_fetch(unsigned int vcpu, void *data)
{
	const struct fetch *f = data;

	(void)vcpu;
	for (size_t i = 0; i < f->count; i++)
		if (*f->lines[i].first != f->lines[i].entry)
			fetch_slowly(f->tally, f->lines[i].line);
}

/*
 * Strings.
 */

/* What the turns have not touched again: both lines, the one that is loaded first. */
static __attribute__((noinline)) void settle(void)
{
	for (size_t side = 0; side < STRING_SIDES; side++)
		(void)touch_recent(model.running->bases[side]);
	model.running = NULL;
}

/*
 * A turn on another line than the one before. The last access was the other side's, which is
 * made up for; its line stays one of the recent ones.
 */
static __attribute__((noinline)) void string_slowly(struct string *s, qemu_plugin_meminfo_t info,
						    uint64_t address)
{
	size_t side = qemu_plugin_mem_is_store(info);

	if (model.running != s) {
		if (model.running)
			settle();
		accesses_on_fetch(0, s->fetch);
		s->bases[0] = s->bases[1] = NO_STRING;
		model.running = s;
	}
	(void)touch_recent(s->bases[side ^ 1]);
	if (access_slowly(s->fetch->tally, info, address) && (address & LINE_MASK) <= s->room)
		s->bases[side] = address & ~LINE_MASK;
	else
		s->bases[0] = s->bases[1] = NO_STRING;
}

/* QEMU 7.2 mixes up callbacks for loads and those for stores, so this one is for both. */
void accesses_on_string(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	struct string *s = data;

	(void)vcpu;
	if (model.running == s &&
	    (address - s->bases[0] <= s->room || address - s->bases[1] <= s->room))
		s->fetch->tally->count[CACHE_ACCESSES]++;
	else
		string_slowly(s, info, address);
}

void accesses_on_access(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	(void)vcpu;
	if (model.running)
		settle();
	access_memory(data, info, address);
}

/*
 * What is forgotten.
 */
static void age(size_t side)
{
	if (model.ages[side]++ == AGE_MAX) {
		memset(model.translations, 0, sizeof(model.translations));
		model.ages[side] = 1;
	}
}

void accesses_on_forget(unsigned int vcpu, void *data)
{
	enum forget what = *(const enum forget *)data;

	(void)vcpu;
	if (model.running)
		settle();
	forget_recent();
	age(0);
	if (what != FORGET_PROGRAMS)
		age(1);
	/* Which page invlpg is about cannot be seen: one of thousands stays. */
	if (what == FORGET_PROGRAMS)
		tlb_drop_programs();
	else if (what == FORGET_ALL)
		tlb_drop_all();
}
