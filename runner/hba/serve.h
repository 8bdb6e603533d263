/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device process: runs QEMU with two sockets to it, one for the bus and one for interrupts,
 * and is the adapter until QEMU ends. QEMU gets the ends and what it needs to use them as
 * additions to its command line; whoever writes the rest of that gives the guest memory that can
 * be shared ("-object memory-backend-memfd,id=mem,size=S,share=on -machine memory-backend=mem")
 * and one CPU: QEMU drops an access to a device while another is under way, so that on a second
 * CPU some would be lost without a word.
 */
#ifndef KAB_RUNNER_HBA_SERVE_H
#define KAB_RUNNER_HBA_SERVE_H

#include <stdbool.h>

#include "device.h"
#include "lib/strvec.h"

struct serve_end {
	bool started; /* QEMU ran */
	int status;   /* QEMU's, as from waitpid() */
	bool broken;  /* it was ended because the way to it broke; the error has been printed */
};

/* Runs QEMU (`argv`: program and arguments) with the adapter. 0 when it has ended, whichever way
 * it did; -1 with an error printed when it could not be started. */
int serve(struct hba *h, const struct strvec *argv, struct serve_end *end);

#endif
