// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The model of caches: what it says is what the same written plainly says, whether each turn of a
 * string instruction is looked at or those that go on are only noted, and with both loops through the
 * misses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/plugin/accesses.h"
#include "collectors/plugin/behind.h"
#include "collectors/plugin/cache.h"
#include "collectors/plugin/l1.h"
#include "collectors/plugin/misses.h"
#include "collectors/plugin/streams.h"
#include "collectors/plugin/strings.h"
#include "collectors/plugin/tlb.h"
#include "lib/alloc.h"
#include "lib/random.h"
#include "tests/unit/plaincaches.h"

enum mode { PLAINLY, LOOKED_AT, NOTED, WAYS };

#define COPIES	  4000
#define KERNEL	  UINT64_C(0xffff888000000000)
#define SMALL	  UINT64_C(0xffffc90000000000) /* vmalloc: small pages */
#define PAGE	  4096
#define LOAD	  3 /* of 8 bytes */
#define STORE	  (3 | 1 << 16)
#define DEVICE	  (KERNEL + 0x10000000)
#define CODE_LINE 12345 /* of the string instruction, which goes on in the next one */
#define CODE_SETS 8
#define OTHERS	  5 /* lines of other code, more than a set has ways */

/* What QEMU says: memory begins at KERNEL and at SMALL, apart from the page of a device. */
struct qemu_plugin_hwaddr {
	uint64_t address;
};

struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(qemu_plugin_meminfo_t info, uint64_t address)
{
	static struct qemu_plugin_hwaddr where;

	(void)info;
	where.address = address;
	return &where;
}

bool qemu_plugin_hwaddr_is_io(const struct qemu_plugin_hwaddr *hwaddr)
{
	return hwaddr->address - DEVICE < PAGE;
}

uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *hwaddr)
{
	return hwaddr->address & (KERNEL - SMALL - 1) & 0xffffffffff;
}

unsigned int qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t info)
{
	return info & 0xf;
}

bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t info)
{
	return info >> 16;
}

/* With vectors, where this processor has them, only when turns are noted. */
static void make_caches(enum mode mode)
{
	assert_true(l1_make(8, 4));
	lru_make(&l1_code, CODE_SETS, 4);
	lru_make(&behind_l2, 32, 8);
	lru_make(&behind_llc, 128, 20);
	assert_true(tlb_make("dtlb4k", 4, 4));
	assert_true(tlb_make("dtlb2m", 2, 2));
	assert_true(tlb_make("stlb", 8, 6));
	assert_true(streams_make(8, 4));
	if (mode == NOTED)
		misses_open();
	assert_int_equal(l1_open(), 0);
	assert_true(strings_fit());
}

static struct plain_caches plain = {
	.l1d = { .sets = 8, .ways = 4 },
	.l1i = { .sets = CODE_SETS, .ways = 4 },
	.l2 = { .sets = 32, .ways = 8 },
	.llc = { .sets = 128, .ways = 20 },
	.dtlb4k = { .sets = 4, .ways = 4 },
	.dtlb2m = { .sets = 2, .ways = 2 },
	.stlb = { .sets = 8, .ways = 6 },
	.lines = 4,
};

static uint64_t physical_of(uint64_t address)
{
	return qemu_plugin_hwaddr_phys_addr(qemu_plugin_get_hwaddr(0, address));
}

static bool is_device(uint64_t address)
{
	return qemu_plugin_hwaddr_is_io(qemu_plugin_get_hwaddr(0, address));
}

static void load_or_store(enum mode mode, struct tally *t, qemu_plugin_meminfo_t info,
			  uint64_t address)
{
	uint64_t last = address + (UINT64_C(1) << qemu_plugin_mem_size_shift(info)) - 1;

	if (mode != PLAINLY) {
		accesses_on_access(0, info, address, t);
		return;
	}
	if (is_device(address))
		return;
	t->events[CACHE_ACCESSES]++;
	plain_line(&plain, t, address, physical_of(address));
	if ((address ^ last) & ~UINT64_C(63) && !is_device(last))
		plain_line(&plain, t, last, physical_of(last));
}

static void fetch(enum mode mode, struct fetch *f)
{
	for (size_t i = 0; i < f->count && mode == PLAINLY; i++)
		plain_fetch(&plain, f->tally, f->lines[i].line);
	if (mode == PLAINLY)
		return;
	if (f->count == 1)
		accesses_on_fetch_line(0, f);
	else
		accesses_on_fetch(0, f);
}

static void forget(enum mode mode, enum forget what)
{
	if (mode != PLAINLY)
		accesses_on_forget(0, &what);
	else if (what == FORGET_ALL)
		plain_drop_tlbs(&plain);
}

/* A few pages, so that both sides often meet in one set, page or line; also unaligned ones. */
static uint64_t place(struct random *r)
{
	static const uint64_t starts[] = { KERNEL + PAGE, KERNEL + 0x200000, SMALL + PAGE,
					   DEVICE - PAGE };
	uint64_t at = starts[random_next(r) % 4] + random_next(r) % 3 * PAGE;

	return at + random_next(r) % (PAGE / 8) * 8 + (random_next(r) % 4 ? 0 : random_next(r) % 8);
}

/*
 * Something else, as an interrupt or the next function: other code, another page table, other data.
 * The last is there in any case: what returns from an interrupt loads where to.
 */
static void interrupt(enum mode mode, struct random *r, struct tally *t,
		      struct fetch *const *others)
{
	static const enum forget whats[] = { FORGET_PAGE, FORGET_PROGRAMS, FORGET_ALL };

	if (random_next(r) % 4 == 0)
		fetch(mode, others[random_next(r) % OTHERS]);
	if (random_next(r) % 16 == 0)
		forget(mode, whats[random_next(r) % 3]);
	for (uint64_t n = 1 + random_next(r) % 4; n; n--)
		load_or_store(mode, t, LOAD, place(r));
}

static struct fetch *fetch_of(struct tally *t, uint64_t line, size_t count)
{
	struct fetch *f = xcalloc(1, sizeof(*f) + count * sizeof(f->lines[0]));

	f->tally = t;
	f->count = count;
	for (size_t i = 0; i < count; i++, line++)
		f->lines[i] = (struct fetch_line){ .first = lru_set(&l1_code, line),
						   .line = (uint32_t)line,
						   .entry = lru_entry(line) };
	return f;
}

/* Copies and fills, with something else between turns now and then; [0] is the string's tally. */
static void run(enum mode mode, struct tally *t)
{
	struct random r = { .state = 7 };
	struct fetch *f, *others[OTHERS];
	struct string *s;

	make_caches(mode);
	f = fetch_of(&t[0], CODE_LINE, 2);
	s = strings_make(f, 8);
	for (uint64_t i = 0; i < OTHERS; i++)
		others[i] = fetch_of(&t[1], CODE_LINE + 1 + (i + 1) * CODE_SETS, 1);
	for (size_t i = 0; i < COPIES; i++) {
		uint64_t from = place(&r), to = place(&r), turns = random_next(&r) % 100;
		bool fills = random_next(&r) % 3 == 0;
		int64_t step = random_next(&r) % 4 ? 8 : -8;

		for (; turns; turns--, from += (uint64_t)step, to += (uint64_t)step) {
			if (mode != NOTED)
				fetch(mode, f);
			if (!fills && mode == NOTED)
				strings_on_turn(0, LOAD, from, s);
			else if (!fills)
				load_or_store(mode, &t[0], LOAD, from);
			if (mode == NOTED)
				strings_on_turn(0, STORE, to, s);
			else
				load_or_store(mode, &t[0], STORE, to);
			if (random_next(&r) % 50 == 0)
				interrupt(mode, &r, &t[1], others);
		}
		interrupt(mode, &r, &t[1], others);
	}
	strings_settle();
	misses_settle();
	free(s);
	free(f);
	for (size_t i = 0; i < OTHERS; i++)
		free(others[i]);
}

/* The model is one in a process. */
static void run_apart(enum mode mode, struct tally *t)
{
	size_t len = 2 * sizeof(*t);
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		run(mode, t);
		_exit(write(ends[1], t, len) != (ssize_t)len);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], t, len), len);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void all_ways_say_the_same(void **state)
{
	struct tally t[WAYS][2] = { { { 0 } } };

	(void)state;
	for (enum mode mode = PLAINLY; mode < WAYS; mode++)
		run_apart(mode, t[mode]);
	for (size_t i = 0; i < CACHE_EVENTS; i++) {
		assert_true(t[PLAINLY][0].events[i] > 0);
		for (enum mode mode = LOOKED_AT; mode < WAYS; mode++) {
			assert_int_equal(t[mode][0].events[i], t[PLAINLY][0].events[i]);
			assert_int_equal(t[mode][1].events[i], t[PLAINLY][1].events[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_ways_say_the_same) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
