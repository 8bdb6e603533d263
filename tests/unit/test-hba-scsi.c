// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "runner/hba/bytes.h"
#include "runner/hba/mpi.h"
#include "runner/hba/scsi.h"

#define GUEST  0x20000
#define BLOCKS 2048 /* a MiB */

struct fixture {
	struct memory m;
	struct refusals r;
	struct disk disk;
	struct sgl sgl;
	uint8_t frame[REQUEST_FRAME_BYTES];
	uint8_t cdb[32];
	struct scsi_command c;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->m.pieces[0] = (struct memory_piece){ 0, GUEST, calloc(1, GUEST) };
	f->m.count = 1;
	assert_int_equal(disk_open(&f->disk, BLOCKS * DISK_BLOCK, NULL), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	disk_close(&f->disk);
	refusals_release(&f->r);
	free(f->m.pieces[0].at);
	free(f);
	return 0;
}

/* Runs f->cdb with all of the guest's memory as its data, but says that there is `room`. */
static void run(struct fixture *f, uint32_t room)
{
	put_le32(f->frame + 0x60 + 8, GUEST);
	f->frame[0x6f] = 0x40;
	sgl_init(&f->sgl, &f->m, &f->r, f->frame, 0x60, 0);
	f->c = (struct scsi_command){
		.cdb = f->cdb, .sgl = &f->sgl, .room = room, .number = 3, .lun = f->c.lun
	};
	scsi_run(&f->disk, &f->c);
}

static void cdb(struct fixture *f, size_t len, const char *bytes)
{
	memset(f->cdb, 0, sizeof(f->cdb));
	memcpy(f->cdb, bytes, len);
}

#define CDB(f, bytes) cdb(f, sizeof(bytes) - 1, bytes)

static uint8_t *guest(struct fixture *f)
{
	return f->m.pieces[0].at;
}

static void good(const struct fixture *f, uint32_t moved)
{
	assert_int_equal(f->c.status, MPI2_SCSI_STATUS_GOOD);
	assert_false(f->c.bad_list);
	assert_int_equal(f->c.moved, moved);
}

static void sense(const struct fixture *f, uint8_t key, uint8_t code)
{
	assert_int_equal(f->c.status, MPI2_SCSI_STATUS_CHECK_CONDITION);
	assert_int_equal(f->c.sense[0], 0x70);
	assert_int_equal(f->c.sense[2], key);
	assert_int_equal(f->c.sense[12], code);
}

static void test_describes_itself(void **state)
{
	struct fixture *f = *state;

	CDB(f, "\x12\0\0\0\xff\0");
	run(f, 255);
	good(f, 36);
	assert_int_equal(guest(f)[0], 0);
	assert_memory_equal(guest(f) + 8, "kab     memory disk     1   ", 28);
	CDB(f, "\x12\x01\x83\0\xff\0");
	run(f, 255);
	good(f, 16);
	assert_int_equal(get_be64(guest(f) + 8), scsi_disk_address(3));
	CDB(f, "\x12\x01\xb0\0\xff\0");
	run(f, 255);
	good(f, 64);
	assert_int_equal(get_be32(guest(f) + 20), 65536);
	CDB(f, "\x12\x01\xc7\0\xff\0");
	run(f, 255);
	sense(f, 5, 0x24);
	CDB(f, "\x25\0\0\0\0\0\0\0\0\0");
	run(f, 8);
	good(f, 8);
	assert_int_equal(get_be32(guest(f)), BLOCKS - 1);
	assert_int_equal(get_be32(guest(f) + 4), 512);
	CDB(f, "\x9e\x10\0\0\0\0\0\0\0\0\0\0\0\x20\0\0");
	run(f, 32);
	good(f, 32);
	assert_int_equal(get_be64(guest(f)), BLOCKS - 1);
}

/* Answers are cut to the allocation length, and to what the request has room for. */
static void test_cuts_answers(void **state)
{
	struct fixture *f = *state;

	memset(guest(f), 0xee, 64);
	CDB(f, "\x12\0\0\0\x05\0");
	run(f, 255);
	good(f, 5);
	assert_int_equal(guest(f)[5], 0xee);
	CDB(f, "\x12\0\0\0\xff\0");
	run(f, 3);
	good(f, 3);
	assert_int_equal(guest(f)[5], 0xee);
}

static void test_mode_pages(void **state)
{
	struct fixture *f = *state;

	CDB(f, "\x1a\0\x3f\0\xff\0");
	run(f, 255);
	good(f, 4 + 20 + 12 + 8);
	assert_int_equal(guest(f)[0], 4 + 20 + 12 + 8 - 1);
	CDB(f, "\x5a\0\x19\0\0\0\0\0\xff\0");
	run(f, 255);
	good(f, 8 + 8);
	assert_int_equal(guest(f)[8], 0x19);
	/* What can be changed: nothing. */
	CDB(f, "\x1a\0\x48\0\xff\0");
	run(f, 255);
	good(f, 24);
	assert_int_equal(guest(f)[4], 0x08);
	assert_int_equal(guest(f)[6], 0);
	CDB(f, "\x1a\0\x01\0\xff\0");
	run(f, 255);
	sense(f, 5, 0x24);
}

static void test_moves_blocks(void **state)
{
	struct fixture *f = *state;

	memset(guest(f), 0x5a, 1024);
	CDB(f, "\x2a\0\0\0\0\x10\0\0\x02\0");
	run(f, 1024);
	good(f, 1024);
	assert_int_equal(f->disk.data[0x10 * 512], 0x5a);
	assert_int_equal(f->disk.data[0x12 * 512 - 1], 0x5a);
	assert_int_equal(f->disk.data[0x12 * 512], 0);
	memset(guest(f), 0, 4096);
	CDB(f, "\x88\0\0\0\0\0\0\0\0\x11\0\0\0\x01\0\0");
	run(f, 512);
	good(f, 512);
	assert_int_equal(guest(f)[511], 0x5a);
	assert_int_equal(guest(f)[512], 0);
	/* 6 bytes, where 0 is 256 blocks; and 12. */
	CDB(f, "\x08\0\x07\0\0\0");
	run(f, 256 * 512);
	good(f, 256 * 512);
	CDB(f, "\xa8\0\0\0\x07\xff\0\0\0\x01\0\0");
	run(f, 512);
	good(f, 512);
}

static void test_keeps_to_the_disk(void **state)
{
	struct fixture *f = *state;

	CDB(f, "\x28\0\0\0\x07\xff\0\0\x02\0"); /* the last block, and one more */
	run(f, 1024);
	sense(f, 5, 0x21);
	CDB(f, "\x8a\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x02\0\0");
	run(f, 1024);
	sense(f, 5, 0x21);
	CDB(f, "\x88\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0");
	run(f, 1024);
	sense(f, 5, 0x21);
	/* More blocks than the request has room for. */
	CDB(f, "\x28\0\0\0\0\0\0\0\x02\0");
	run(f, 1023);
	sense(f, 5, 0x24);
	assert_int_equal(f->c.moved, 0);
}

static void unmap(struct fixture *f, uint64_t block, uint32_t count)
{
	memset(guest(f), 0, 24);
	put_be16(guest(f), 22);
	put_be16(guest(f) + 2, 16);
	put_be64(guest(f) + 8, block);
	put_be32(guest(f) + 16, count);
	CDB(f, "\x42\0\0\0\0\0\0\0\x18\0");
	run(f, 24);
}

static void test_unmaps(void **state)
{
	struct fixture *f = *state;

	memset(f->disk.data, 0x77, BLOCKS * DISK_BLOCK);
	unmap(f, 3, 40);
	good(f, 24);
	assert_int_equal(f->disk.data[3 * 512 - 1], 0x77);
	for (size_t i = 3 * 512; i < 43 * 512; i++)
		assert_int_equal(f->disk.data[i], 0);
	assert_int_equal(f->disk.data[43 * 512], 0x77);
	unmap(f, BLOCKS - 1, 2);
	sense(f, 5, 0x21);
	assert_int_equal(f->disk.data[BLOCKS * 512 - 1], 0x77);
	/* A list that is longer than what came. */
	unmap(f, 0, 1);
	put_be16(guest(f) + 2, 32);
	run(f, 24);
	sense(f, 5, 0x26);
	assert_int_equal(f->disk.data[0], 0);
	assert_int_equal(f->disk.data[512], 0x77);
}

static void test_other_units_and_opcodes(void **state)
{
	struct fixture *f = *state;

	CDB(f, "\xff");
	run(f, 0);
	sense(f, 5, 0x20);
	f->c.lun = 1;
	CDB(f, "\x28\0\0\0\0\0\0\0\x01\0");
	run(f, 512);
	sense(f, 5, 0x25);
	f->c.lun = 1;
	CDB(f, "\x12\0\0\0\xff\0");
	run(f, 255);
	good(f, 36);
	assert_int_equal(guest(f)[0], 0x7f);
}

/* A file keeps what is written, also when it is opened again. */
static void test_file(void **state)
{
	char path[] = "/tmp/test-hba-disk.XXXXXX";
	int fd = mkstemp(path);
	struct stat st;
	struct disk d;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(disk_open(&d, 1 << 20, path), 0);
	memcpy(d.data + 512, "kept", 5);
	assert_int_equal(disk_flush(&d), 0);
	disk_discard(&d, 0, 1);
	disk_close(&d);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1 << 20);
	assert_int_equal(disk_open(&d, 1 << 20, path), 0);
	assert_string_equal((char *)d.data + 512, "kept");
	assert_true(disk_has(&d, 2047, 1));
	assert_false(disk_has(&d, 2047, 2));
	assert_false(disk_has(&d, UINT64_MAX, 2));
	disk_close(&d);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_describes_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cuts_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mode_pages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_moves_blocks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keeps_to_the_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unmaps, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_units_and_opcodes, set_up, tear_down),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
