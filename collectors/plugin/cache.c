// SPDX-License-Identifier: GPL-2.0-or-later
#include "cache.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "lib/alloc.h"

#define PAGE_SHIFT	12
#define PAGE_MASK	((UINT64_C(1) << PAGE_SHIFT) - 1)
#define LARGE_SHIFT	21
#define VALID		(UINT64_C(1) << 63)
#define LARGE		(UINT64_C(1) << 62)
#define USER		(UINT64_C(1) << 61)
#define TRANSLATIONS	1024
#define AGE_BITS	19
#define AGE_MAX		((UINT64_C(1) << AGE_BITS) - 1)
#define WIDEST		16 /* bytes of one access */
#define SETS_MAX	(1 << 24)
#define WAYS_MAX	64
#define STREAMS_MAX	64
#define KERNEL_TEXT	UINT64_C(0xffffffff80000000)
#define KERNEL_TEXT_END UINT64_C(0xffffffffa0000000)
#define RECENT_MAX	256 /* sets of a cache with a page of lines of the smallest size */
#define FETCH_LINES	256 /* a block does not leave two pages */

/*
 * Entries of a set lie together, the last used first; behind them free places, which are 0. Those of
 * caches are lines, plus one, in 32 bits: half the space, as the host has caches as well.
 */
struct cache {
	uint32_t *entries;
	uint64_t mask; /* sets - 1 */
	uint32_t ways;
};

struct tlb {
	uint64_t *entries;
	uint64_t mask;
	uint32_t ways;
};

/* What QEMU said of a page: key 0 is none. */
struct translation {
	uint64_t key;	/* page and age */
	uint64_t frame; /* physical */
	uint64_t entry; /* of the TLB */
};

/*
 * A line of data, by its address in the guest's program, that is the last used of its set in L1,
 * with the page's entry in the set of the first TLB that has it: while that is the last used
 * as well, another access to the line changes nothing.
 */
struct recent {
	uint64_t line, physical;
	const uint64_t *front;
	uint64_t entry;
};

/* The two last used lines of a set. They change places by their number: moving them was most of the cost. */
struct recents {
	struct recent places[2];
	uint64_t first; /* 0 or 1 */
};

/* The accesses to a page of 4 KiB that missed L1. */
struct stream {
	uint64_t page;
	int32_t last, ahead; /* lines in the page: seen, and brought into L2 */
	int32_t direction;
};

/* The lines of a block's code. */
struct fetch {
	struct cache_tally *tally;
	size_t count;
	uint64_t lines[];
};

static struct model {
	bool wanted;
	uint32_t line_shift;
	uint64_t line_mask;
	struct cache l1d, l1i, l2, llc;
	struct tlb dtlb4k, dtlb2m, stlb;
	struct stream streams[STREAMS_MAX]; /* the last used first */
	int32_t stream_count, stream_lines;
	const char *cost;
	struct recents recent[RECENT_MAX]; /* by set of L1 */
	uint64_t last_code;		   /* line, by its physical address: first in its set */
	uint64_t ages[2];		   /* of translations: programs', kernel's */
	struct translation translations[TRANSLATIONS];
	uint64_t host_base; /* where QEMU has the guest's first byte; 0: not known yet */
} model;

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
	{ KERNEL_TEXT, KERNEL_TEXT_END },
};

/*
 * Options.
 */
static const struct table_option {
	const char *name;
	struct cache *cache; /* or */
	struct tlb *tlb;
} table_options[] = {
	{ "l1d", &model.l1d, NULL },	   { "l1i", &model.l1i, NULL },
	{ "l2", &model.l2, NULL },	   { "llc", &model.llc, NULL },
	{ "dtlb4k", NULL, &model.dtlb4k }, { "dtlb2m", NULL, &model.dtlb2m },
	{ "stlb", NULL, &model.stlb },
};

#define TABLES (sizeof(table_options) / sizeof(table_options[0]))

static bool is_made(const struct table_option *o)
{
	return o->cache ? o->cache->entries != NULL : o->tlb->entries != NULL;
}

static int refuse(const char *option)
{
	fprintf(stderr, "kab-plugin: \"%s\" is no part of a cache\n", option);
	return -1;
}

static bool power_of_two(unsigned long n)
{
	return n && !(n & (n - 1));
}

/* "FIRST:SECOND" */
static bool pair(const char *text, unsigned long *first, unsigned long *second)
{
	char *end;

	*first = strtoul(text, &end, 10);
	if (*end != ':')
		return false;
	*second = strtoul(end + 1, &end, 10);
	return !*end;
}

static int make_table(const struct table_option *o, const char *option, const char *value)
{
	unsigned long sets, ways;

	if (!pair(value, &sets, &ways) || !power_of_two(sets) || sets > SETS_MAX || !ways ||
	    ways > WAYS_MAX || is_made(o))
		return refuse(option);
	if (o->cache)
		*o->cache = (struct cache){ xcalloc(sets * ways, sizeof(uint32_t)), sets - 1,
					    (uint32_t)ways };
	else
		*o->tlb = (struct tlb){ xcalloc(sets * ways, sizeof(uint64_t)), sets - 1,
					(uint32_t)ways };
	return 1;
}

static int set_line(const char *option, const char *value)
{
	unsigned long bytes = strtoul(value, NULL, 10);

	if (!power_of_two(bytes) || bytes < WIDEST || bytes > PAGE_MASK)
		return refuse(option);
	model.line_shift = (uint32_t)__builtin_ctzl(bytes);
	model.line_mask = bytes - 1;
	return 1;
}

static int set_stream(const char *option, const char *value)
{
	unsigned long pages, lines;

	if (!pair(value, &pages, &lines) || pages > STREAMS_MAX || lines > PAGE_MASK)
		return refuse(option);
	model.stream_count = (int32_t)pages;
	model.stream_lines = (int32_t)lines;
	return 1;
}

int cache_option(const char *option)
{
	const char *value = strchr(option, '=');
	size_t len = value ? (size_t)(value++ - option) : 0;

	for (size_t i = 0; len && i < TABLES; i++)
		if (strlen(table_options[i].name) == len &&
		    !strncmp(option, table_options[i].name, len))
			return make_table(&table_options[i], option, value);
	if (len == 4 && !strncmp(option, "line", len))
		return set_line(option, value);
	if (len == 6 && !strncmp(option, "stream", len))
		return set_stream(option, value);
	if (len == 4 && !strncmp(option, "cost", len)) {
		model.cost = strdup(value);
		return 1;
	}
	return 0;
}

static void forget_recent(void)
{
	for (size_t i = 0; i < RECENT_MAX; i++)
		model.recent[i].places[0].line = model.recent[i].places[1].line = UINT64_MAX;
	/* The physical ones stay: they tell what is first in the set. */
}

int cache_open(void)
{
	size_t have = 0;

	for (size_t i = 0; i < TABLES; i++)
		have += is_made(&table_options[i]);
	if (!have && !model.cost && !model.line_shift)
		return 0;
	if (have < TABLES || !model.cost || !model.line_shift) {
		fputs("kab-plugin: a part of the caches is missing\n", stderr);
		return -1;
	}
	model.ages[0] = model.ages[1] = 1;
	/* So that address and physical address have the same set. */
	if ((model.l1d.mask + 1) << model.line_shift > PAGE_MASK + 1) {
		fputs("kab-plugin: a way of the L1D is larger than a page\n", stderr);
		return -1;
	}
	model.last_code = UINT64_MAX;
	forget_recent();
	model.wanted = true;
	return 0;
}

bool cache_wanted(void)
{
	return model.wanted;
}

/*
 * Output.
 */
void cache_write_model(FILE *out)
{
	if (model.wanted)
		fprintf(out, "cost %s\n", model.cost);
}

void cache_write(FILE *out, const struct cache_tally *t)
{
	for (size_t i = 0; i < CACHE_EVENTS; i++)
		fprintf(out, " %" PRIx64, t->count[i] - t->before[i]);
}

void cache_add(const struct cache_tally *t, uint64_t *totals)
{
	for (size_t i = 0; i < CACHE_EVENTS; i++)
		totals[i] += t->count[i] - t->before[i];
}

bool cache_used(const struct cache_tally *t)
{
	return memcmp(t->count, t->before, sizeof(t->count)) != 0;
}

/*
 * The model.
 */

/*
 * Makes an entry the last used of a set. False when it was not there: the least recently used, which
 * is last, or a free place has gone for it.
 */
static inline bool touch_any(uint32_t *e, uint32_t entry, uint32_t ways)
{
	uint32_t i = 1;
	bool found;

	while (i < ways - 1 && e[i] != entry)
		i++;
	i = i < ways ? i : ways - 1;
	found = e[i] == entry;
	memmove(e + 1, e, i * sizeof(*e));
	e[0] = entry;
	return found;
}

#ifdef __SSE2__
#define LANES 4

typedef uint32_t lanes __attribute__((vector_size(16), aligned(4), may_alias));

/* Of eight ways, all at once: where the entry is cannot be foretold, so no jump depends on it. */
static inline bool touch_eight(uint32_t *e, uint32_t entry)
{
	const lanes low_places = { 0, 1, 2, 3 }, high_places = { 4, 5, 6, 7 };
	lanes low = *(lanes *)e, high = *(lanes *)(e + LANES);
	unsigned int at = (unsigned int)_mm_movemask_ps((__m128)(low == entry)) |
			  (unsigned int)_mm_movemask_ps((__m128)(high == entry)) << LANES;
	uint32_t place = (uint32_t)__builtin_ctz(at | 1u << (2 * LANES));
	/* What comes into each place up to the entry's own is the one in front. */
	lanes low_new = { entry, low[0], low[1], low[2] };
	lanes high_new = { low[3], high[0], high[1], high[2] };
	lanes low_moves = (lanes)(low_places <= place), high_moves = (lanes)(high_places <= place);

	*(lanes *)e = (low_new & low_moves) | (low & ~low_moves);
	*(lanes *)(e + LANES) = (high_new & high_moves) | (high & ~high_moves);
	return at != 0;
}
#else
static inline bool touch_eight(uint32_t *e, uint32_t entry)
{
	return touch_any(e, entry, 8);
}
#endif

static inline uint32_t *set_of(const struct cache *c, uint64_t line)
{
	return &c->entries[(line & c->mask) * c->ways];
}

static inline bool touch(const struct cache *c, uint64_t line)
{
	uint32_t *e = set_of(c, line), entry = (uint32_t)line + 1;

	if (e[0] == entry)
		return true;
	return c->ways == 8 ? touch_eight(e, entry) : touch_any(e, entry, c->ways);
}

static bool touch_tlb_behind(const struct tlb *t, uint64_t *e, uint64_t entry)
{
	uint64_t gone;
	uint32_t i = 0;

	while (i < t->ways - 1 && e[i] != entry)
		i++;
	gone = e[i];
	for (; i; i--)
		e[i] = e[i - 1];
	e[0] = entry;
	return gone == entry;
}

static inline bool touch_tlb(const struct tlb *t, uint64_t set, uint64_t entry)
{
	uint64_t *e = &t->entries[(set & t->mask) * t->ways];

	return e[0] == entry || touch_tlb_behind(t, e, entry);
}

static void prefetch(uint64_t line)
{
	if (!touch(&model.l2, line))
		(void)touch(&model.llc, line);
}

/* The page's stream, made the first; a new one when it has none. */
static struct stream *stream_of(uint64_t page, int32_t at)
{
	struct stream *s = model.streams;
	struct stream found = { page, at, at, 0 };
	int32_t i = 0;

	if (s->page == page)
		return s;
	while (i < model.stream_count - 1 && s[i].page != page)
		i++;
	if (s[i].page == page)
		found = s[i];
	memmove(s + 1, s, (size_t)i * sizeof(*s));
	*s = found;
	return s;
}

static void follow(uint64_t line)
{
	uint32_t page_shift = PAGE_SHIFT - model.line_shift;
	int32_t lines = 1 << page_shift, at = (int32_t)(line & (uint64_t)(lines - 1)), direction;
	/* 0 is a free one. */
	struct stream *s = stream_of((line >> page_shift) + 1, at);

	if (at == s->last)
		return;
	direction = at > s->last ? 1 : -1;
	if (direction != s->direction)
		s->ahead = at;
	if ((s->ahead - at) * direction < 0)
		s->ahead = at;
	s->direction = direction;
	s->last = at;
	while ((s->ahead - at) * direction < model.stream_lines) {
		int32_t next = s->ahead + direction;

		if (next < 0 || next >= lines)
			break;
		prefetch(line - (uint64_t)at + (uint64_t)next);
		s->ahead = next;
		/* The host has it when its turn comes. */
		__builtin_prefetch(set_of(&model.llc, line + (uint64_t)(next - at + direction)));
	}
}

/* What missed L1. */
static void below(struct cache_tally *t, uint64_t line)
{
	if (touch(&model.l2, line))
		return;
	t->count[CACHE_L2]++;
	if (!touch(&model.llc, line))
		t->count[CACHE_LLC]++;
}

static inline void touch_data(struct cache_tally *t, uint64_t line)
{
	if (touch(&model.l1d, line))
		return;
	t->count[CACHE_L1D]++;
	below(t, line);
	if (model.stream_count)
		follow(line);
}

/* Returns the place of the last used entry in the page's set, which is then the page's. */
static inline const uint64_t *touch_page(struct cache_tally *t, uint64_t entry)
{
	/* Programs and kernel, small and large pages share the sets. */
	uint64_t set = entry & ~(LARGE | USER | VALID);
	const struct tlb *dtlb = entry & LARGE ? &model.dtlb2m : &model.dtlb4k;

	if (!touch_tlb(dtlb, set, entry)) {
		t->count[CACHE_DTLB]++;
		if (!touch_tlb(&model.stlb, set, entry))
			t->count[CACHE_STLB]++;
	}
	return &dtlb->entries[(set & dtlb->mask) * dtlb->ways];
}

static uint64_t tlb_entry(uint64_t address)
{
	uint64_t user = address >> 63 ? VALID : VALID | USER;

	for (size_t i = 0; i < sizeof(large_ranges) / sizeof(large_ranges[0]); i++)
		if (address >= large_ranges[i].start && address < large_ranges[i].end)
			return (address << 8 >> 8 >> LARGE_SHIFT) | LARGE | user;
	return (address << 8 >> 8 >> PAGE_SHIFT) | user;
}

/* NULL for a register of a device. */
static inline const struct translation *translate(qemu_plugin_meminfo_t info, uint64_t address)
{
	struct translation *x = &model.translations[(address >> PAGE_SHIFT) & (TRANSLATIONS - 1)];
	uint64_t key = (address >> PAGE_SHIFT) << AGE_BITS | model.ages[address >> 63];
	const struct qemu_plugin_hwaddr *where;

	if (x->key == key)
		return x;
	where = qemu_plugin_get_hwaddr(info, address);
	if (!where || qemu_plugin_hwaddr_is_io(where))
		return NULL;
	*x = (struct translation){ .key = key,
				   .frame = qemu_plugin_hwaddr_phys_addr(where) & ~PAGE_MASK,
				   .entry = tlb_entry(address) };
	return x;
}

/*
 * Whether another access to the line changes nothing, or only that the first and second of the set
 * change places: a copy from page to page has both its lines in one set.
 */
static inline __attribute__((always_inline)) bool is_recent(uint64_t line)
{
	struct recents *r = &model.recent[line & model.l1d.mask];
	const struct recent *first = &r->places[r->first], *second = &r->places[r->first ^ 1];
	uint64_t pair;
	uint32_t *e;

	if (first->line == line)
		return *first->front == first->entry;
	if (second->line != line || *second->front != second->entry)
		return false;
	r->first ^= 1;
	e = set_of(&model.l1d, line);
	memcpy(&pair, e, sizeof(pair));
	pair = pair << 32 | pair >> 32;
	memcpy(e, &pair, sizeof(pair));
	return true;
}

/* False for a register of a device. */
static __attribute__((noinline)) bool access_line(struct cache_tally *t, qemu_plugin_meminfo_t info,
						  uint64_t address)
{
	uint64_t line = address >> model.line_shift;
	struct recents *r = &model.recent[line & model.l1d.mask];
	const struct translation *x;
	uint64_t physical;

	if (is_recent(line))
		return true;
	x = translate(info, address);
	if (!x)
		return false;
	physical = (x->frame | (address & PAGE_MASK)) >> model.line_shift;
	/* What was first is second now, unless it is this line, perhaps by another address. */
	if (r->places[r->first].physical != physical && model.l1d.ways > 1)
		r->first ^= 1;
	r->places[r->first] = (struct recent){ line, physical, touch_page(t, x->entry), x->entry };
	touch_data(t, physical);
	return true;
}

/* An access that is not recent, or may go over the end of its line. */
static __attribute__((noinline)) void access_slowly(struct cache_tally *t,
						    qemu_plugin_meminfo_t info, uint64_t address)
{
	uint64_t end;

	if (!access_line(t, info, address))
		return;
	t->count[CACHE_ACCESSES]++;
	if ((address & model.line_mask) <= model.line_mask + 1 - WIDEST)
		return;
	end = address + (UINT64_C(1) << qemu_plugin_mem_size_shift(info)) - 1;
	if ((end ^ address) & ~model.line_mask)
		(void)access_line(t, info, end);
}

static void on_access(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	struct cache_tally *t = data;

	(void)vcpu;
	if (is_recent(address >> model.line_shift) &&
	    (address & model.line_mask) <= model.line_mask + 1 - WIDEST)
		t->count[CACHE_ACCESSES]++;
	else
		access_slowly(t, info, address);
}

static void on_fetch(unsigned int vcpu, void *data)
{
	const struct fetch *f = data;

	(void)vcpu;
	for (size_t i = 0; i < f->count; i++) {
		uint64_t line = f->lines[i];

		if (line == model.last_code)
			continue;
		model.last_code = line;
		if (touch(&model.l1i, line))
			continue;
		f->tally->count[CACHE_L1I]++;
		below(f->tally, line);
	}
}

/*
 * What makes the processor forget translations.
 */
enum forget { FORGET_PAGE, FORGET_PROGRAMS, FORGET_ALL };

/* What stays of a set moves to its front, so that free places are behind. */
static void drop(const struct tlb *t, uint64_t kind)
{
	for (uint64_t set = 0; set <= t->mask; set++) {
		uint64_t *e = &t->entries[set * t->ways];
		uint32_t kept = 0;

		for (uint32_t i = 0; i < t->ways; i++)
			if ((e[i] & kind) != kind)
				e[kept++] = e[i];
		while (kept < t->ways)
			e[kept++] = 0;
	}
}

static void age(size_t side)
{
	if (model.ages[side]++ == AGE_MAX) {
		memset(model.translations, 0, sizeof(model.translations));
		model.ages[side] = 1;
	}
}

static void on_forget(unsigned int vcpu, void *data)
{
	enum forget what = *(const enum forget *)data;

	(void)vcpu;
	forget_recent();
	age(0);
	if (what != FORGET_PROGRAMS)
		age(1);
	/* Which page invlpg is about cannot be seen: one of thousands stays. */
	if (what == FORGET_PAGE)
		return;
	drop(&model.dtlb4k, what == FORGET_PROGRAMS ? USER : 0);
	drop(&model.dtlb2m, what == FORGET_PROGRAMS ? USER : 0);
	drop(&model.stlb, what == FORGET_PROGRAMS ? USER : 0);
}

/*
 * Translation.
 */

/* 0F 22 /n: mov to a control register; 0F 01 /7: invlpg; 0F 38 82: invpcid. */
static void look_for_forget(struct qemu_plugin_insn *insn)
{
	static enum forget whats[] = { FORGET_PAGE, FORGET_PROGRAMS, FORGET_ALL };
	const uint8_t *b = qemu_plugin_insn_data(insn);
	size_t len = qemu_plugin_insn_size(insn), i = 0;
	enum forget what;

	while (i < len && (b[i] == 0x66 || (b[i] & 0xf0) == 0x40))
		i++;
	if (i + 2 >= len || b[i] != 0x0f)
		return;
	if (b[i + 1] == 0x22)
		what = (b[i + 2] >> 3 & 7) == 3 ? FORGET_PROGRAMS : FORGET_ALL;
	else if (b[i + 1] == 0x01 && (b[i + 2] >> 3 & 7) == 7 && b[i + 2] < 0xc0)
		what = FORGET_PAGE;
	else if (b[i + 1] == 0x38 && b[i + 2] == 0x82)
		what = FORGET_ALL;
	else
		return;
	qemu_plugin_register_vcpu_insn_exec_cb(insn, on_forget, QEMU_PLUGIN_CB_NO_REGS,
					       &whats[what]);
}

/*
 * Where the code lies in the guest's memory: QEMU tells where it has it itself, and the kernel's
 * own code, at a place that is known without a randomised layout, says where that begins.
 */
static uint64_t code_host(struct qemu_plugin_insn *insn)
{
	uint64_t address = qemu_plugin_insn_vaddr(insn);
	uint64_t host = (uint64_t)(uintptr_t)qemu_plugin_insn_haddr(insn);

	if (host && !model.host_base && address >= KERNEL_TEXT && address < KERNEL_TEXT_END)
		model.host_base = host - (address - KERNEL_TEXT);
	return model.host_base ? host : 0;
}

/* Adds the lines of an instruction, of the last one in a page those in that page. */
static size_t add_lines(struct qemu_plugin_insn *insn, uint64_t *lines, size_t count)
{
	uint64_t first = code_host(insn), last = first + qemu_plugin_insn_size(insn) - 1;

	if (!first)
		return count;
	if ((first ^ last) & ~PAGE_MASK)
		last = first | PAGE_MASK;
	first = (first - model.host_base) >> model.line_shift;
	last = (last - model.host_base) >> model.line_shift;
	for (uint64_t line = first; line <= last && count < FETCH_LINES; line++)
		if (!count || lines[count - 1] != line)
			lines[count++] = line;
	return count;
}

/* Lives until the process ends, as the block does. */
static struct fetch *find_lines(struct qemu_plugin_tb *tb, size_t counted, struct cache_tally *t)
{
	uint64_t lines[FETCH_LINES];
	size_t count = 0;
	struct fetch *f;

	for (size_t i = 0; i < counted; i++)
		count = add_lines(qemu_plugin_tb_get_insn(tb, i), lines, count);
	if (!count)
		return NULL;
	f = xcalloc(1, sizeof(*f) + count * sizeof(f->lines[0]));
	f->tally = t;
	f->count = count;
	memcpy(f->lines, lines, count * sizeof(f->lines[0]));
	return f;
}

void cache_translate_insn(struct qemu_plugin_insn *insn, struct cache_tally *t)
{
	if (!model.wanted)
		return;
	look_for_forget(insn);
	qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS,
					 QEMU_PLUGIN_MEM_RW, t);
}

void cache_translate(struct qemu_plugin_tb *tb, size_t counted, struct cache_tally *t)
{
	struct fetch *f;

	if (!model.wanted)
		return;
	f = find_lines(tb, counted, t);
	if (f)
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_fetch, QEMU_PLUGIN_CB_NO_REGS, f);
	for (size_t i = 0; i < counted; i++)
		cache_translate_insn(qemu_plugin_tb_get_insn(tb, i), t);
}
