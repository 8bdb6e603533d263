// SPDX-License-Identifier: GPL-2.0-or-later
#include "fingerprint.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/version.h"

struct sums {
	uint64_t files, bytes;
	int64_t newest_ns;
};

static int add_tree(const char *path, struct sums *s);

static int add_children(const char *path, struct sums *s)
{
	struct strvec names = STRVEC_INIT;
	int ret = dir_list(path, &names);

	for (size_t i = 0; ret == 0 && i < names.count; i++) {
		char *child = xasprintf("%s/%s", path, names.items[i]);

		ret = add_tree(child, s);
		free(child);
	}
	strvec_release(&names);
	return ret;
}

static int add_tree(const char *path, struct sums *s)
{
	struct stat st;
	int64_t ns;

	if (lstat(path, &st) < 0)
		return error("cannot look at \"%s\":", path);
	if (S_ISDIR(st.st_mode))
		return add_children(path, s);
	ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	s->files++;
	s->bytes += (uint64_t)st.st_size;
	if (ns > s->newest_ns)
		s->newest_ns = ns;
	return 0;
}

char *fingerprint_make(const char *path)
{
	struct sums s = { 0 };

	if (add_tree(path, &s) < 0)
		return NULL;
	return xasprintf(KAB_VERSION " %" PRIu64 " %" PRIu64 " %" PRId64, s.files, s.bytes,
			 s.newest_ns);
}
