// SPDX-License-Identifier: GPL-2.0-or-later
#include "device.h"

#include <stdlib.h>

#include "ioc.h"
#include "lib/alloc.h"

int hba_init(struct hba *h, unsigned int disks, unsigned int disk_mib, const char *dir)
{
	*h = (struct hba){ .pages = { .disks = disks } };
	hba_reset(h);
	for (; h->disk_count < disks; h->disk_count++) {
		char *path = dir ? xasprintf("%s/disk%u", dir, h->disk_count) : NULL;
		int result = disk_open(&h->disks[h->disk_count], (uint64_t)disk_mib << 20, path);

		free(path);
		if (result < 0)
			return -1;
	}
	return 0;
}

void hba_release(struct hba *h)
{
	for (unsigned int i = 0; i < h->disk_count; i++)
		disk_close(&h->disks[i]);
	memory_release(&h->memory);
	refusals_release(&h->refusals);
}

void hba_reset(struct hba *h)
{
	ioc_reset(h);
	pciconfig_reset(&h->pci);
	msix_reset(&h->msix);
	pages_reset(&h->pages);
	h->doorbell.who_init = 0;
	h->interrupt_mask = 0x40000009; /* as the chip's after power-on */
	h->diag_write = false;
	h->key_position = 0;
}

void hba_end_session(struct hba *h)
{
	struct hba_session *s = &h->session;
	uint64_t interrupts = h->msix.sent - s->interrupts;

	if (s->requests || s->handshakes) {
		if (h->session_count < SESSIONS_KEPT)
			h->sessions[h->session_count] =
				(struct hba_session){ s->requests, interrupts, s->handshakes };
		h->session_count++;
	}
	*s = (struct hba_session){ .interrupts = h->msix.sent };
}
