// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/hba/bytes.h"
#include "runner/hba/sgl.h"

#define GUEST 0x8000

struct fixture {
	struct memory m;
	struct refusals r;
	uint8_t frame[REQUEST_FRAME_BYTES];
	struct sgl s;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->m.pieces[0] = (struct memory_piece){ 0, GUEST, calloc(1, GUEST) };
	f->m.count = 1;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	refusals_release(&f->r);
	free(f->m.pieces[0].at);
	free(f);
	return 0;
}

static void put(uint8_t *at, uint64_t address, uint32_t length, uint8_t next, uint8_t flags)
{
	put_le64(at, address);
	put_le32(at + 8, length);
	at[14] = next;
	at[15] = flags;
}

static uint8_t *guest(struct fixture *f, uint64_t at)
{
	return f->m.pieces[0].at + at;
}

/*
 * As the driver builds it for SCSI I/O: one element and the chain element in the frame, full
 * segments of 7 and a chain element, a last one that ends. `count` pieces of 16 bytes, spread out.
 */
static void chained(struct fixture *f, unsigned int count)
{
	uint64_t segment = 0x1000;
	uint8_t *at = f->frame + 0x60;
	unsigned int room = 1;

	for (unsigned int i = 0; i < count; i++, at += 16) {
		if (!room) {
			unsigned int left = count - i;

			put(at, segment, left > 7 ? 128 : left * 16, left > 7 ? 7 : 0, 0x80);
			at = guest(f, segment);
			segment += 128;
			room = left > 7 ? 7 : left;
		}
		put(at, 0x4000 + i * 32, 16, 0, i == count - 1 ? 0x40 : 0);
		room--;
	}
}

static void test_walks_chains(void **state)
{
	struct fixture *f = *state;
	uint8_t data[30 * 16], back[30 * 16];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	chained(f, 30);
	sgl_init(&f->s, &f->m, &f->r, f->frame, 0x60, 7);
	assert_int_equal(sgl_to_guest(&f->s, data, sizeof(data)), 0);
	/* 1 in the frame, then 7 + 7 + 7 + 7 + 1. */
	assert_int_equal(f->s.chained, 5);
	for (size_t i = 0; i < 30; i++)
		assert_memory_equal(guest(f, 0x4000 + i * 32), data + i * 16, 16);
	assert_int_equal(*guest(f, 0x4000 + 16), 0);

	sgl_init(&f->s, &f->m, &f->r, f->frame, 0x60, 7);
	/* In pieces that have nothing to do with the elements. */
	assert_int_equal(sgl_from_guest(&f->s, back, 100), 0);
	assert_int_equal(sgl_from_guest(&f->s, back + 100, sizeof(back) - 100), 0);
	assert_memory_equal(back, data, sizeof(data));
	assert_int_equal(f->r.count, 0);
}

static void test_ends(void **state)
{
	struct fixture *f = *state;
	uint8_t data[17];

	put(f->frame + 0x60, 0x4000, 16, 0, 0x40);
	put(f->frame + 0x70, 0x5000, 16, 0, 0);
	sgl_init(&f->s, &f->m, &f->r, f->frame, 0x60, 0);
	assert_int_equal(sgl_from_guest(&f->s, data, 17), -1);
	assert_string_equal(f->r.first.items[0], "scatter-gather list is too short");
	sgl_init(&f->s, &f->m, &f->r, f->frame, 0x60, 0);
	assert_int_equal(sgl_from_guest(&f->s, data, 16), 0);
	/* A list that runs to the end of its frame without saying so. */
	f->frame[0x6f] = 0;
	sgl_init(&f->s, &f->m, &f->r, f->frame, 0x60, 0);
	assert_int_equal(sgl_from_guest(&f->s, data, 17), 0);
	assert_int_equal(sgl_from_guest(&f->s, data, 17), -1);
}

/* A segment that leads back to itself, with and without data in it. */
static void test_loop(void **state)
{
	struct fixture *f = *state;
	uint8_t data[64];

	put(f->frame + 0x60, 0x1000, 32, 1, 0x80);
	put(guest(f, 0x1000), 0x4000, 0, 0, 0);
	put(guest(f, 0x1010), 0x1000, 32, 1, 0x80);
	sgl_init(&f->s, &f->m, &f->r, f->frame, 0x60, 6);
	assert_int_equal(sgl_from_guest(&f->s, data, 64), -1);
	assert_string_equal(f->r.first.items[0], "scatter-gather list of more than 128 segments");
	put(guest(f, 0x1000), 0x4000, 1, 0, 0);
	sgl_init(&f->s, &f->m, &f->r, f->frame, 0x60, 6);
	assert_int_equal(sgl_from_guest(&f->s, data, 64), 0);
	for (int i = 0; i < 64; i++)
		assert_true(f->s.chained <= 128);
}

static void test_refusals(void **state)
{
	static const struct {
		uint64_t address;
		uint32_t length;
		uint8_t flags, chain;
		const char *said;
	} bad[] = {
		{ 0x4000, 16, 0x00, 6, "scatter-gather list: no chain element" },
		{ 0x4000, 16, 0x80, 0, "scatter-gather element with flags 0x80" },
		{ 0x4000, 16, 0x01, 0, "scatter-gather element with flags 0x01" },
		{ 0x1000, 8, 0x80, 6, "scatter-gather segment of 8 bytes" },
		{ 0x1000, 144, 0x80, 6, "scatter-gather segment of 144 bytes" },
		{ 0x1000, 24, 0x80, 6, "scatter-gather segment of 24 bytes" },
		{ GUEST - 16, 32, 0x80, 6, "scatter-gather segment at 0x7ff0 is not in memory" },
		{ GUEST - 8, 16, 0x40, 0, "data at 0x7ff8 is not in memory" },
		{ UINT64_MAX, 16, 0x40, 0, "data at 0xffffffffffffffff is not in memory" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct fixture *f = *state;
		uint8_t data[16];

		refusals_release(&f->r);
		put(f->frame + 0x60, bad[i].address, bad[i].length, 1, bad[i].flags);
		sgl_init(&f->s, &f->m, &f->r, f->frame, 0x60, bad[i].chain);
		assert_int_equal(sgl_from_guest(&f->s, data, 16), -1);
		assert_int_equal(f->r.count, 1);
		assert_string_equal(f->r.first.items[0], bad[i].said);
	}
}

/* Offsets of the request that point behind its frame. */
static void test_offsets(void **state)
{
	struct fixture *f = *state;
	uint8_t byte;

	for (unsigned int offset = 0x71; offset < 0x400; offset++) {
		sgl_init(&f->s, &f->m, &f->r, f->frame, offset, 0);
		assert_int_equal(sgl_from_guest(&f->s, &byte, 1), -1);
		sgl_init(&f->s, &f->m, &f->r, f->frame, offset, (uint8_t)(offset / 16));
		assert_int_equal(sgl_from_guest(&f->s, &byte, 1), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_walks_chains, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_loop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_offsets, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
