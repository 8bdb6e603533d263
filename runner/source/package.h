/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian packages: what apt knows of them, and their bytes. They are named as apt does it: NAME, and
 * apt is asked as it is set up, or NAME/RELEASE (release.h). Nothing is installed, so it needs no root.
 */
#ifndef KAB_RUNNER_SOURCE_PACKAGE_H
#define KAB_RUNNER_SOURCE_PACKAGE_H

#include <stdint.h>

#include "lib/strvec.h"

struct package {
	char *name;
	char *release; /* NULL: what apt is set up with */
	char *version;
	char *sha256; /* of the .deb's bytes, 64 hex digits, as the signed index has it */
	int64_t mib;  /* of the download */
	/* Of a kernel since 7: its image, modules and configuration are packages of their own. */
	struct package *parts;
	size_t part_count;
};

/*
 * The version of a kernel's package that apt would install now; a package that only depends on
 * another kernel's ("linux-image-amd64") leads to that one. 0, or -1 with an error printed that
 * suggests the nearest name.
 */
int package_find_kernel(struct package *p, const char *name);
/* The same of a package of a kernel's source ("linux-source"). */
int package_find_source(struct package *p, const char *name);
/*
 * What apt would install now under exactly this name. `depends`, if not NULL, gets the names that it
 * depends on, in the same release; of alternatives the first. Returns 0; 1 without a message when apt does not know it;
 * -1 with an error printed. package_release() is safe after all.
 */
int package_find(struct package *p, const char *name, struct strvec *depends);
void package_release(struct package *p);
/*
 * Downloads exactly these bytes into the folder, which is empty. The path, a new string, or NULL
 * with an error printed.
 */
char *package_download(const struct package *p, const char *dir);
/* Unpacks one file of a .deb, or with NULL all, below the folder. 0, or -1 with an error printed. */
int package_unpack(const char *deb, const char *inside, const char *dir);

#endif
