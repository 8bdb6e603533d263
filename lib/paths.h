/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where kab keeps things.
 *	share	configs/, patches/, the guest's agent: beside the program, or $KAB_SHARE
 *	cache	sources, kernels, initramfs: $KAB_CACHE, $XDG_CACHE_HOME/kab or ~/.cache/kab;
 *		may be deleted at any time, costs only time to make again
 *	data	sessions, run directories, database, report: $KAB_DATA, $XDG_DATA_HOME/kab or
 *		~/.local/share/kab
 * Each returns a new absolute path that the caller frees, or NULL with an error printed (no home,
 * not writable, not in the share). In cache and data the directories before the last component
 * of `relative` exist afterwards ("runs/" makes that one too); in share the path itself exists.
 * NULL or "" means the place itself.
 */
#ifndef KAB_LIB_PATHS_H
#define KAB_LIB_PATHS_H

#include "strvec.h"

char *path_share(const char *relative);
/*
 * Pushes the names of what lies in a folder of the share and ends in `suffix`, without it, sorted.
 * 0, or -1 with an error printed.
 */
int path_share_names(const char *folder, const char *suffix, struct strvec *names);
char *path_cache(const char *relative);
char *path_data(const char *relative);

#endif
