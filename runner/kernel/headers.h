/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers of a distribution's kernel: what Debian builds and ships for other people's modules,
 * unpacked into the cache without being installed.
 */
#ifndef KAB_RUNNER_KERNEL_HEADERS_H
#define KAB_RUNNER_KERNEL_HEADERS_H

#include "lib/strbuf.h"
#include "runner/source/package.h"

struct headers {
	char *tree;	/* in the cache, with "usr/src/...", "usr/lib/..." below it; read only */
	char *folder;	/* in the tree: where make is run */
	char *compiler; /* that they are made for: "gcc-12" */
};

/*
 * Those of exactly this kernel's version, downloaded unless the cache has them. Returns 0; 1 with
 * the reason appended to `why` when apt does not have them; -1 with an error printed.
 * headers_release() is safe after all.
 */
int headers_open(struct headers *h, const struct package *kernel, struct strbuf *why);
void headers_release(struct headers *h);

#endif
