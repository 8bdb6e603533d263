/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files from the web, which are used only after their checksum was found right.
 */
#ifndef KAB_RUNNER_SOURCE_DOWNLOAD_H
#define KAB_RUNNER_SOURCE_DOWNLOAD_H

/*
 * Gets a URL into a file. What has arrived is kept in "PATH.part" when the connection breaks, and
 * continued from, in this call and in a later one. Returns 0, or -1 with an error printed.
 */
int download_file(const char *url, const char *sha256, const char *path);

#endif
