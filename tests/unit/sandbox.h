/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder of its own for a test, with a share and a cache, as the working directory.
 */
#ifndef KAB_TESTS_SANDBOX_H
#define KAB_TESTS_SANDBOX_H

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"

static char sandbox_dir[] = "/tmp/kab-test-XXXXXX";

/* Writes a file, and the folders above it. */
static inline void put(const char *path, const char *text)
{
	char *dir = xstrdup(path);
	char *slash = strrchr(dir, '/');

	if (slash) {
		*slash = '\0';
		if (dir_make(dir) < 0)
			abort();
	}
	free(dir);
	if (file_write_str(path, text) < 0)
		abort();
}

static inline int sandbox_setup(void **state)
{
	char *share, *cache;

	memcpy(sandbox_dir + sizeof(sandbox_dir) - 7, "XXXXXX", 6);
	if (!mkdtemp(sandbox_dir) || chdir(sandbox_dir))
		return -1;
	*state = sandbox_dir;
	share = xasprintf("%s/share", sandbox_dir);
	cache = xasprintf("%s/cache, with: odd:name", sandbox_dir);
	setenv("KAB_SHARE", share, 1);
	setenv("KAB_CACHE", cache, 1);
	free(share);
	free(cache);
	put("share/configs/kernels/default.json", "{\"fragments\": [\"boot\"]}\n");
	put("share/configs/kernels/linux-6.1.json",
	    "// comment\n{\"title\": \"t\", \"package\": \"p\", \"tarball\": \"nowhere/x.tar\", "
	    "\"fragments\": [\"boot\"]}\n");
	put("share/configs/fragments/boot.config", "# why\nCONFIG_64BIT=y\nCONFIG_SMP=y\n");
	put("share/patches/mempool-bulk/series", "0001-x.patch\n");
	put("share/patches/mempool-bulk/0001-x.patch",
	    "--- a/mm/x.c\n+++ b/mm/x.c\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n");
	return 0;
}

static inline int sandbox_teardown(void **state)
{
	return chdir("/") || dir_remove(*state);
}

#endif
