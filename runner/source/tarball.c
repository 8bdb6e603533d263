// SPDX-License-Identifier: GPL-2.0-or-later
#include "tarball.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"
#include "package.h"

#define QUERY_TIMEOUT_MS 60000

/* Takes the tarball into the work folder, and its version beside it; then makes `to` of it. */
static int publish_tarball(const struct package *p, const char *deb, const char *inside,
			   const char *dir, const char *to)
{
	char *tar = xasprintf("%s/%s", dir, inside);
	char *moved = xasprintf("%s/tarball", dir);
	char *note = xasprintf("%s/version", dir);
	int result = package_unpack(deb, inside, dir);

	if (!result && rename(tar, moved) < 0)
		result = error("cannot move \"%s\":", tar);
	if (!result)
		result = file_write_str(note, p->version);
	if (!result)
		result = cache_publish(dir, to);
	free(tar);
	free(moved);
	free(note);
	return result;
}

/* Makes `to`, a folder with the tarball and the package's version. */
static int download(const struct package *p, const char *inside, const char *to)
{
	struct cache_work w;
	char *deb_dir, *new_dir, *deb = NULL;
	int result = -1;

	if (cache_need_mib(3 * p->mib, p->name) < 0 || cache_work_begin(&w) < 0)
		return -1;
	deb_dir = xasprintf("%s/deb", w.path);
	new_dir = xasprintf("%s/new", w.path);
	if (!dir_make(deb_dir) && !dir_make(new_dir))
		deb = package_download(p, deb_dir);
	if (deb)
		result = publish_tarball(p, deb, inside, new_dir, to);
	cache_work_end(&w);
	free(deb_dir);
	free(new_dir);
	free(deb);
	return result;
}

static int find_and_download(const char *package, const char *inside, const char *to)
{
	struct package p;
	char *place;
	int result = package_find_source(&p, package);

	if (result < 0)
		return -1;
	place = inside ? xstrdup(inside) : xasprintf("usr/src/%s.tar.xz", p.name);
	result = download(&p, place, to);
	package_release(&p);
	free(place);
	return result;
}

/* "linux-source-5.10/bullseye" -> "linux-source-5.10_bullseye", which no package is called. */
static char *download_key(const char *package)
{
	char *key = xstrdup(package);

	for (char *c = key; *c; c++)
		*c = *c == '/' ? '_' : *c;
	return key;
}

static int downloaded_tarball(const char *package, const char *inside, char **path, char **version)
{
	struct strbuf text = STRBUF_INIT;
	char *key = download_key(package);
	char *dir = cache_path("downloads", key);
	char *note = dir ? xasprintf("%s/version", dir) : NULL;
	int lock = dir ? cache_lock("download", key, CACHE_EXCLUSIVE) : -1;
	int result = -1;

	if (lock >= 0)
		result = file_exists(note) ? 0 : find_and_download(package, inside, dir);
	if (!result)
		result = file_read(note, &text);
	if (!result) {
		*path = xasprintf("%s/tarball", dir);
		*version = strbuf_detach(&text);
	}
	if (lock >= 0)
		close(lock);
	strbuf_release(&text);
	free(note);
	free(dir);
	free(key);
	return result;
}

/* The version of an installed package; asked once for each state of the file. */
static char *installed_version(const char *package, const char *path)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	char *version = NULL;

	if (cache_note_get("version", path, &out))
		return strbuf_detach(&out);
	strvec_pushl(&argv, "dpkg-query", "-W", "-f", "${Version}\n", package, NULL);
	strbuf_reset(&out);
	if (proc_available("dpkg-query") && !proc_capture(argv.items, &out, NULL, QUERY_TIMEOUT_MS))
		version = xstrndup(out.data, strcspn(out.data, "\n"));
	if (version)
		cache_note_set("version", path, version);
	strvec_release(&argv);
	strbuf_release(&out);
	return version ? version : xstrdup("not from a package");
}

int tarball_find(const char *package, const char *inside, char **path, char **version)
{
	char *installed = inside && !strchr(package, '/') ? xasprintf("/%s", inside) : NULL;

	if (!installed || !file_exists(installed)) {
		free(installed);
		return downloaded_tarball(package, inside, path, version);
	}
	*version = installed_version(package, installed);
	*path = installed;
	return 0;
}
