// SPDX-License-Identifier: GPL-2.0-or-later
#include "paths.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "file.h"
#include "log.h"

/* A place for what kab writes, and the environment variables that move it. */
struct place {
	const char *own;  /* "KAB_CACHE": the folder itself */
	const char *xdg;  /* "XDG_CACHE_HOME": its parent */
	const char *home; /* ".cache": the same below $HOME */
};

static const struct place cache_place = { "KAB_CACHE", "XDG_CACHE_HOME", ".cache" };
static const struct place data_place = { "KAB_DATA", "XDG_DATA_HOME", ".local/share" };

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* Absolute, because kab hands paths to programs that run in other folders. */
static char *absolute(const char *path)
{
	char cwd[PATH_MAX];

	if (*path == '/')
		return xstrdup(path);
	if (!getcwd(cwd, sizeof(cwd))) {
		error("cannot tell the working directory:");
		return NULL;
	}
	return xasprintf("%s/%s", cwd, path);
}

/* Cuts the last component off; false at the root. */
static bool to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !path[1])
		return false;
	slash[slash == path ? 1 : 0] = '\0';
	return true;
}

/* Whether the folder can be written, or made, as far as its nearest existing parent tells. */
static bool writable(const char *path)
{
	char *nearest = xstrdup(path);
	bool ok;

	while (!file_exists(nearest) && to_parent(nearest))
		;
	ok = !access(nearest, W_OK | X_OK);
	free(nearest);
	return ok;
}

static char *place_base(const struct place *place)
{
	const char *dir;

	dir = env(place->own);
	if (dir)
		return absolute(dir);
	/* The specification says to ignore relative ones. */
	dir = env(place->xdg);
	if (dir && *dir == '/')
		return xasprintf("%s/kab", dir);
	dir = env("HOME");
	if (dir && *dir == '/')
		return xasprintf("%s/%s/kab", dir, place->home);
	error("HOME is not set: set %s to a folder to write to", place->own);
	return NULL;
}

/* "base/relative"; the folders before its last component are made. */
static char *place_path(const struct place *place, const char *relative)
{
	char *base = place_base(place);
	char *path, *dir;
	int made;

	if (!base)
		return NULL;
	if (!writable(base)) {
		error("cannot write to \"%s\" (set %s to another folder):", base, place->own);
		free(base);
		return NULL;
	}
	path = relative && *relative ? xasprintf("%s/%s", base, relative) : xstrdup(base);
	dir = relative && *relative ? xstrndup(path, (size_t)(strrchr(path, '/') - path))
				    : xstrdup(base);
	made = dir_make(dir);
	free(dir);
	free(base);
	if (!made)
		return path;
	note("set %s to another folder", place->own);
	free(path);
	return NULL;
}

char *path_cache(const char *relative)
{
	return place_path(&cache_place, relative);
}

char *path_data(const char *relative)
{
	return place_path(&data_place, relative);
}

static bool has(const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	bool found = file_exists(path);

	free(path);
	return found;
}

static bool is_share(const char *dir)
{
	return has(dir, "configs") && has(dir, "patches");
}

/* The installed share, or the source tree that the program was built in; NULL without either. */
static char *share_of_program(void)
{
	char dir[PATH_MAX + 1];
	char *installed;
	ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX);

	if (n < 0)
		return NULL;
	dir[n] = '\0';
	to_parent(dir);
	installed = xasprintf("%s/../share/kab", dir);
	if (is_share(installed))
		return installed;
	free(installed);
	do {
		if (is_share(dir))
			return xstrdup(dir);
	} while (to_parent(dir));
	return NULL;
}

char *path_share(const char *relative)
{
	const char *set = env("KAB_SHARE");
	char *base = set ? absolute(set) : share_of_program();
	char *path;

	if (!base) {
		if (!set)
			error("cannot find kab's own files (configs/, patches/): set KAB_SHARE");
		return NULL;
	}
	path = relative && *relative ? xasprintf("%s/%s", base, relative) : xstrdup(base);
	free(base);
	if (file_exists(path))
		return path;
	error("\"%s\" does not exist (%s)", path,
	      set ? "KAB_SHARE is set" : "KAB_SHARE can name another folder");
	free(path);
	return NULL;
}

int path_share_names(const char *folder, const char *suffix, struct strvec *names)
{
	struct strvec files = STRVEC_INIT;
	char *dir = path_share(folder);
	int result = dir ? dir_list(dir, &files) : -1;

	for (size_t i = 0; !result && i < files.count; i++) {
		size_t len = strlen(files.items[i]), tail = strlen(suffix);

		if (len > tail && !strcmp(files.items[i] + len - tail, suffix))
			strvec_pushf(names, "%.*s", (int)(len - tail), files.items[i]);
	}
	strvec_sort(names); /* "a-b.json" comes before "a.json", and "a" before "a-b" */
	strvec_release(&files);
	free(dir);
	return result;
}
