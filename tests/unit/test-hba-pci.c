// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/hba/msix.h"

struct fixture {
	struct pciconfig pci;
	struct msix x;
	struct refusals r;
	uint64_t address;
	uint32_t data;
	unsigned int sent;
};

static int take(void *ctx, uint64_t address, uint32_t data)
{
	struct fixture *f = ctx;

	f->address = address;
	f->data = data;
	f->sent++;
	return 0;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	pciconfig_reset(&f->pci);
	msix_reset(&f->x);
	f->x.send = take;
	f->x.ctx = f;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	refusals_release(&f->r);
	free(f);
	return 0;
}

static uint32_t config(const struct fixture *f, uint32_t addr, int len)
{
	uint32_t value;

	assert_true(pciconfig_read(&f->pci, addr, len, &value));
	return value;
}

/* What QEMU does to find the size of BARs: write all ones, read, and write back. */
static void test_bars(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(config(f, 0, 4), 0x00971000);
	assert_int_equal(config(f, 0x0a, 2), 0x0107);
	for (uint32_t addr = 0x10; addr <= 0x30; addr += 4) {
		uint32_t before = config(f, addr, 4);

		assert_true(pciconfig_write(&f->pci, addr, 4, UINT32_MAX));
		if (addr == 0x14)
			assert_int_equal(config(f, addr, 4), 0xffff0000); /* 64 KiB, 32-bit */
		else
			assert_int_equal(config(f, addr, 4), before);
		assert_true(pciconfig_write(&f->pci, addr, 4, before));
	}
}

/* Only what is writable changes, whatever the width. */
static void test_write_masks(void **state)
{
	struct fixture *f = *state;

	assert_true(pciconfig_write(&f->pci, 0, 4, 0));
	assert_int_equal(config(f, 0, 4), 0x00971000);
	assert_true(pciconfig_write(&f->pci, 4, 4, UINT32_MAX));
	assert_int_equal(config(f, 4, 4), 0x00100547);
	assert_true(pciconfig_write(&f->pci, 0x50, 4, UINT32_MAX));
	assert_int_equal(config(f, 0x50, 4), 0xc0070011);
	assert_true(pciconfig_write(&f->pci, 0x53, 1, 0x80));
	assert_true(pciconfig_msix_on(&f->pci));
}

static void test_odd_accesses(void **state)
{
	struct fixture *f = *state;
	uint32_t value;

	assert_false(pciconfig_read(&f->pci, 0xfd, 4, &value));
	assert_false(pciconfig_read(&f->pci, UINT32_MAX, 1, &value));
	assert_false(pciconfig_read(&f->pci, 0, 3, &value));
	assert_false(pciconfig_read(&f->pci, 0, -1, &value));
	assert_false(pciconfig_write(&f->pci, 0x100, 1, 0));
	assert_true(pciconfig_read(&f->pci, 0xff, 1, &value));
}

static void set_vector(struct fixture *f, uint32_t vector, uint32_t address)
{
	msix_write(&f->x, HBA_TABLE + vector * 16, address);
	msix_write(&f->x, HBA_TABLE + vector * 16 + 8, 0x40 + vector);
}

/* Sent only when on as a whole, not masked as a whole, and the vector not masked. */
static void test_masks(void **state)
{
	struct fixture *f = *state;

	set_vector(f, 3, 0xfee02000);
	msix_fire(&f->x, &f->pci, 3, &f->r);
	assert_int_equal(f->sent, 0);
	assert_int_equal(msix_read(&f->x, HBA_PBA), 1u << 3);
	assert_true(pciconfig_write(&f->pci, 0x52, 2, 0xc000));
	msix_flush(&f->x, &f->pci, &f->r);
	msix_write(&f->x, HBA_TABLE + 3 * 16 + 12, 0);
	msix_flush(&f->x, &f->pci, &f->r);
	assert_int_equal(f->sent, 0);
	assert_true(pciconfig_write(&f->pci, 0x52, 2, 0x8000));
	msix_flush(&f->x, &f->pci, &f->r);
	assert_int_equal(f->sent, 1);
	assert_int_equal(f->address, 0xfee02000);
	assert_int_equal(f->data, 0x43);
	assert_int_equal(msix_read(&f->x, HBA_PBA), 0);
	msix_flush(&f->x, &f->pci, &f->r);
	assert_int_equal(f->sent, 1);
	msix_fire(&f->x, &f->pci, 3, &f->r);
	assert_int_equal(f->sent, 2);
}

/* A message to the adapter's own registers would deadlock QEMU; elsewhere it would be a write. */
static void test_only_to_the_apic(void **state)
{
	static const uint32_t bad[] = { 0xfebf0000, 0x1000, 0xfef00000, 0xfedffffc, 0xfee00002 };
	struct fixture *f = *state;

	assert_true(pciconfig_write(&f->pci, 0x52, 2, 0x8000));
	msix_write(&f->x, HBA_TABLE + 12, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		set_vector(f, 0, bad[i]);
		msix_fire(&f->x, &f->pci, 0, &f->r);
		assert_int_equal(f->r.count, i + 1);
	}
	set_vector(f, 0, 0xfee00000);
	msix_write(&f->x, HBA_TABLE + 4, 1);
	msix_fire(&f->x, &f->pci, 0, &f->r);
	assert_int_equal(f->sent, 0);
	assert_int_equal(f->x.sent, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_bars),  TEST(test_write_masks),      TEST(test_odd_accesses),
		TEST(test_masks), TEST(test_only_to_the_apic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
