/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finished kernels in the cache, kernels/ID:
 *	bzImage, System.map, config, modules/NAME.ko
 *	symbols		its functions, with the objects they come from (symbols.h)
 *	kernel.json	what they are; its time is that of the last use
 * An image that was ready has only bzImage and kernel.json; one of a package has the modules and
 * the config of the package, and a System.map when there is one in it.
 */
#ifndef KAB_RUNNER_KERNEL_KERNEL_H
#define KAB_RUNNER_KERNEL_KERNEL_H

#include <stdint.h>

#include "lib/strvec.h"

struct overlay;
struct recipe;

struct kernel {
	char *dir;
	char *spec; /* as it was written when it was built; of git with the commit's name */
	char *id;
	char *base_id; /* of the layer that it was or can be built on; "" for what was ready */
	char *source;
	char *source_id; /* of the unpacked source that it was built on; "" for what was ready */
	char *series;
	char *compiler;
	char *linker;
	char *release;
	char *image_sha256;
	char *config_sha256; /* "" for an image */
	int64_t objects;     /* that were compiled for it */
	int64_t build_ms;
	int64_t used; /* seconds since 1970 */
};

/* Returns 0; 1 without a message when the cache has no such kernel; -1 with an error printed. */
int kernel_load(struct kernel *k, const char *id);
void kernel_release(struct kernel *k);
/* Remembers that it is used now. */
void kernel_touch(const struct kernel *k);

/*
 * Takes the products out of a view; or an image from where it is, or what a package has, which is
 * downloaded for it. 0, or -1 with an error printed.
 */
int kernel_store_built(const struct recipe *r, const char *id, const struct overlay *view,
		       int64_t objects, int64_t build_ms);
int kernel_store_ready(const struct recipe *r);

#endif
