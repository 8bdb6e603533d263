// SPDX-License-Identifier: GPL-2.0-or-later
#include "scsi.h"

#include <stdio.h>
#include <string.h>

#include "bytes.h"
#include "mpi.h"

/* Sense keys and additional codes (SPC-4, 4.5.6). */
enum {
	NO_SENSE = 0x0,
	ILLEGAL_REQUEST = 0x5,
	HARDWARE_ERROR = 0x4,
	INVALID_OPCODE = 0x20,
	LBA_OUT_OF_RANGE = 0x21,
	INVALID_FIELD_IN_CDB = 0x24,
	LOGICAL_UNIT_NOT_SUPPORTED = 0x25,
	INVALID_FIELD_IN_PARAMETERS = 0x26,
	INTERNAL_FAILURE = 0x44,
};

enum {
	ANSWER_MAX = 256,	  /* the longest answer that is no block of data */
	UNMAP_BLOCKS_MAX = 65536, /* VPD page 0xb0 */
	UNMAP_RANGES_MAX = 16,
	UNMAP_HEADER = 8,
	UNMAP_RANGE = 16,
	NAME_BASE = 0x100,
};

#define LOCAL_NAA 0x3000000000000000ull

uint64_t scsi_disk_address(unsigned int number)
{
	return LOCAL_NAA | (NAME_BASE + number);
}

static void make_sense(uint8_t sense[SENSE_BYTES], uint8_t key, uint8_t code)
{
	memset(sense, 0, SENSE_BYTES);
	sense[0] = 0x70; /* current, fixed format */
	sense[2] = key;
	sense[7] = SENSE_BYTES - 8;
	sense[12] = code;
}

static void fail(struct scsi_command *c, uint8_t key, uint8_t code)
{
	c->status = MPI2_SCSI_STATUS_CHECK_CONDITION;
	make_sense(c->sense, key, code);
}

/* Sends an answer, cut to what the command allows and the request has room for. */
static void answer(struct scsi_command *c, const uint8_t *data, uint32_t len, uint32_t allocated)
{
	len = len < allocated ? len : allocated;
	len = len < c->room ? len : c->room;
	if (sgl_to_guest(c->sgl, data, len) < 0)
		c->bad_list = true;
	else
		c->moved = len;
}

/*
 * INQUIRY.
 */
static void put_text(uint8_t *at, size_t width, const char *text)
{
	size_t len = strlen(text);

	memset(at, ' ', width);
	memcpy(at, text, len < width ? len : width);
}

static uint32_t standard_inquiry(const struct scsi_command *c, uint8_t *data)
{
	data[0] = c->lun ? 0x7f : 0x00; /* no such unit, or a disk */
	data[2] = 0x06;			/* SPC-4 */
	data[3] = 0x12;			/* hierarchical LUNs, this format */
	data[4] = 36 - 5;
	data[7] = 0x02; /* command queueing */
	put_text(data + 8, 8, "kab");
	put_text(data + 16, 16, "memory disk");
	put_text(data + 32, 4, "1");
	return 36;
}

/* Vital product data; each fills in from byte 4 and returns the length of that. */
static uint32_t vpd_serial(const struct scsi_command *c, uint8_t *data)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "KAB%05u", c->number);

	put_text(data, (size_t)len, text);
	return (uint32_t)len;
}

static uint32_t vpd_identification(const struct scsi_command *c, uint8_t *data)
{
	data[0] = 0x01; /* binary */
	data[1] = 0x03; /* of the logical unit, NAA */
	data[3] = 8;
	put_be64(data + 4, scsi_disk_address(c->number));
	return 12;
}

static uint32_t vpd_block_limits(const struct scsi_command *c, uint8_t *data)
{
	(void)c;
	put_be32(data + 20 - 4, UNMAP_BLOCKS_MAX);
	put_be32(data + 24 - 4, UNMAP_RANGES_MAX);
	put_be32(data + 28 - 4, 8); /* unmap granularity: a page */
	return 64 - 4;
}

static uint32_t vpd_characteristics(const struct scsi_command *c, uint8_t *data)
{
	(void)c;
	put_be16(data, 1); /* does not rotate */
	return 64 - 4;
}

static uint32_t vpd_provisioning(const struct scsi_command *c, uint8_t *data)
{
	(void)c;
	data[1] = 0x80 | 0x04; /* UNMAP works, and unmapped blocks read as zero */
	data[2] = 0x02;	       /* thin */
	return 8 - 4;
}

static uint32_t vpd_list(const struct scsi_command *c, uint8_t *data);

static const struct vpd_page {
	uint8_t code;
	uint32_t (*fill)(const struct scsi_command *c, uint8_t *data);
} vpd_pages[] = {
	{ 0x00, vpd_list },	    { 0x80, vpd_serial },	   { 0x83, vpd_identification },
	{ 0xb0, vpd_block_limits }, { 0xb1, vpd_characteristics }, { 0xb2, vpd_provisioning },
};

#define VPD_PAGE_COUNT (sizeof(vpd_pages) / sizeof(vpd_pages[0]))

static uint32_t vpd_list(const struct scsi_command *c, uint8_t *data)
{
	(void)c;
	for (size_t i = 0; i < VPD_PAGE_COUNT; i++)
		data[i] = vpd_pages[i].code;
	return VPD_PAGE_COUNT;
}

static void inquiry(struct disk *d, struct scsi_command *c)
{
	uint8_t data[ANSWER_MAX] = { 0 };
	uint32_t allocated = get_be16(c->cdb + 3);

	(void)d;
	if (!(c->cdb[1] & 1)) {
		answer(c, data, standard_inquiry(c, data), allocated);
		return;
	}
	for (size_t i = 0; i < VPD_PAGE_COUNT; i++) {
		uint32_t len;

		if (vpd_pages[i].code != c->cdb[2])
			continue;
		len = vpd_pages[i].fill(c, data + 4);
		data[1] = vpd_pages[i].code;
		put_be16(data + 2, (uint16_t)len);
		answer(c, data, 4 + len, allocated);
		return;
	}
	fail(c, ILLEGAL_REQUEST, INVALID_FIELD_IN_CDB);
}

/*
 * MODE SENSE.
 */
static const uint8_t caching_page[] = { 0x08, 18, 0x04 /* write cache */, [19] = 0 };
static const uint8_t control_page[] = { 0x0a, 10, [11] = 0 };
/* SAS: protocol-specific port, which the transport class reads; a nexus may be lost for 2 s. */
static const uint8_t port_page[] = { 0x19, 6, 0x06, 0, 0x07, 0xd0, 0x07, 0xd0 };

static const struct mode_page {
	const uint8_t *bytes;
	size_t len;
} mode_pages[] = {
	{ caching_page, sizeof(caching_page) },
	{ control_page, sizeof(control_page) },
	{ port_page, sizeof(port_page) },
};

/* The pages that are asked for; 0 when there is no such page. */
static uint32_t add_mode_pages(const struct scsi_command *c, uint8_t *data)
{
	uint8_t wanted = c->cdb[2] & 0x3f, control = c->cdb[2] >> 6;
	uint32_t len = 0;

	for (size_t i = 0; i < sizeof(mode_pages) / sizeof(mode_pages[0]); i++) {
		const struct mode_page *p = &mode_pages[i];

		if (wanted != 0x3f && wanted != p->bytes[0])
			continue;
		/* "What could be changed": nothing, as there is no MODE SELECT. */
		memcpy(data + len, p->bytes, control == 1 ? 2 : p->len);
		len += (uint32_t)p->len;
	}
	return len;
}

static void mode_sense(struct disk *d, struct scsi_command *c)
{
	bool ten = c->cdb[0] == 0x5a;
	uint32_t header = ten ? 8 : 4, len;
	uint8_t data[ANSWER_MAX] = { 0 };

	(void)d;
	len = add_mode_pages(c, data + header);
	if (!len) {
		fail(c, ILLEGAL_REQUEST, INVALID_FIELD_IN_CDB);
		return;
	}
	len += header;
	if (ten)
		put_be16(data, (uint16_t)(len - 2));
	else
		data[0] = (uint8_t)(len - 1);
	answer(c, data, len, ten ? get_be16(c->cdb + 7) : c->cdb[4]);
}

/*
 * Small answers.
 */
static void do_nothing(struct disk *d, struct scsi_command *c)
{
	(void)d;
	(void)c;
}

static void request_sense(struct disk *d, struct scsi_command *c)
{
	uint8_t data[SENSE_BYTES];

	(void)d;
	make_sense(data, NO_SENSE, 0);
	answer(c, data, sizeof(data), c->cdb[4]);
}

static void report_luns(struct disk *d, struct scsi_command *c)
{
	uint8_t data[16] = { 0 };

	(void)d;
	put_be32(data, 8); /* one of 8 bytes: LUN 0 */
	answer(c, data, sizeof(data), get_be32(c->cdb + 6));
}

static void read_capacity_10(struct disk *d, struct scsi_command *c)
{
	uint64_t last = d->blocks - 1;
	uint8_t data[8];

	put_be32(data, last < UINT32_MAX ? (uint32_t)last : UINT32_MAX);
	put_be32(data + 4, DISK_BLOCK);
	answer(c, data, sizeof(data), sizeof(data));
}

static void service_action_in_16(struct disk *d, struct scsi_command *c)
{
	uint8_t data[32] = { 0 };

	if ((c->cdb[1] & 0x1f) != 0x10) { /* READ CAPACITY (16) is the only one */
		fail(c, ILLEGAL_REQUEST, INVALID_FIELD_IN_CDB);
		return;
	}
	put_be64(data, d->blocks - 1);
	put_be32(data + 8, DISK_BLOCK);
	data[13] = 0x03;	     /* 8 blocks to a physical one */
	put_be16(data + 14, 0xc000); /* thin, and unmapped blocks read as zero */
	answer(c, data, sizeof(data), get_be32(c->cdb + 10));
}

/*
 * Blocks.
 */
struct extent {
	uint64_t block, count;
};

/* Where a READ or WRITE goes: the lower bits of the opcode are the same for both. */
static struct extent extent_of(const uint8_t *cdb)
{
	switch (cdb[0] >> 5) {
	case 0: /* 6 bytes; 0 is 256 blocks */
		return (struct extent){ (uint64_t)(cdb[1] & 0x1f) << 16 | get_be16(cdb + 2),
					cdb[4] ? cdb[4] : 256 };
	case 4: /* 16 bytes */
		return (struct extent){ get_be64(cdb + 2), get_be32(cdb + 10) };
	case 5: /* 12 bytes */
		return (struct extent){ get_be32(cdb + 2), get_be32(cdb + 6) };
	default: /* 10 bytes */
		return (struct extent){ get_be32(cdb + 2), get_be16(cdb + 7) };
	}
}

/* Checks what a READ or WRITE asks for, and gives the place; NULL after fail(). */
static uint8_t *place(struct disk *d, struct scsi_command *c, uint64_t *bytes)
{
	struct extent e = extent_of(c->cdb);

	*bytes = e.count * DISK_BLOCK;
	if (!disk_has(d, e.block, e.count)) {
		fail(c, ILLEGAL_REQUEST, LBA_OUT_OF_RANGE);
		return NULL;
	}
	if (*bytes > c->room) {
		fail(c, ILLEGAL_REQUEST, INVALID_FIELD_IN_CDB);
		return NULL;
	}
	return d->data + e.block * DISK_BLOCK;
}

static void read_blocks(struct disk *d, struct scsi_command *c)
{
	uint64_t bytes;
	const uint8_t *from = place(d, c, &bytes);

	if (!from)
		return;
	c->bad_list = sgl_to_guest(c->sgl, from, bytes) < 0;
	c->moved = c->bad_list ? 0 : (uint32_t)bytes;
}

static void write_blocks(struct disk *d, struct scsi_command *c)
{
	uint64_t bytes;
	uint8_t *to = place(d, c, &bytes);

	if (!to)
		return;
	c->bad_list = sgl_from_guest(c->sgl, to, bytes) < 0;
	c->moved = c->bad_list ? 0 : (uint32_t)bytes;
}

static void synchronize_cache(struct disk *d, struct scsi_command *c)
{
	if (disk_flush(d) < 0)
		fail(c, HARDWARE_ERROR, INTERNAL_FAILURE);
}

/* All ranges are checked before the first is unmapped. */
static void unmap_ranges(struct disk *d, struct scsi_command *c, const uint8_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const uint8_t *range = list + i * UNMAP_RANGE;

		if (get_be32(range + 8) > UNMAP_BLOCKS_MAX ||
		    !disk_has(d, get_be64(range), get_be32(range + 8))) {
			fail(c, ILLEGAL_REQUEST, LBA_OUT_OF_RANGE);
			return;
		}
	}
	for (size_t i = 0; i < count; i++)
		disk_discard(d, get_be64(list + i * UNMAP_RANGE),
			     get_be32(list + i * UNMAP_RANGE + 8));
}

static void unmap(struct disk *d, struct scsi_command *c)
{
	uint8_t data[UNMAP_HEADER + UNMAP_RANGES_MAX * UNMAP_RANGE];
	uint32_t len = get_be16(c->cdb + 7);
	uint32_t ranges;

	if (len < UNMAP_HEADER || len > sizeof(data) || len > c->room) {
		fail(c, ILLEGAL_REQUEST, INVALID_FIELD_IN_CDB);
		return;
	}
	if (sgl_from_guest(c->sgl, data, len) < 0) {
		c->bad_list = true;
		return;
	}
	c->moved = len;
	ranges = get_be16(data + 2); /* bytes of the descriptors */
	if (ranges > len - UNMAP_HEADER || ranges % UNMAP_RANGE)
		fail(c, ILLEGAL_REQUEST, INVALID_FIELD_IN_PARAMETERS);
	else
		unmap_ranges(d, c, data + UNMAP_HEADER, ranges / UNMAP_RANGE);
}

static const struct opcode {
	uint8_t code;
	bool any_lun; /* also answered for logical units that there are not */
	void (*run)(struct disk *d, struct scsi_command *c);
} opcodes[] = {
	{ 0x00, false, do_nothing },	       /* TEST UNIT READY */
	{ 0x03, true, request_sense },	       /* REQUEST SENSE */
	{ 0x08, false, read_blocks },	       /* READ (6) */
	{ 0x0a, false, write_blocks },	       /* WRITE (6) */
	{ 0x12, true, inquiry },	       /* INQUIRY */
	{ 0x1a, false, mode_sense },	       /* MODE SENSE (6) */
	{ 0x1b, false, do_nothing },	       /* START STOP UNIT */
	{ 0x25, false, read_capacity_10 },     /* READ CAPACITY (10) */
	{ 0x28, false, read_blocks },	       /* READ (10) */
	{ 0x2a, false, write_blocks },	       /* WRITE (10) */
	{ 0x35, false, synchronize_cache },    /* SYNCHRONIZE CACHE (10) */
	{ 0x42, false, unmap },		       /* UNMAP */
	{ 0x5a, false, mode_sense },	       /* MODE SENSE (10) */
	{ 0x88, false, read_blocks },	       /* READ (16) */
	{ 0x8a, false, write_blocks },	       /* WRITE (16) */
	{ 0x91, false, synchronize_cache },    /* SYNCHRONIZE CACHE (16) */
	{ 0x9e, false, service_action_in_16 }, /* READ CAPACITY (16) */
	{ 0xa0, true, report_luns },	       /* REPORT LUNS */
	{ 0xa8, false, read_blocks },	       /* READ (12) */
	{ 0xaa, false, write_blocks },	       /* WRITE (12) */
};

void scsi_run(struct disk *d, struct scsi_command *c)
{
	c->status = MPI2_SCSI_STATUS_GOOD;
	c->moved = 0;
	c->bad_list = false;
	for (size_t i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		if (opcodes[i].code != c->cdb[0])
			continue;
		if (c->lun && !opcodes[i].any_lun)
			fail(c, ILLEGAL_REQUEST, LOGICAL_UNIT_NOT_SUPPORTED);
		else
			opcodes[i].run(d, c);
		return;
	}
	fail(c, ILLEGAL_REQUEST, INVALID_OPCODE);
}
