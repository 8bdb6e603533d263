/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian's packages of a kernel's source: each installs one tarball.
 */
#ifndef KAB_RUNNER_SOURCE_TARBALL_H
#define KAB_RUNNER_SOURCE_TARBALL_H

/*
 * The tarball of a package, which is named as package.h says. It is the installed file `inside`, if no
 * release is named, or else one from a download into the cache, where it stays until it is pruned.
 * Without `inside` the tarball is where Debian has it, and a package that only depends on another
 * ("linux-source") leads to that one. Sets *path and *version to new strings. 0, or -1 with an error
 * printed.
 */
int tarball_find(const char *package, const char *inside, char **path, char **version);

#endif
