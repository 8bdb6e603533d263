// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/hba/bytes.h"
#include "runner/hba/device.h"
#include "runner/hba/mpi.h"

#define GUEST 0x10000

/* Where the driver of these tests keeps its queues. */
enum {
	FRAMES = 0x1000,
	POSTS = 0x2000,
	FREES = 0x3000,
	REPLIES = 0x4000,
	SENSE = 0x6000,
	DATA = 0x8000,
	DEPTH = 16,
};

struct fixture {
	struct hba hba;
	uint8_t *guest;
	unsigned int messages;
	uint32_t data; /* of the last message */
	unsigned int posted, replied;
	uint8_t reply[REPLY_FRAME_BYTES];
	uint64_t descriptor;
};

static int send_message(void *ctx, uint64_t address, uint32_t data)
{
	struct fixture *f = ctx;

	assert_int_equal(address, 0xfee01000);
	f->messages++;
	f->data = data;
	return 0;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(hba_init(&f->hba, 2, 1, NULL), 0);
	f->guest = calloc(1, GUEST);
	f->hba.memory.pieces[0] = (struct memory_piece){ 0, GUEST, f->guest };
	f->hba.memory.count = 1;
	f->hba.msix.send = send_message;
	f->hba.msix.ctx = f;
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	f->hba.memory.count = 0;
	hba_release(&f->hba);
	free(f->guest);
	free(f);
	return 0;
}

static uint32_t doorbell(struct fixture *f)
{
	return (uint32_t)hba_bar_read(&f->hba, 0, 4);
}

static bool interrupt_status(struct fixture *f)
{
	return hba_bar_read(&f->hba, 0x30, 4) & 1;
}

/* The driver's side of a handshake, step by step; the length of the reply. */
static size_t handshake(struct fixture *f, const uint8_t *request, size_t len, uint8_t *reply)
{
	size_t words = 2, n = 0;

	assert_false(doorbell(f) & MPI2_DOORBELL_USED);
	hba_bar_write(&f->hba, 0, 4, 0x42000000 | (uint32_t)(len / 4) << 16);
	assert_true(interrupt_status(f));
	hba_bar_write(&f->hba, 0x30, 4, 0);
	assert_false(interrupt_status(f));
	for (size_t i = 0; i < len; i += 4)
		hba_bar_write(&f->hba, 0, 4, get_le32(request + i));
	while (n < words) {
		assert_true(interrupt_status(f));
		assert_true(doorbell(f) & MPI2_DOORBELL_USED);
		put_le16(reply + n * 2, (uint16_t)doorbell(f));
		hba_bar_write(&f->hba, 0x30, 4, 0);
		if (++n == 2)
			words = reply[2] * 2u;
	}
	/* Once more, with the handshake over. */
	assert_true(interrupt_status(f));
	assert_false(doorbell(f) & MPI2_DOORBELL_USED);
	hba_bar_write(&f->hba, 0x30, 4, 0);
	assert_false(interrupt_status(f));
	return n * 2;
}

static void bring_up(struct fixture *f)
{
	uint8_t request[0x48] = { 4, 0, 0, MPI2_FUNCTION_IOC_INIT }, reply[128];

	request[0x17] = 1;
	put_le16(request + 0x1a, REQUEST_FRAME_DWORDS);
	put_le16(request + 0x1c, DEPTH);
	put_le16(request + 0x1e, DEPTH);
	put_le64(request + 0x28, FRAMES);
	put_le64(request + 0x30, POSTS);
	put_le64(request + 0x38, FREES);
	for (uint32_t i = 0; i < DEPTH; i++)
		put_le32(f->guest + FREES + i * 4, REPLIES + i * 128);
	assert_int_equal(handshake(f, request, sizeof(request), reply), 20);
	assert_int_equal(get_le16(reply + 0x0e), 0);
	assert_int_equal(doorbell(f) >> 28, 2);
	hba_config_write(&f->hba, 0x52, 2, 0x8000);
	hba_bar_write(&f->hba, 0x2000, 4, 0xfee01000);
	hba_bar_write(&f->hba, 0x2008, 4, 0x26);
	hba_bar_write(&f->hba, 0x200c, 4, 0);
	hba_bar_write(&f->hba, 0x48, 4, DEPTH - 1);
}

static uint8_t *frame(struct fixture *f, uint16_t smid, uint8_t function)
{
	uint8_t *at = f->guest + FRAMES + smid * REQUEST_FRAME_BYTES;

	memset(at, 0, REQUEST_FRAME_BYTES);
	at[3] = function;
	return at;
}

/* Takes the next reply descriptor, as the driver's interrupt handler does. */
static void take_reply(struct fixture *f)
{
	f->descriptor = get_le64(f->guest + POSTS + f->posted * 8);
	f->posted = (f->posted + 1) % DEPTH;
	if ((f->descriptor & 0xff) == MPI2_RPY_DESCRIPT_FLAGS_ADDRESS_REPLY) {
		memcpy(f->reply, f->guest + (f->descriptor >> 32), sizeof(f->reply));
		f->replied = (f->replied + 1) % DEPTH;
		hba_bar_write(&f->hba, 0x48, 4, (f->replied + DEPTH - 1) % DEPTH);
	}
	hba_bar_write(&f->hba, 0x6c, 4, f->posted);
}

static void post(struct fixture *f, uint16_t smid)
{
	hba_bar_write(&f->hba, 0xc0, 8, 8 | (uint64_t)smid << 16);
}

/* Posts, and checks that the reply of this request has come with one message. */
static void run(struct fixture *f, uint16_t smid)
{
	unsigned int before = f->messages;

	post(f, smid);
	assert_int_equal(f->messages, before + 1);
	assert_int_equal(f->data, 0x26);
	take_reply(f);
	assert_int_equal(f->descriptor >> 16 & 0xffff, smid);
}

static uint16_t status(const struct fixture *f)
{
	return get_le16(f->reply + 0x0e);
}

/* The figures from which the driver computes 37 x 10,107 chain segments. */
static void test_facts(void **state)
{
	const uint8_t request[12] = { 0, 0, 0, MPI2_FUNCTION_IOC_FACTS };
	struct fixture *f = *state;
	uint8_t r[128];
	unsigned int credit, internal, main_sges, chain_sges;

	assert_int_equal(handshake(f, request, sizeof(request), r), 68);
	credit = get_le16(r + 0x18);
	internal = get_le16(r + 0x32) + 5u;
	main_sges = (get_le16(r + 0x24) * 4u - 0x60 - 16) / 16;
	chain_sges = (get_le16(r + 0x26) * 16u - 16) / 16;
	assert_int_equal(main_sges, 1);
	assert_int_equal((credit - internal) * ((256 - 1) / chain_sges + 1), 373959);
	assert_int_equal((credit - internal) * ((128 - 1) / chain_sges + 1), 192033);
	assert_true(r[0x14] >= 37);
	assert_true(get_le32(r + 0x1c) & 0x2000); /* EVENT_REPLAY */
}

static void test_port_facts_and_unknown(void **state)
{
	const uint8_t port[12] = { 0, 0, 0, MPI2_FUNCTION_PORT_FACTS, 0, 0, 3 };
	const uint8_t odd[4] = { 0, 0, 0, 0x77 };
	struct fixture *f = *state;
	uint8_t r[128];

	assert_int_equal(handshake(f, port, sizeof(port), r), 28);
	assert_int_equal(r[6], 3);
	assert_int_equal(handshake(f, odd, sizeof(odd), r), 20);
	assert_int_equal(get_le16(r + 0x0e), MPI2_IOCSTATUS_INVALID_FUNCTION);
	assert_int_equal(f->hba.counts.unknown, 1);
	assert_int_equal(f->hba.counts.handshakes, 2);
}

static void test_init_refuses(void **state)
{
	uint8_t request[0x48] = { 4, 0, 0, MPI2_FUNCTION_IOC_INIT }, r[128];
	struct fixture *f = *state;

	request[0x17] = HBA_VECTORS + 1;
	put_le16(request + 0x1a, REQUEST_FRAME_DWORDS);
	put_le16(request + 0x1c, DEPTH);
	put_le16(request + 0x1e, DEPTH);
	assert_int_equal(handshake(f, request, sizeof(request), r), 20);
	assert_int_equal(get_le16(r + 0x0e), MPI2_IOCSTATUS_INVALID_FIELD);
	assert_int_equal(doorbell(f) >> 28, 1);
	/* And a request that is too short for what it says it is. */
	request[0x17] = 1;
	assert_int_equal(handshake(f, request, 12, r), 20);
	assert_int_equal(get_le16(r + 0x0e), MPI2_IOCSTATUS_INVALID_FIELD);
	post(f, 1);
	assert_int_equal(f->messages, 0);
}

static void test_event_notification(void **state)
{
	struct fixture *f = *state;

	bring_up(f);
	frame(f, 3, MPI2_FUNCTION_EVENT_NOTIFICATION);
	run(f, 3);
	assert_int_equal(f->reply[3], MPI2_FUNCTION_EVENT_NOTIFICATION);
	assert_int_equal(f->reply[2], 8);
	assert_int_equal(status(f), 0);
}

/* Discovery begins, two disks, discovery ends, and only then the port is enabled. */
static void test_port_enable(void **state)
{
	struct fixture *f = *state;

	bring_up(f);
	frame(f, 3, MPI2_FUNCTION_PORT_ENABLE);
	post(f, 3);
	assert_int_equal(f->messages, 1);
	for (int i = 0; i < 4; i++) {
		take_reply(f);
		assert_int_equal(f->descriptor >> 16 & 0xffff, 0);
		assert_int_equal(get_le16(f->reply + 0x14), i == 0 || i == 3 ? 0x16 : 0x1c);
		if (i == 1 || i == 2)
			assert_int_equal(get_le16(f->reply + 0x1c + 0x0c), 9 + i - 1);
	}
	take_reply(f);
	assert_int_equal(f->descriptor >> 16 & 0xffff, 3);
	assert_int_equal(f->reply[3], MPI2_FUNCTION_PORT_ENABLE);
	assert_int_equal(f->hba.counts.events, 4);
}

/* A CONFIG request for a page; its image goes to DATA. */
static void ask_page(struct fixture *f, uint8_t action, uint8_t type, uint8_t ext, uint8_t number,
		     uint32_t address)
{
	uint8_t *at = frame(f, 5, MPI2_FUNCTION_CONFIG);

	at[0] = action;
	at[6] = ext;
	at[0x16] = number;
	at[0x17] = type;
	put_le32(at + 0x18, address);
	put_le32(at + 0x1c, action ? 0xd2000000 | 512 : 0);
	put_le64(at + 0x20, DATA);
	run(f, 5);
	/* What the driver panics on. */
	assert_int_equal(f->reply[0x17] & 0xf, type & 0xf);
	assert_int_equal(f->reply[6], ext);
}

static void test_pages(void **state)
{
	static const struct {
		uint8_t type, ext, number;
		uint32_t address, bytes;
	} pages[] = {
		{ 9, 0, 0, 0, 0x4c },
		{ 9, 0, 11, 0, 0x5c },
		{ 2, 0, 2, 0, 0x74 },
		{ 2, 0, 3, 0, 0x30 },
		{ 1, 0, 8, 0, 0x18 },
		{ 0, 0, 0, 0, 0x14 },
		{ 0, 0, 1, 0, 0x08 },
		{ 0, 0, 8, 0, 0x10 },
		{ 15, 0x10, 0, 0, 0xb0 },
		{ 15, 0x10, 1, 0, 0x74 },
		{ 15, 0x13, 0, 1, 0x20 },
		{ 15, 0x12, 0, 0x20000001, 0x38 },
		{ 15, 0x12, 0, 0x2000000a, 0x38 },
	};
	struct fixture *f = *state;

	bring_up(f);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		bool ext = pages[i].type == 15;

		ask_page(f, 0, pages[i].type, pages[i].ext, pages[i].number, 0);
		assert_int_equal(status(f), 0);
		assert_int_equal(ext ? get_le16(f->reply + 4) * 4 : f->reply[0x15] * 4,
				 pages[i].bytes);
		memset(f->guest + DATA, 0xee, 512);
		ask_page(f, 1, pages[i].type, pages[i].ext, pages[i].number, pages[i].address);
		assert_int_equal(status(f), 0);
		assert_int_equal(f->guest[DATA + 3] & 0xf, pages[i].type);
		if (ext)
			assert_int_equal(f->guest[DATA + 6], pages[i].ext);
		assert_int_equal(f->guest[DATA + pages[i].bytes], 0xee);
	}
	assert_memory_equal(f->guest + DATA + 0x18, "\x0a\0", 2); /* DevHandle of the last */
}

static void test_pages_that_are_not_there(void **state)
{
	struct fixture *f = *state;

	bring_up(f);
	ask_page(f, 0, 9, 0, 99, 0);
	assert_int_equal(status(f), MPI2_IOCSTATUS_CONFIG_INVALID_PAGE);
	ask_page(f, 1, 15, 0x12, 0, 0x2000000b); /* a third disk */
	assert_int_equal(status(f), MPI2_IOCSTATUS_CONFIG_INVALID_PAGE);
	ask_page(f, 1, 15, 0x13, 0, 8); /* a ninth phy */
	assert_int_equal(status(f), MPI2_IOCSTATUS_CONFIG_INVALID_PAGE);
	ask_page(f, 9, 9, 0, 0, 0);
	assert_int_equal(status(f), MPI2_IOCSTATUS_CONFIG_INVALID_ACTION);
}

/* What the driver does after a reset: from handle to handle, to the end. */
static void test_next_handles(void **state)
{
	struct fixture *f = *state;
	uint32_t handle = 0xffff;
	unsigned int found = 0;

	bring_up(f);
	for (;;) {
		ask_page(f, 1, 15, 0x12, 0, handle);
		if (status(f))
			break;
		assert_true(get_le16(f->guest + DATA + 0x18) != handle);
		handle = get_le16(f->guest + DATA + 0x18);
		found++;
	}
	assert_int_equal(found, PHYS + 2);
	assert_int_equal(handle, 10);
}

static void test_io_unit_page_is_kept(void **state)
{
	struct fixture *f = *state;

	bring_up(f);
	put_le32(f->guest + DATA + 4, 0x1234);
	ask_page(f, 2, 0, 0, 1, 0);
	assert_int_equal(status(f), 0);
	memset(f->guest + DATA, 0, 8);
	ask_page(f, 1, 0, 0, 1, 0);
	assert_int_equal(get_le32(f->guest + DATA + 4), 0x1234);
}

static uint8_t *scsi_frame(struct fixture *f, uint16_t handle, const void *cdb, size_t cdb_len,
			   uint32_t room)
{
	uint8_t *at = frame(f, 7, MPI2_FUNCTION_SCSI_IO_REQUEST);

	put_le16(at, handle);
	put_le32(at + 0x0c, SENSE);
	at[0x12] = 96;
	at[0x14] = 0x60 / 4;
	put_le32(at + 0x1c, room);
	put_le32(at + 0x3c, MPI2_SCSIIO_CONTROL_READ);
	memcpy(at + 0x40, cdb, cdb_len);
	put_le64(at + 0x60, DATA);
	put_le32(at + 0x68, room);
	at[0x6f] = 0x40;
	return at;
}

static void test_scsi(void **state)
{
	struct fixture *f = *state;

	bring_up(f);
	memcpy(f->hba.disks[1].data + 512, "block one", 10);
	scsi_frame(f, 10, "\x28\0\0\0\0\x01\0\0\x01", 9, 512);
	run(f, 7);
	assert_int_equal(f->descriptor & 0xff, MPI2_RPY_DESCRIPT_FLAGS_SCSI_IO_SUCCESS);
	assert_string_equal((char *)f->guest + DATA, "block one");
	assert_int_equal(f->hba.counts.bytes_read, 512);
	/* A short answer is told as such. */
	scsi_frame(f, 10, "\x12\0\0\0\xff", 5, 255);
	run(f, 7);
	assert_int_equal(f->descriptor & 0xff, MPI2_RPY_DESCRIPT_FLAGS_ADDRESS_REPLY);
	assert_int_equal(status(f), MPI2_IOCSTATUS_SCSI_DATA_UNDERRUN);
	assert_int_equal(get_le32(f->reply + 0x14), 36);
	/* A check condition comes with its sense data. */
	scsi_frame(f, 9, "\xff", 1, 0);
	run(f, 7);
	assert_int_equal(f->reply[0x0c], MPI2_SCSI_STATUS_CHECK_CONDITION);
	assert_int_equal(f->reply[0x0d], MPI2_SCSI_STATE_AUTOSENSE_VALID);
	assert_int_equal(f->guest[SENSE + 2], 5);
	assert_int_equal(f->guest[SENSE + 12], 0x20);
	/* A disk that there is not. */
	scsi_frame(f, 11, "\x28\0\0\0\0\x01\0\0\x01", 9, 512);
	run(f, 7);
	assert_int_equal(status(f), MPI2_IOCSTATUS_SCSI_DEVICE_NOT_THERE);
	assert_int_equal(f->hba.refusals.count, 0);
}

static void test_scsi_outside_of_memory(void **state)
{
	struct fixture *f = *state;
	uint8_t *at;

	bring_up(f);
	at = scsi_frame(f, 9, "\x28\0\0\0\0\x01\0\0\x01", 9, 512);
	put_le64(at + 0x60, GUEST - 256);
	run(f, 7);
	assert_int_equal(status(f), MPI2_IOCSTATUS_INVALID_SGL);
	assert_int_equal(get_le32(f->reply + 0x14), 0);
	at = scsi_frame(f, 9, "\xff", 1, 0);
	put_le32(at + 0x0c, GUEST - 4);
	run(f, 7);
	assert_int_equal(f->reply[0x0d], MPI2_SCSI_STATE_AUTOSENSE_FAILED);
	assert_int_equal(f->hba.refusals.count, 2);
}

static void test_task_management(void **state)
{
	struct fixture *f = *state;
	uint8_t *at;

	bring_up(f);
	at = frame(f, 2, MPI2_FUNCTION_SCSI_TASK_MGMT);
	put_le16(at, 9);
	at[5] = 5; /* LOGICAL_UNIT_RESET */
	run(f, 2);
	assert_int_equal(status(f), 0);
	assert_int_equal(f->reply[4], 0);
	at[0x0c + 1] = 1; /* LUN 1 */
	run(f, 2);
	assert_int_equal(f->reply[4], 9);
	at[5] = 4;
	run(f, 2);
	assert_int_equal(f->reply[4], 4);
	put_le16(at, 12);
	run(f, 2);
	assert_int_equal(status(f), MPI2_IOCSTATUS_SCSI_INVALID_DEVHANDLE);
	assert_int_equal(f->hba.counts.tasks, 4);
}

/* Replies stop where the driver has not been, and go on when it has. */
static void test_queues_run_full(void **state)
{
	struct fixture *f = *state;

	bring_up(f);
	frame(f, 1, MPI2_FUNCTION_EVENT_ACK);
	for (int i = 0; i < 3 * DEPTH; i++)
		post(f, 1);
	assert_true(f->hba.refusals.count > 0);
	assert_int_equal(get_le64(f->guest + POSTS + (DEPTH - 2) * 8) & 0xff, 1);
	assert_int_equal(get_le64(f->guest + POSTS + (DEPTH - 1) * 8), 0);
	hba_bar_write(&f->hba, 0x6c, 4, DEPTH - 1);
	hba_bar_write(&f->hba, 0x48, 4, 0);
	post(f, 1);
	assert_int_equal(get_le64(f->guest + POSTS + (DEPTH - 1) * 8) & 0xff, 1);
	/* Indexes that are none. */
	f->hba.refusals.count = 0;
	hba_bar_write(&f->hba, 0x6c, 4, DEPTH);
	hba_bar_write(&f->hba, 0x6c, 4, 0x01000000);
	hba_bar_write(&f->hba, 0x48, 4, DEPTH);
	assert_int_equal(f->hba.refusals.count, 3);
}

static void test_message_unit_reset(void **state)
{
	struct fixture *f = *state;

	bring_up(f);
	frame(f, 1, MPI2_FUNCTION_EVENT_ACK);
	run(f, 1);
	hba_bar_write(&f->hba, 0, 4, 0x40000000);
	assert_int_equal(doorbell(f) >> 28, 1);
	assert_int_equal(f->hba.session_count, 1);
	assert_int_equal(f->hba.sessions[0].requests, 1);
	assert_int_equal(f->hba.sessions[0].interrupts, 1);
	assert_int_equal(f->hba.sessions[0].handshakes, 1);
	post(f, 1);
	assert_int_equal(f->hba.counts.requests, 1);
	f->posted = f->replied = 0;
	bring_up(f);
	run(f, 1);
}

/* Only after the right keys, and then at once. */
static void test_diag_reset(void **state)
{
	static const uint32_t keys[] = { 0, 0xf, 4, 0xb, 2, 7, 0xd };
	struct fixture *f = *state;

	bring_up(f);
	hba_bar_write(&f->hba, 8, 4, 4);
	assert_int_equal(doorbell(f) >> 28, 2);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(hba_bar_read(&f->hba, 8, 4) & 0x80, 0);
		hba_bar_write(&f->hba, 4, 4, keys[i]);
	}
	assert_int_equal(hba_bar_read(&f->hba, 8, 4) & 0x80, 0x80);
	hba_bar_write(&f->hba, 8, 4, 0x84);
	assert_int_equal(doorbell(f) >> 28, 1);
	assert_int_equal(hba_bar_read(&f->hba, 8, 4) & 4, 0);
	hba_bar_write(&f->hba, 4, 4, 0);
	assert_int_equal(hba_bar_read(&f->hba, 8, 4), 0);
	assert_int_equal(f->hba.counts.diag_resets, 1);
}

/* Under KVM a 64-bit write comes as two, the lower half first. */
static void test_descriptor_in_halves(void **state)
{
	struct fixture *f = *state;

	bring_up(f);
	frame(f, 4, MPI2_FUNCTION_EVENT_ACK);
	hba_bar_write(&f->hba, 0xc0, 4, 8 | 4 << 16);
	assert_int_equal(f->messages, 0);
	hba_bar_write(&f->hba, 0xc4, 4, 0);
	assert_int_equal(f->messages, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_facts),
		TEST(test_port_facts_and_unknown),
		TEST(test_init_refuses),
		TEST(test_event_notification),
		TEST(test_port_enable),
		TEST(test_pages),
		TEST(test_pages_that_are_not_there),
		TEST(test_next_handles),
		TEST(test_io_unit_page_is_kept),
		TEST(test_scsi),
		TEST(test_scsi_outside_of_memory),
		TEST(test_task_management),
		TEST(test_queues_run_full),
		TEST(test_message_unit_reset),
		TEST(test_diag_reset),
		TEST(test_descriptor_in_halves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
