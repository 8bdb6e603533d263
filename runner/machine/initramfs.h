/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's file system: a base archive (agent, fio, dmsetup and their libraries) that is
 * built once per content and cached, and a small archive with the job that is appended for a run
 * (the kernel unpacks concatenated archives). Written with libarchive, without root, with fixed
 * owners and times: the same content gives the same bytes.
 *
 * The archive is not compressed: what gzip saves in reading costs more in the guest, and the
 * host's page cache holds it anyway. It is small because libraries that fio is linked with but
 * cannot use in a guest are stand-ins (standin.h): 9 MiB instead of 83.
 */
#ifndef KAB_RUNNER_MACHINE_INITRAMFS_H
#define KAB_RUNNER_MACHINE_INITRAMFS_H

#include "lib/json.h"
#include "lib/strvec.h"

struct provision;

struct initramfs {
	char *path;    /* of the cached base archive */
	char *sha256;  /* of its content */
	char *fio;     /* "fio-3.33" */
	char *dmsetup; /* "1.02.185" */
};

/*
 * Builds the base archive if the cache has none of this content; when nothing has changed on the
 * host that costs one stat() per file. 0, or -1 with an error printed: fio, dmsetup or the agent
 * not found, a library missing.
 */
int initramfs_base(struct initramfs *base);
void initramfs_release(struct initramfs *base);
/*
 * Writes base + job archive to `out`: job.json, and the modules of `p` (NULL: none) as NAME.ko in
 * /machine, /modules and /workload, each with a file "order" that has their names, a line each.
 * 0, or -1 with an error printed.
 */
int initramfs_for_job(const struct initramfs *base, struct json_object *job,
		      const struct provision *p, const char *out);

#endif
