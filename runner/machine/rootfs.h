/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest's file system is made of: the agent, fio and dmsetup, as the host has them, with the
 * libraries that they load, or stand-ins for those that they cannot use in a guest (standin.h).
 */
#ifndef KAB_RUNNER_MACHINE_ROOTFS_H
#define KAB_RUNNER_MACHINE_ROOTFS_H

#include <stddef.h>

#include "lib/strvec.h"

enum { ROOTFS_AGENT, ROOTFS_FIO, ROOTFS_DMSETUP, ROOTFS_PROGRAMS };

struct rootfs {
	struct strvec from, to; /* files of the guest and where they come from; in step */
	struct strvec sources;	/* what all of it depends on */
	char *standins;		/* folder for libraries that are made; the caller sets it */
};

/* Where the programs are, new strings. 0, or -1 with an error printed about each that is missing. */
int rootfs_programs(char *paths[ROOTFS_PROGRAMS]);
const char *rootfs_name(size_t program);
/* Finds all files, and writes the stand-ins. 0, or -1 with an error printed. */
int rootfs_find(struct rootfs *c, char *const *paths);
void rootfs_release(struct rootfs *c);

#endif
