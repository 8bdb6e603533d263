// SPDX-License-Identifier: GPL-2.0-or-later
#include "pages.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "bytes.h"
#include "mpi.h"
#include "topology.h"

/* Offsets in request and reply (Mpi2ConfigRequest_t, Mpi2ConfigReply_t). */
enum {
	ACTION = 0x00,
	EXT_PAGE_LENGTH = 0x04,
	EXT_PAGE_TYPE = 0x06,
	IOC_STATUS = 0x0e,
	HEADER = 0x14, /* version, length in dwords, number, type */
	PAGE_ADDRESS = 0x18,
	SGE = 0x1c, /* flags and length, then the address */
	SGE_LENGTH_MASK = 0x00ffffff,
};

#define PAGE_MAX 256

/*
 * Pages that never change.
 */

/* Mpi2ManufacturingPage0_t: ChipName, which the driver prints. */
static bool manufacturing_0(uint32_t address, uint8_t *page)
{
	(void)address;
	memcpy(page + 0x04, "SAS3008", 8);
	memcpy(page + 0x1c, "kab emulated", 13); /* BoardName */
	return true;
}

/* Mpi2ManufacturingPage11_t: EEDPTagMode, which the driver otherwise corrects and writes back. */
static bool manufacturing_11(uint32_t address, uint8_t *page)
{
	(void)address;
	page[0x09] = 1;
	return true;
}

/* Mpi2BiosPage3_t: BiosVersion, which the driver prints. */
static bool bios_3(uint32_t address, uint8_t *page)
{
	(void)address;
	put_le32(page + 0x08, 0x08000000);
	return true;
}

static bool zeros(uint32_t address, uint8_t *page)
{
	(void)address;
	(void)page;
	return true;
}

static const struct page {
	uint8_t type; /* MPI2_CONFIG_PAGETYPE_, without the attribute bits */
	uint8_t number;
	uint16_t bytes;
	bool (*fill)(uint32_t address, uint8_t *page);
} plain_pages[] = {
	{ MPI2_CONFIG_PAGETYPE_MANUFACTURING, 0, 0x4c, manufacturing_0 },
	{ MPI2_CONFIG_PAGETYPE_MANUFACTURING, 11, 0x5c, manufacturing_11 },
	{ MPI2_CONFIG_PAGETYPE_BIOS, 2, 0x74, zeros }, /* Mpi2BiosPage2_t: no boot device */
	{ MPI2_CONFIG_PAGETYPE_BIOS, 3, 0x30, bios_3 },
	{ MPI2_CONFIG_PAGETYPE_IOC, 8, 0x18, zeros },	  /* Mpi2IOCPage8_t */
	{ MPI2_CONFIG_PAGETYPE_IO_UNIT, 0, 0x14, zeros }, /* Mpi2IOUnitPage0_t */
	{ MPI2_CONFIG_PAGETYPE_IO_UNIT, 1, 0x08, zeros }, /* Mpi2IOUnitPage1_t: see below */
	{ MPI2_CONFIG_PAGETYPE_IO_UNIT, 8, 0x10, zeros }, /* Mpi2IOUnitPage8_t: no sensors */
};

static const struct ext_page {
	uint8_t type; /* MPI2_CONFIG_EXTPAGETYPE_ */
	uint8_t number;
	uint16_t bytes;
	bool (*fill)(unsigned int disks, uint32_t address, uint8_t *page);
} ext_pages[] = {
	{ MPI2_CONFIG_EXTPAGETYPE_SAS_IO_UNIT, 0, 0x10 + PHYS * 0x14, topology_io_unit_0 },
	{ MPI2_CONFIG_EXTPAGETYPE_SAS_IO_UNIT, 1, 0x14 + PHYS * 0x0c, topology_io_unit_1 },
	{ MPI2_CONFIG_EXTPAGETYPE_SAS_DEVICE, 0, 0x38, topology_device_0 },
	{ MPI2_CONFIG_EXTPAGETYPE_SAS_PHY, 0, 0x20, topology_phy_0 },
};

void pages_reset(struct pages *p)
{
	p->io_unit_flags = 0;
}

static const struct page *find_plain(uint8_t type, uint8_t number)
{
	for (size_t i = 0; i < sizeof(plain_pages) / sizeof(plain_pages[0]); i++)
		if (plain_pages[i].type == type && plain_pages[i].number == number)
			return &plain_pages[i];
	return NULL;
}

static const struct ext_page *find_ext(uint8_t type, uint8_t number)
{
	for (size_t i = 0; i < sizeof(ext_pages) / sizeof(ext_pages[0]); i++)
		if (ext_pages[i].type == type && ext_pages[i].number == number)
			return &ext_pages[i];
	return NULL;
}

/* Makes the page that a request means, header and all, and returns its length; 0: there is none.
 * For its header alone the address does not matter. */
static size_t make_page(const struct pages *p, const uint8_t *request, bool header_only,
			uint8_t image[PAGE_MAX])
{
	uint8_t type = request[HEADER + 3] & MPI2_CONFIG_PAGETYPE_MASK;
	uint8_t number = request[HEADER + 2];
	uint32_t address = get_le32(request + PAGE_ADDRESS);

	memset(image, 0, PAGE_MAX);
	memcpy(image, request + HEADER, 4);
	if (type == MPI2_CONFIG_PAGETYPE_EXTENDED) {
		const struct ext_page *e = find_ext(request[EXT_PAGE_TYPE], number);

		if (!e || !(e->fill(p->disks, address, image) || (header_only && p->disks)))
			return 0;
		image[1] = 0;
		put_le16(image + EXT_PAGE_LENGTH, e->bytes / 4);
		image[EXT_PAGE_TYPE] = e->type;
		return e->bytes;
	}
	for (const struct page *e = find_plain(type, number); e; e = NULL) {
		(void)e->fill(address, image);
		if (type == MPI2_CONFIG_PAGETYPE_IO_UNIT && number == 1)
			put_le32(image + 4, p->io_unit_flags);
		image[1] = (uint8_t)(e->bytes / 4);
		return e->bytes;
	}
	return 0;
}

/* The one element that says where the page is in memory. */
static size_t buffer_of(const uint8_t *request, uint64_t *address)
{
	uint32_t word = get_le32(request + SGE);
	bool wide = word >> MPI2_SGE_FLAGS_SHIFT & MPI2_SGE_FLAGS_64_BIT_ADDRESSING;

	*address = wide ? get_le64(request + SGE + 4) : get_le32(request + SGE + 4);
	return word & SGE_LENGTH_MASK;
}

static uint16_t read_page(const struct memory *m, const uint8_t *request, const uint8_t *image,
			  size_t len, struct refusals *refusals)
{
	uint64_t address;
	size_t room = buffer_of(request, &address);

	if (memory_write(m, address, image, room < len ? room : len))
		return MPI2_IOCSTATUS_SUCCESS;
	refuse(refusals, "configuration page to 0x%" PRIx64 ": not in memory", address);
	return MPI2_IOCSTATUS_INVALID_SGL;
}

/* Only IO unit page 1 is kept; what is written to the others is forgotten. */
static uint16_t write_page(struct pages *p, const struct memory *m, const uint8_t *request,
			   size_t len, struct refusals *refusals)
{
	uint8_t image[PAGE_MAX] = { 0 };
	uint64_t address;
	size_t room = buffer_of(request, &address);

	if (!memory_read(m, address, image, room < len ? room : len)) {
		refuse(refusals, "configuration page from 0x%" PRIx64 ": not in memory", address);
		return MPI2_IOCSTATUS_INVALID_SGL;
	}
	if ((request[HEADER + 3] & MPI2_CONFIG_PAGETYPE_MASK) == MPI2_CONFIG_PAGETYPE_IO_UNIT &&
	    request[HEADER + 2] == 1)
		p->io_unit_flags = get_le32(image + 4);
	return MPI2_IOCSTATUS_SUCCESS;
}

void pages_run(struct pages *p, const struct memory *m, const uint8_t request[REQUEST_FRAME_BYTES],
	       uint8_t reply[CONFIG_REPLY_BYTES], struct refusals *refusals)
{
	uint8_t action = request[ACTION];
	uint8_t image[PAGE_MAX];
	size_t len = make_page(p, request, action == MPI2_CONFIG_ACTION_PAGE_HEADER, image);
	uint16_t status = MPI2_IOCSTATUS_SUCCESS;

	reply[ACTION] = action;
	reply[EXT_PAGE_TYPE] = request[EXT_PAGE_TYPE];
	memcpy(reply + HEADER, image, 4);
	if (len && (image[3] & MPI2_CONFIG_PAGETYPE_MASK) == MPI2_CONFIG_PAGETYPE_EXTENDED)
		memcpy(reply + EXT_PAGE_LENGTH, image + EXT_PAGE_LENGTH, 2);
	if (!len)
		status = MPI2_IOCSTATUS_CONFIG_INVALID_PAGE;
	else if (action == MPI2_CONFIG_ACTION_PAGE_READ_CURRENT ||
		 action == MPI2_CONFIG_ACTION_PAGE_READ_NVRAM)
		status = read_page(m, request, image, len, refusals);
	else if (action == MPI2_CONFIG_ACTION_PAGE_WRITE_CURRENT ||
		 action == MPI2_CONFIG_ACTION_PAGE_WRITE_NVRAM)
		status = write_page(p, m, request, len, refusals);
	else if (action != MPI2_CONFIG_ACTION_PAGE_HEADER)
		status = MPI2_IOCSTATUS_CONFIG_INVALID_ACTION;
	put_le16(reply + IOC_STATUS, status);
}
