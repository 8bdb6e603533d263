// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The emulated host adapter under a guest that writes anything to its registers and puts anything
 * into its own memory. The guest's memory and the disks are buffers of exactly their size, so that
 * the address sanitizer sees each byte that is touched outside of them. Some operations are short
 * cuts to where a random guest would never get: an initialised adapter, a whole request.
 * Built and run by "make fuzz".
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runner/hba/bytes.h"
#include "runner/hba/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOW_SIZE   0x10000
#define HIGH_GPA   0x100000000ull
#define HIGH_SIZE  0x4000
#define DISK_SIZE  0x10000
#define DISK_COUNT 2
#define STEPS_MAX  512

/* Where a whole initialisation puts things. */
enum {
	FRAMES = 0x1000, /* 16 requests */
	POSTS = 0x2000,	 /* 2 queues of 64 */
	FREES = 0x3000,
	REPLIES = 0x4000,
	DEPTH = 64,
};

struct input {
	const uint8_t *at;
	size_t left;
};

static uint64_t take(struct input *in, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes && in->left; i++, in->left--)
		value = value << 8 | *in->at++;
	return value;
}

/* A message may only go to a local APIC. */
static int check_message(void *ctx, uint64_t address, uint32_t data)
{
	(void)ctx;
	(void)data;
	if (address >> 20 != 0xfee)
		abort();
	return 0;
}

static uint8_t *exactly(size_t size)
{
	uint8_t *bytes = calloc(1, size);

	if (!bytes)
		abort();
	return bytes;
}

static void make_guest(struct hba *h)
{
	if (hba_init(h, 0, 0, NULL) < 0)
		abort();
	h->msix.send = check_message;
	h->memory.pieces[0] = (struct memory_piece){ 0, LOW_SIZE / 2, exactly(LOW_SIZE / 2) };
	h->memory.pieces[1] =
		(struct memory_piece){ LOW_SIZE / 2, LOW_SIZE / 2, exactly(LOW_SIZE / 2) };
	h->memory.pieces[2] = (struct memory_piece){ HIGH_GPA, HIGH_SIZE, exactly(HIGH_SIZE) };
	h->memory.count = 3;
	h->pages.disks = h->disk_count = DISK_COUNT;
	for (int i = 0; i < DISK_COUNT; i++)
		h->disks[i] = (struct disk){ .data = exactly(DISK_SIZE),
					     .blocks = DISK_SIZE / DISK_BLOCK };
}

static void drop_guest(struct hba *h)
{
	for (size_t i = 0; i < h->memory.count; i++)
		free(h->memory.pieces[i].at);
	h->memory.count = 0;
	for (int i = 0; i < DISK_COUNT; i++) {
		free(h->disks[i].data);
		h->disks[i].data = NULL;
	}
	h->disk_count = 0;
	hba_release(h);
}

/* An initialisation as the driver does it, with the fuzzer's depths and addresses mixed in. */
static void initialise(struct hba *h, uint64_t twist)
{
	uint8_t request[0x48] = { 4, 0, 0, 2 };
	uint8_t entry[4];

	for (uint32_t i = 0; i < DEPTH; i++) {
		put_le32(entry, REPLIES + i * REPLY_FRAME_BYTES);
		(void)memory_write(&h->memory, FREES + i * 4, entry, sizeof(entry));
	}
	request[0x17] = 2;
	put_le16(request + 0x1a, REQUEST_FRAME_DWORDS);
	put_le16(request + 0x1c, DEPTH);
	put_le16(request + 0x1e, DEPTH);
	put_le64(request + 0x28, FRAMES);
	put_le64(request + 0x30, POSTS);
	put_le64(request + 0x38, FREES);
	if (twist & 0x80)
		request[0x17 + twist % 0x29] ^= (uint8_t)(twist >> 8);
	hba_bar_write(h, 0, 4, 0x40000000); /* message unit reset */
	hba_bar_write(h, 0, 4, 0x42000000 | sizeof(request) / 4 << 16);
	for (size_t i = 0; i < sizeof(request); i += 4)
		hba_bar_write(h, 0, 4, get_le32(request + i));
	for (int i = 0; i < 11; i++) {
		(void)hba_bar_read(h, 0, 4);
		hba_bar_write(h, 0x30, 4, 0);
	}
	hba_config_write(h, 0x52, 2, 0x8000);
	hba_bar_write(h, 0x48, 4, DEPTH - 1);
	hba_bar_write(h, 0x2000, 4, 0xfee00000);
	hba_bar_write(h, 0x200c, 4, 0);
}

/* A request with the fuzzer's bytes in its frame. */
static void request(struct hba *h, struct input *in)
{
	static const uint8_t functions[] = { 0, 0, 0, 0, 1, 4, 4, 6, 7, 0x12, 0x1b, 0xff };
	uint8_t frame[REQUEST_FRAME_BYTES] = { 0 };
	uint16_t smid = take(in, 1) & 0xf;
	size_t len = take(in, 1) % sizeof(frame);

	frame[3] = functions[take(in, 1) % sizeof(functions)];
	if (frame[3] < 2)
		put_le16(frame, (uint16_t)(9 + take(in, 1) % 3));
	frame[0x14] = 0x18; /* SGLOffset0 */
	for (size_t i = 0; i < len && in->left; i++) {
		size_t at = 0x40 + take(in, 1) % 0x40; /* the command and the list */

		frame[at] = (uint8_t)take(in, 1);
	}
	if (take(in, 1) & 1)
		frame[take(in, 1) % sizeof(frame)] = (uint8_t)take(in, 1);
	put_le32(frame + 0x1c, (uint32_t)take(in, 2)); /* DataLength */
	(void)memory_write(&h->memory, FRAMES + smid * sizeof(frame), frame, sizeof(frame));
	hba_bar_write(h, 0xc0, 8, (uint64_t)smid << 16 | take(in, 1) << 8);
}

/* A handshake of any function, with its reply read to the end. */
static void handshake(struct hba *h, struct input *in)
{
	uint32_t word = (uint32_t)(take(in, 1) % 8) << 24;
	size_t dwords = 1 + take(in, 1) % 24;

	hba_bar_write(h, 0, 4, 0x42000000 | (uint32_t)dwords << 16);
	for (size_t i = 0; i < dwords; i++)
		hba_bar_write(h, 0, 4, i ? take(in, 4) : word);
	for (int i = 0; i < HANDSHAKE_REPLY_MAX; i++) {
		(void)hba_bar_read(h, 0, 4);
		hba_bar_write(h, 0x30, 4, 0);
	}
}

/* A request for a page that may exist, to or from anywhere. */
static void page(struct hba *h, struct input *in)
{
	static const uint8_t types[] = { 0, 1, 2, 9, 15, 15, 15, 15 };
	uint8_t frame[REQUEST_FRAME_BYTES] = { (uint8_t)(take(in, 1) % 8), 0, 0, 4 };

	frame[0x06] = (uint8_t)(0x10 + take(in, 1) % 4);
	frame[0x16] = (uint8_t)(take(in, 1) % 12);
	frame[0x17] = types[take(in, 1) % sizeof(types)];
	put_le32(frame + 0x18, (uint32_t)(take(in, 1) << 28 | take(in, 2)));
	put_le32(frame + 0x1c, (uint32_t)(take(in, 1) << 24 | take(in, 2)));
	put_le64(frame + 0x20, take(in, 5));
	(void)memory_write(&h->memory, FRAMES, frame, sizeof(frame));
	hba_bar_write(h, 0xc0, 8, 8);
}

/* A list of blocks to unmap, where a request can point at it. */
static void unmap(struct hba *h, struct input *in)
{
	uint8_t frame[REQUEST_FRAME_BYTES] = { 9, 0, 0, 0 };
	uint8_t list[24] = { 0, 22, 0, 16 };

	put_be64(list + 8, take(in, 1));
	put_be32(list + 16, (uint32_t)take(in, 1));
	(void)memory_write(&h->memory, 0x5000, list, sizeof(list));
	frame[0x14] = 0x18;
	put_le32(frame + 0x1c, sizeof(list));
	frame[0x40] = 0x42;
	frame[0x48] = sizeof(list);
	put_le64(frame + 0x60, 0x5000);
	put_le32(frame + 0x68, sizeof(list));
	(void)memory_write(&h->memory, FRAMES, frame, sizeof(frame));
	hba_bar_write(h, 0xc0, 8, 0);
}

static void fill_memory(struct hba *h, struct input *in)
{
	uint64_t gpa = take(in, 2);
	size_t len = take(in, 1);

	if (gpa & 1)
		gpa += HIGH_GPA;
	len = len < in->left ? len : in->left;
	if (memory_write(&h->memory, gpa, in->at, len)) {
		in->at += len;
		in->left -= len;
	}
}

static void step(struct hba *h, struct input *in)
{
	static const uint16_t registers[] = {
		0x00, 0x04, 0x08, 0x30, 0x34, 0x48, 0x6c, 0xc0, 0xc4
	};

	switch (take(in, 1) % 14) {
	case 0:
		hba_bar_write(h, take(in, 2), (unsigned int)take(in, 1), take(in, 8));
		break;
	case 1:
		hba_bar_write(h, registers[take(in, 1) % 9], 4, take(in, 4));
		break;
	case 2:
		(void)hba_bar_read(h, take(in, 2), (unsigned int)take(in, 1));
		break;
	case 3:
		hba_config_write(h, (uint32_t)take(in, 2), (int)(int8_t)take(in, 1),
				 (uint32_t)take(in, 4));
		(void)hba_config_read(h, (uint32_t)take(in, 2), (int)(int8_t)take(in, 1));
		break;
	case 4:
		fill_memory(h, in);
		break;
	case 5:
		initialise(h, take(in, 2));
		break;
	case 6:
		hba_bar_write(h, 0x48, 4, take(in, 1));
		hba_bar_write(h, 0x6c, 4, take(in, 1));
		break;
	case 7:
		hba_reset(h);
		break;
	case 8:
		handshake(h, in);
		break;
	case 9:
		page(h, in);
		break;
	case 10:
		unmap(h, in);
		break;
	default:
		request(h, in);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct hba *h = (struct hba *)exactly(sizeof(*h));

	make_guest(h);
	for (int i = 0; i < STEPS_MAX && in.left; i++)
		step(h, &in);
	/* After whatever came, a reset makes it an adapter again. */
	hba_reset(h);
	if (hba_bar_read(h, 0, 4) != 0x10000000 || hba_config_read(h, 0, 4) != 0x00971000)
		abort();
	if (h->refusals.first.count > REFUSALS_KEPT)
		abort();
	drop_guest(h);
	free(h);
	return 0;
}
