/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels of a distribution: Debian's binary packages, unpacked without being installed. They are
 * read by libarchive, so that neither dpkg nor root is needed for a package that is there as a file.
 */
#ifndef KAB_RUNNER_SOURCE_DEB_H
#define KAB_RUNNER_SOURCE_DEB_H

#include "lib/strvec.h"

/*
 * Takes the kernel out of a package, or of several that hold it together, into the folder, which
 * exists: bzImage, config and System.map
 * (unless it is the stub that Debian ships), modules.builtin, and modules/NAME.ko, decompressed but
 * otherwise byte for byte, so that signatures stay good. All of it is on the disk afterwards. Returns 0, or -1 with
 * an error printed: no package, cut short, no kernel in them or several.
 */
int deb_unpack(const struct strvec *files, const char *dir);

#endif
