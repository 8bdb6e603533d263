// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * String instructions in the model of caches: what it says of them is the same whether each turn
 * is looked at, or those on the same lines are only counted.
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
#include "collectors/plugin/cache.h"
#include "collectors/plugin/levels.h"
#include "collectors/plugin/misses.h"
#include "collectors/plugin/tlb.h"
#include "lib/alloc.h"
#include "lib/random.h"

#define COPIES	  4000
#define KERNEL	  UINT64_C(0xffff888000000000)
#define SMALL	  UINT64_C(0xffffc90000000000) /* vmalloc: small pages */
#define PAGE	  4096
#define LOAD	  3 /* of 8 bytes */
#define STORE	  (3 | 1 << 16)
#define DEVICE	  (KERNEL + 0x10000000)
#define CODE_LINE 12345

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

static void make_caches(void)
{
	assert_true(accesses_make_l1d(8, 4));
	lru_make(&accesses_l1i, 8, 4);
	lru_make(&levels_l2, 32, 8);
	lru_make(&levels_llc, 128, 20);
	assert_true(tlb_make("dtlb4k", 4, 4));
	assert_true(tlb_make("dtlb2m", 2, 2));
	assert_true(tlb_make("stlb", 8, 6));
	assert_true(levels_stream(8, 4));
	assert_int_equal(accesses_open(), 0);
	assert_true(accesses_hold_two());
}

/* A few pages, so that both sides often meet in one set, page or line; also unaligned ones. */
static uint64_t place(struct random *r)
{
	static const uint64_t starts[] = { KERNEL, KERNEL + 0x200000, SMALL, DEVICE - PAGE };
	uint64_t at = starts[random_next(r) % 4] + random_next(r) % 3 * PAGE;

	return at + random_next(r) % (PAGE / 8) * 8 + (random_next(r) % 4 ? 0 : random_next(r) % 8);
}

/*
 * Something else, as an interrupt or the next function: other code, another page table, other data.
 * The last is there in any case: what returns from an interrupt loads where to.
 */
static void interrupt(struct random *r, struct cache_tally *t, struct fetch *f)
{
	static enum forget whats[] = { FORGET_PAGE, FORGET_PROGRAMS, FORGET_ALL };

	if (random_next(r) % 4 == 0)
		accesses_on_fetch_line(0, f);
	if (random_next(r) % 16 == 0)
		accesses_on_forget(0, &whats[random_next(r) % 3]);
	for (uint64_t n = 1 + random_next(r) % 4; n; n--)
		accesses_on_access(0, LOAD, place(r), t);
}

static struct fetch *fetch_of(struct cache_tally *t, uint64_t line)
{
	struct fetch *f = xcalloc(1, sizeof(*f) + sizeof(f->lines[0]));

	f->tally = t;
	f->count = 1;
	f->lines[0] = (struct fetch_line){ .first = lru_set(&accesses_l1i, line),
					   .line = line,
					   .entry = lru_entry(line) };
	return f;
}

/* Copies and fills, with something else between turns now and then; [0] is the string's tally. */
static void run(bool as_string, struct cache_tally *t)
{
	struct random r = { .state = 7 };
	struct fetch *f, *other;
	struct string s = { .room = 56 };

	make_caches();
	f = s.fetch = fetch_of(&t[0], CODE_LINE);
	other = fetch_of(&t[1], CODE_LINE + 8);
	for (size_t i = 0; i < COPIES; i++) {
		uint64_t from = place(&r), to = place(&r), turns = random_next(&r) % 100;
		bool fills = random_next(&r) % 3 == 0;
		int64_t step = random_next(&r) % 4 ? 8 : -8;

		for (; turns; turns--, from += (uint64_t)step, to += (uint64_t)step) {
			if (!as_string)
				accesses_on_fetch_line(0, f);
			if (!fills && as_string)
				accesses_on_string(0, LOAD, from, &s);
			else if (!fills)
				accesses_on_access(0, LOAD, from, &t[0]);
			if (as_string)
				accesses_on_string(0, STORE, to, &s);
			else
				accesses_on_access(0, STORE, to, &t[0]);
			if (random_next(&r) % 50 == 0)
				interrupt(&r, &t[1], other);
		}
		interrupt(&r, &t[1], other);
	}
	misses_settle();
	free(f);
	free(other);
}

/* The model is one in a process. */
static void run_apart(bool as_string, struct cache_tally *t)
{
	size_t len = 2 * sizeof(*t);
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		run(as_string, t);
		_exit(write(ends[1], t, len) != (ssize_t)len);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], t, len), len);
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void turns_are_counted_as_if_looked_at(void **state)
{
	struct cache_tally plain[2] = { { { 0 }, { 0 } } }, counted[2] = { { { 0 }, { 0 } } };

	(void)state;
	run_apart(false, plain);
	run_apart(true, counted);
	for (size_t i = 0; i < CACHE_EVENTS; i++) {
		assert_true(plain[0].count[i] > 0);
		assert_int_equal(counted[0].count[i], plain[0].count[i]);
		assert_int_equal(counted[1].count[i], plain[1].count[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(turns_are_counted_as_if_looked_at) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
