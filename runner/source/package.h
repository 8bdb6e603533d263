/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian packages: what apt knows of them, their bytes, and those that hold a tarball. apt is asked
 * as it is set up, and nothing is installed, so it needs no root.
 */
#ifndef KAB_RUNNER_SOURCE_PACKAGE_H
#define KAB_RUNNER_SOURCE_PACKAGE_H

#include <stdint.h>

#include "lib/strvec.h"

struct package {
	char *name;
	char *version;
	char *sha256; /* of the .deb's bytes, 64 hex digits, as the signed index has it */
	int64_t mib;  /* of the download */
};

/*
 * The tarball `inside` a package: the installed file, or else one from a download into the
 * cache, where it stays. Sets *path and *version to new strings. 0, or -1 with an error printed.
 */
int package_tarball(const char *package, const char *inside, char **path, char **version);
/*
 * The version of a kernel's package that apt would install now; a package that only depends on
 * another kernel's ("linux-image-amd64") leads to that one. 0, or -1 with an error printed that
 * suggests the nearest name.
 */
int package_find_kernel(struct package *p, const char *name);
/*
 * What apt would install now under exactly this name. `depends`, if not NULL, gets the names that it
 * depends on; of alternatives the first. Returns 0; 1 without a message when apt does not know it;
 * -1 with an error printed. package_release() is safe after all.
 */
int package_find(struct package *p, const char *name, struct strvec *depends);
void package_release(struct package *p);
/*
 * Downloads exactly these bytes into the folder, which is empty. The path, a new string, or NULL
 * with an error printed.
 */
char *package_download(const struct package *p, const char *dir);
/* Unpacks all files of a .deb below the folder. 0, or -1 with an error printed. */
int package_unpack(const char *deb, const char *dir);

#endif
