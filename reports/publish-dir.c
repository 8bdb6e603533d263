// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A directory of this machine, or one that is mounted.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "destination.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"

/* Where a path is or would be: its nearest parent that exists, resolved. NULL: none. */
static char *resolve(const char *path)
{
	char *at = xstrdup(path), *real;

	while (!(real = realpath(at, NULL)) && errno == ENOENT && strrchr(at, '/') > at)
		*strrchr(at, '/') = '\0';
	free(at);
	return real ? real : realpath(".", NULL);
}

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return !strncmp(path, folder, len) && (path[len] == '/' || !path[len]);
}

/* A copy of the site within itself would be published the next time. */
static int dir_open(struct destination *d, const struct publish_options *o)
{
	char *site = realpath(o->site, NULL), *there = resolve(o->destination);
	int ret = 0;

	if (!*o->destination)
		ret = error("the destination has no name");
	else if (site && there && is_below(there, site))
		ret = error("\"%s\" is within the site itself", o->destination);
	d->root = xasprintf("%s/", o->destination);
	free(site);
	free(there);
	return ret;
}

static int dir_get(struct destination *d, const char *path, struct strbuf *out)
{
	char *full = xasprintf("%s%s", d->root, path);
	int ret = file_read_optional(full, out);

	free(full);
	return ret;
}

static int dir_put(struct destination *d, const char *path, const void *data, size_t len)
{
	char *full = xasprintf("%s%s", d->root, path);
	char *folder = xstrndup(full, (size_t)(strrchr(full, '/') - full));
	int ret = 0;

	if (!strvec_has(&d->folders, folder)) {
		ret = dir_make(folder);
		strvec_push(&d->folders, folder);
	}
	if (ret == 0)
		ret = file_write(full, data, len);
	free(folder);
	free(full);
	return ret;
}

/* Folders above it that are empty now go as well, but not the destination itself. */
static void remove_folders(const struct destination *d, char *full)
{
	char *slash;

	while ((slash = strrchr(full, '/')) && slash > full + strlen(d->root)) {
		*slash = '\0';
		if (rmdir(full) < 0)
			return;
	}
}

static int dir_remove_file(struct destination *d, const char *path)
{
	char *full = xasprintf("%s%s", d->root, path);
	int ret = 0;

	if (unlink(full) < 0 && errno != ENOENT && errno != ENOTDIR)
		ret = error("cannot remove \"%s\":", full);
	else
		remove_folders(d, full);
	free(full);
	return ret;
}

const struct destination_kind destination_dir = {
	.schemes = "",
	.open = dir_open,
	.get = dir_get,
	.put = dir_put,
	.remove = dir_remove_file,
};
