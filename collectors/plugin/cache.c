// SPDX-License-Identifier: GPL-2.0-or-later
#include "cache.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "accesses.h"
#include "behind.h"
#include "l1.h"
#include "lib/alloc.h"
#include "lru.h"
#include "misses.h"
#include "streams.h"
#include "strings.h"
#include "tlb.h"

#define PAGE_MASK   ((UINT64_C(1) << TLB_PAGE_SHIFT) - 1)
#define SETS_MAX    (1 << 24)
#define FETCH_LINES 256 /* a block does not leave two pages */
#define KEPT	    (1 << 16)

static struct model {
	bool wanted;
	unsigned long line;
	unsigned long stream_pages, stream_lines;
	const char *cost;
	uint64_t host_base; /* where QEMU has the guest's first byte; 0: not known yet */
} model;

/*
 * Options.
 */
static const struct part {
	const char *name;
	struct lru *cache; /* or NULL */
} parts[] = {
	{ "l1d", NULL },    { "l1i", &l1_code }, { "l2", &behind_l2 }, { "llc", &behind_llc },
	{ "dtlb4k", NULL }, { "dtlb2m", NULL },	 { "stlb", NULL },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

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

static int set_line(const char *option, const char *value)
{
	model.line = strtoul(value, NULL, 10);
	return model.line == UINT64_C(1) << LRU_LINE_SHIFT ? 1 : refuse(option);
}

static int set_stream(const char *option, const char *value)
{
	return pair(value, &model.stream_pages, &model.stream_lines) ? 1 : refuse(option);
}

static int set_cost(const char *option, const char *value)
{
	(void)option;
	model.cost = strdup(value);
	return 1;
}

static const struct setting {
	const char *name;
	int (*set)(const char *option, const char *value);
} settings[] = { { "line", set_line }, { "stream", set_stream }, { "cost", set_cost } };

/* False when it is there. */
static bool make_part(const struct part *p, uint64_t sets, uint32_t ways)
{
	if (!p->cache)
		return !strcmp(p->name, "l1d") ? l1_make(sets, ways)
					       : tlb_make(p->name, sets, ways);
	if (p->cache->places)
		return false;
	lru_make(p->cache, sets, ways);
	return true;
}

static int take_part(const struct part *p, const char *option, const char *value)
{
	unsigned long sets, ways;

	if (!pair(value, &sets, &ways) || !power_of_two(sets) || sets > SETS_MAX || !ways ||
	    ways > LRU_WAYS_MAX || !make_part(p, sets, (uint32_t)ways))
		return refuse(option);
	return 1;
}

static bool names(const char *option, size_t len, const char *name)
{
	return strlen(name) == len && !strncmp(option, name, len);
}

int cache_option(const char *option)
{
	const char *value = strchr(option, '=');
	size_t len = value ? (size_t)(value++ - option) : 0;

	for (size_t i = 0; len && i < PARTS; i++)
		if (names(option, len, parts[i].name))
			return take_part(&parts[i], option, value);
	for (size_t i = 0; len && i < sizeof(settings) / sizeof(settings[0]); i++)
		if (names(option, len, settings[i].name))
			return settings[i].set(option, value);
	return 0;
}

int cache_open(void)
{
	size_t have = l1_is_made() + tlb_is_made() + (model.cost != NULL) + (model.line != 0);
	size_t wanted = 4;

	for (size_t i = 0; i < PARTS; i++) {
		have += parts[i].cache && parts[i].cache->places;
		wanted += parts[i].cache != NULL;
	}
	if (!have)
		return 0;
	if (have < wanted) {
		fputs("kab-plugin: a part of the caches is missing\n", stderr);
		return -1;
	}
	if (!streams_make(model.stream_pages, model.stream_lines)) {
		fputs("kab-plugin: the stream has too many pages or lines\n", stderr);
		return -1;
	}
	misses_open();
	model.wanted = true;
	return l1_open();
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

void cache_settle(void)
{
	strings_settle();
	misses_settle();
}

void cache_write(FILE *out, const struct tally *t, const struct tally *before)
{
	for (size_t i = 0; i < CACHE_EVENTS; i++)
		fprintf(out, " %" PRIx64, t->events[i] - before->events[i]);
}

void cache_add(const struct tally *t, const struct tally *before, uint64_t *totals)
{
	for (size_t i = 0; i < CACHE_EVENTS; i++)
		totals[i] += t->events[i] - before->events[i];
}

bool cache_used(const struct tally *t, const struct tally *before)
{
	return memcmp(t->events, before->events, sizeof(t->events)) != 0;
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
	qemu_plugin_register_vcpu_insn_exec_cb(insn, accesses_on_forget, QEMU_PLUGIN_CB_NO_REGS,
					       &whats[what]);
}

static uint64_t code_host(const struct qemu_plugin_insn *insn)
{
	return (uint64_t)(uintptr_t)qemu_plugin_insn_haddr(insn);
}

/*
 * Where the code lies in the guest's memory: QEMU tells where it has it itself, and the kernel's
 * own code, at a place that is known without a randomised layout, says where that begins.
 */
void cache_find_memory(const struct qemu_plugin_insn *insn)
{
	uint64_t address = qemu_plugin_insn_vaddr(insn);

	if (address >= TLB_KERNEL && address < TLB_KERNEL_END && code_host(insn))
		model.host_base = code_host(insn) - (address - TLB_KERNEL);
}

/* Adds the lines of an instruction, of the last one in a page those in that page. */
static size_t add_lines(const struct qemu_plugin_insn *insn, uint64_t *lines, size_t count)
{
	uint64_t first = code_host(insn), last = first + qemu_plugin_insn_size(insn) - 1;

	if (!first || !model.host_base)
		return count;
	if ((first ^ last) & ~PAGE_MASK)
		last = first | PAGE_MASK;
	first = (first - model.host_base) >> LRU_LINE_SHIFT;
	last = (last - model.host_base) >> LRU_LINE_SHIFT;
	for (uint64_t line = first; line <= last && count < FETCH_LINES; line++)
		if (!count || lines[count - 1] != line)
			lines[count++] = line;
	return count;
}

/*
 * Memory until the process ends, as the translated code has its address. What is translated one after
 * the other is often executed so, so it lies side by side.
 */
static void *keep(size_t size)
{
	static char *from;
	static size_t left;
	void *kept;

	size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (size > left) {
		left = size > KEPT ? size : KEPT;
		from = xcalloc(1, left);
	}
	kept = from;
	from += size;
	left -= size;
	return kept;
}

static struct fetch *find_lines(struct qemu_plugin_tb *tb, size_t counted, struct tally *t)
{
	uint64_t lines[FETCH_LINES];
	size_t count = 0;
	struct fetch *f;

	for (size_t i = 0; i < counted; i++)
		count = add_lines(qemu_plugin_tb_get_insn(tb, i), lines, count);
	if (!count)
		return NULL;
	f = keep(sizeof(*f) + count * sizeof(f->lines[0]));
	f->tally = t;
	f->count = count;
	for (size_t i = 0; i < count; i++)
		f->lines[i] = (struct fetch_line){ .first = lru_set(&l1_code, lines[i]),
						   .line = (uint32_t)lines[i],
						   .entry = lru_entry(lines[i]) };
	return f;
}

void cache_translate_insn(struct qemu_plugin_insn *insn, struct tally *t)
{
	if (!model.wanted)
		return;
	look_for_forget(insn);
	qemu_plugin_register_vcpu_mem_cb(insn, accesses_on_access, QEMU_PLUGIN_CB_NO_REGS,
					 QEMU_PLUGIN_MEM_RW, t);
}

/*
 * How many bytes each turn of "rep movs" or "rep stos" moves; 0 for all other instructions.
 * Prefixes: F3 is rep, 66 makes 2 bytes of 4, REX with W (48 to 4F) 8 bytes.
 */
static uint64_t string_size(const struct qemu_plugin_insn *insn)
{
	const uint8_t *b = qemu_plugin_insn_data(insn);
	size_t len = qemu_plugin_insn_size(insn);
	uint64_t size = 4;
	bool repeats = false;

	for (; len > 1; b++, len--) {
		if (*b == 0xf3)
			repeats = true;
		else if (*b == 0x66)
			size = 2;
		else if ((*b & 0xf8) == 0x48)
			size = 8;
		else if ((*b & 0xf0) != 0x40)
			return 0;
	}
	if (!repeats)
		return 0;
	switch (*b) {
	case 0xa4: /* movsb */
	case 0xaa: /* stosb */
		return 1;
	case 0xa5: /* movsw, movsl, movsq */
	case 0xab: /* stosw, stosl, stosq */
		return size;
	default:
		return 0;
	}
}

static bool translate_string(struct qemu_plugin_insn *insn, struct fetch *f)
{
	uint64_t size = string_size(insn);

	if (!size || !strings_fit())
		return false;
	qemu_plugin_register_vcpu_mem_cb(insn, strings_on_turn, QEMU_PLUGIN_CB_NO_REGS,
					 QEMU_PLUGIN_MEM_RW, strings_make(f, size));
	return true;
}

void cache_translate(struct qemu_plugin_tb *tb, size_t counted, struct tally *t)
{
	struct fetch *f;

	if (!model.wanted)
		return;
	if (!model.host_base)
		cache_find_memory(qemu_plugin_tb_get_insn(tb, 0));
	f = find_lines(tb, counted, t);
	if (f && counted == 1 && translate_string(qemu_plugin_tb_get_insn(tb, 0), f))
		return;
	if (f)
		qemu_plugin_register_vcpu_tb_exec_cb(
			tb, f->count == 1 ? accesses_on_fetch_line : accesses_on_fetch,
			QEMU_PLUGIN_CB_NO_REGS, f);
	for (size_t i = 0; i < counted; i++)
		cache_translate_insn(qemu_plugin_tb_get_insn(tb, i), t);
}
