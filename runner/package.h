/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian packages that hold a tarball.
 */
#ifndef KAB_RUNNER_PACKAGE_H
#define KAB_RUNNER_PACKAGE_H

/*
 * The tarball `inside` a package: the installed file, or else one from a download into the
 * cache, where it stays. Sets *path and *version to new strings. 0, or -1 with an error printed.
 */
int package_tarball(const char *package, const char *inside, char **path, char **version);

#endif
