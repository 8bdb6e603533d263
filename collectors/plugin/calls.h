/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call graph: who called whom, kept while the guest runs, on one virtual CPU.
 *
 * A call stores its return address and a return loads it: QEMU tells where. So each frame is
 * known by the place of its return address, and each stack by the part of memory that it is in;
 * no frame pointers are needed, and no kernel that was built for it.
 *	call		a frame is pushed when the function is entered
 *	return		frames below the place are dropped, and that at the place is popped: also
 *			those that were left in another way
 *	another stack	a return to one is a switch of tasks; a call on one is the kernel's stack for
 *			interrupts, and goes on from the caller
 *	tail call	a function that is entered without a call takes the place of the last one
 *	interrupt, system call	entered without a call as well, but known by the names that Linux
 *			gives to its entries: a frame of its own, which the instruction that
 *			returns from it pops
 * Functions are told by System.map; in modules each block is looked at, and what has been called
 * once is a function.
 * The kernel's code has a graph, programs are one node for each of their parts.
 *
 * Instructions are charged to the function that is on top when something happens next, so a
 * graph's own counts add up to the window by construction; how well they fit those of the
 * blocks, function by function, is a check of all of the above (collectors/profile.c).
 */
#ifndef KAB_PLUGIN_CALLS_H
#define KAB_PLUGIN_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "qemu-plugin.h"

/* Reads a System.map. 0, or -1 with a message on standard error. */
int calls_open(const char *system_map);
bool calls_wanted(void);
/* Adds to a block what the graph needs; `counted` instructions count when it is entered. */
void calls_translate(struct qemu_plugin_tb *tb, size_t counted);
/* For an instruction that counts by itself. */
void calls_count(struct qemu_plugin_insn *insn);
/* A window begins and ends. */
void calls_begin(void);
void calls_write(FILE *out);

#endif
