// SPDX-License-Identifier: GPL-2.0-or-later
#include "topology.h"

#include <string.h>

#include "bytes.h"
#include "mpi.h"
#include "scsi.h"

enum {
	FIRST_CONTROLLER = 1,
	FIRST_DISK = FIRST_CONTROLLER + PHYS,
	RATE = MPI25_EVENT_SAS_TOPO_LR_RATE_12_0, /* the same number in all pages */
	NO_HANDLE = 0xffff,
	PAGE_ADDRESS_FORM_SHIFT = 28,
	INITIATOR = MPI2_SAS_DEVICE_INFO_SSP_INITIATOR | MPI2_SAS_DEVICE_INFO_STP_INITIATOR |
		    MPI2_SAS_DEVICE_INFO_SMP_INITIATOR | MPI2_SAS_DEVICE_INFO_END_DEVICE,
	TARGET = MPI2_SAS_DEVICE_INFO_SSP_TARGET | MPI2_SAS_DEVICE_INFO_DIRECT_ATTACH |
		 MPI2_SAS_DEVICE_INFO_END_DEVICE,
};

int topology_disk(unsigned int disks, uint16_t handle)
{
	return handle >= FIRST_DISK && handle - FIRST_DISK < (int)disks ? handle - FIRST_DISK : -1;
}

/* Handle of the disk on a phy; 0 when nothing is attached. */
static uint16_t attached(unsigned int disks, size_t phy)
{
	return phy < disks ? (uint16_t)(FIRST_DISK + phy) : 0;
}

/*
 * Events (Mpi2EventNotificationReply_t, with its data at 0x1c).
 */
static size_t finish_event(uint8_t *reply, uint16_t event, size_t data_len)
{
	size_t len = 0x1c + data_len;

	put_le16(reply, (uint16_t)(data_len / 4)); /* EventDataLength */
	reply[0x02] = (uint8_t)(len / 4);	   /* MsgLength */
	reply[0x03] = MPI2_FUNCTION_EVENT_NOTIFICATION;
	put_le16(reply + 0x14, event);
	return len;
}

/* Mpi2EventDataSasDiscovery_t */
static size_t discovery_event(uint8_t *reply, uint8_t reason)
{
	reply[0x1c + 1] = reason; /* ReasonCode */
	return finish_event(reply, MPI2_EVENT_SAS_DISCOVERY, 8);
}

/* Mpi2EventDataSasTopologyChangeList_t with one entry; no expander, so its handle is 0. */
static size_t disk_event(uint8_t *reply, unsigned int disk)
{
	uint8_t *data = reply + 0x1c;

	data[0x04] = PHYS;				      /* NumPhys */
	data[0x08] = 1;					      /* NumEntries */
	data[0x09] = (uint8_t)disk;			      /* StartPhyNum */
	data[0x0b] = (uint8_t)disk;			      /* PhysicalPort */
	put_le16(data + 0x0c, (uint16_t)(FIRST_DISK + disk)); /* AttachedDevHandle */
	data[0x0e] = RATE << 4;				      /* LinkRate: now, and before */
	data[0x0f] = MPI2_EVENT_SAS_TOPO_RC_TARG_ADDED;	      /* PhyStatus */
	return finish_event(reply, MPI2_EVENT_SAS_TOPOLOGY_CHANGE_LIST, 0x10);
}

size_t topology_event(unsigned int disks, size_t n, uint8_t reply[EVENT_BYTES])
{
	memset(reply, 0, EVENT_BYTES);
	if (!disks || n > disks + 1)
		return 0;
	if (n == 0)
		return discovery_event(reply, MPI2_EVENT_SAS_DISC_RC_STARTED);
	if (n == disks + 1)
		return discovery_event(reply, MPI2_EVENT_SAS_DISC_RC_COMPLETED);
	return disk_event(reply, (unsigned int)n - 1);
}

/*
 * Pages.
 */

/* Mpi2SasIOUnitPage0_t */
bool topology_io_unit_0(unsigned int disks, uint32_t address, uint8_t *page)
{
	(void)address;
	page[0x0c] = PHYS; /* NumPhys */
	for (size_t i = 0; i < PHYS; i++) {
		uint8_t *phy = page + 0x10 + i * 0x14; /* Mpi2SasIOUnit0PhyData_t */

		phy[0x00] = (uint8_t)i;			      /* Port */
		phy[0x03] = i < disks ? RATE << 4 | RATE : 0; /* NegotiatedLinkRate */
		put_le32(phy + 0x04, INITIATOR);	      /* ControllerPhyDeviceInfo */
		put_le16(phy + 0x08, attached(disks, i));
		put_le16(phy + 0x0a, (uint16_t)(FIRST_CONTROLLER + i)); /* ControllerDevHandle */
	}
	return disks > 0;
}

/* Mpi2SasIOUnitPage1_t; queue depths of 0 leave them to the driver. */
bool topology_io_unit_1(unsigned int disks, uint32_t address, uint8_t *page)
{
	(void)address;
	page[0x10] = PHYS; /* NumPhys */
	for (size_t i = 0; i < PHYS; i++) {
		uint8_t *phy = page + 0x14 + i * 0x0c; /* Mpi2SasIOUnit1PhyData_t */

		phy[0x00] = (uint8_t)i;		 /* Port */
		phy[0x03] = RATE << 4 | 0x08;	 /* MaxMinLinkRate: 12 to 1.5 Gbit/s */
		put_le32(phy + 0x04, INITIATOR); /* ControllerPhyDeviceInfo */
	}
	return disks > 0;
}

/* Mpi2SasPhyPage0_t, by phy number; the other form of address is not used. */
bool topology_phy_0(unsigned int disks, uint32_t address, uint8_t *page)
{
	unsigned int phy = address & 0xff;

	if (!disks || address >> PAGE_ADDRESS_FORM_SHIFT || phy >= PHYS)
		return false;
	put_le16(page + 0x08, (uint16_t)(FIRST_CONTROLLER + phy)); /* OwnerDevHandle */
	put_le16(page + 0x0c, attached(disks, phy));		   /* AttachedDevHandle */
	page[0x14] = page[0x15] = RATE << 4 | 0x08;	 /* ProgrammedLinkRate, HwLinkRate */
	page[0x1c] = phy < disks ? RATE << 4 | RATE : 0; /* NegotiatedLinkRate */
	return true;
}

/* The handle that an address of the page means; NO_HANDLE when it means none. */
static uint16_t device_handle(unsigned int disks, uint32_t address)
{
	uint16_t handle = (uint16_t)address, last = (uint16_t)(FIRST_DISK + disks - 1);

	switch (address >> PAGE_ADDRESS_FORM_SHIFT) {
	case MPI2_SAS_DEVICE_PGAD_FORM_HANDLE:
		return handle >= FIRST_CONTROLLER && handle <= last ? handle : NO_HANDLE;
	case MPI2_SAS_DEVICE_PGAD_FORM_GET_NEXT_HANDLE: /* 0xffff asks for the first */
		handle++;
		handle = handle < FIRST_CONTROLLER ? FIRST_CONTROLLER : handle;
		return handle <= last ? handle : NO_HANDLE;
	default:
		return NO_HANDLE;
	}
}

/* Mpi2SasDevicePage0_t: of the controller on a phy, or of a disk. */
bool topology_device_0(unsigned int disks, uint32_t address, uint8_t *page)
{
	uint16_t handle = device_handle(disks, address);
	int disk = topology_disk(disks, handle);
	uint8_t phy = (uint8_t)(disk >= 0 ? disk : handle - FIRST_CONTROLLER);

	if (!disks || handle == NO_HANDLE)
		return false;
	/* SASAddress, ParentDevHandle (0: it has none), DeviceInfo, DeviceName. */
	put_le64(page + 0x0c, disk >= 0 ? scsi_disk_address(phy) : HBA_ADDRESS);
	put_le16(page + 0x14, disk >= 0 ? (uint16_t)(FIRST_CONTROLLER + phy) : 0);
	put_le32(page + 0x1c, disk >= 0 ? TARGET : INITIATOR);
	put_le64(page + 0x24, disk >= 0 ? scsi_disk_address(phy) : HBA_ADDRESS);
	page[0x16] = phy; /* PhyNum */
	put_le16(page + 0x18, handle);
	put_le16(page + 0x20, MPI2_SAS_DEVICE0_FLAGS_DEVICE_PRESENT);
	page[0x22] = phy; /* PhysicalPort */
	page[0x23] = 1;	  /* MaxPortConnections: a narrow port */
	return true;
}
