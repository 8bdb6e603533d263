// SPDX-License-Identifier: GPL-2.0-or-later
#include "package.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "lib/strvec.h"
#include "lib/transcript.h"

#define QUERY_TIMEOUT_MS    60000
#define UNPACK_TIMEOUT_MS   (10 * 60 * 1000)
#define DOWNLOAD_TIMEOUT_MS (INT64_C(60) * 60 * 1000)
#define POLL_MS		    250
#define SAID_MAX	    2000
#define MIB		    (1 << 20)
#define KERNEL_PREFIX	    "linux-image-"
#define DEBUG_SUFFIX	    "-dbg"
#define FOLLOW_MAX	    4 /* from a meta package to the next */

/* The first line that a program prints, as a new string; NULL when it fails. */
static char *first_line(struct strvec *argv, struct strbuf *said)
{
	struct strbuf out = STRBUF_INIT;
	char *line = NULL;

	if (!proc_capture(argv->items, &out, said, QUERY_TIMEOUT_MS))
		line = xstrndup(out.data, strcspn(out.data, "\n"));
	strbuf_release(&out);
	return line;
}

/* The version of an installed package; asked once for each state of the file. */
static char *installed_version(const char *package, const char *path)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf note = STRBUF_INIT;
	char *version = NULL;

	if (cache_note_get("version", path, &note))
		return strbuf_detach(&note);
	strbuf_release(&note);
	strvec_pushl(&argv, "dpkg-query", "-W", "-f", "${Version}\n", package, NULL);
	if (proc_available("dpkg-query"))
		version = first_line(&argv, NULL);
	strvec_release(&argv);
	if (version)
		cache_note_set("version", path, version);
	return version ? version : xstrdup("not from a package");
}

/* What apt knows of the version that it would install: lines "Field: value". False when nothing. */
static bool ask_apt(const char *package, struct strbuf *record)
{
	struct strvec argv = STRVEC_INIT;
	bool known;

	strvec_pushl(&argv, "apt-cache", "show", "--no-all-versions", "--", package, NULL);
	known = !proc_capture(argv.items, record, NULL, QUERY_TIMEOUT_MS) && record->len;
	strvec_release(&argv);
	return known;
}

/* The value of a field in the first record, a new string, or NULL. */
static char *field(const struct strbuf *record, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = record->data; *line && *line != '\n';) {
		size_t end = strcspn(line, "\n");

		if (!strncmp(line, name, len) && !strncmp(line + len, ": ", 2))
			return xstrndup(line + len + 2, end - len - 2);
		line += end + (line[end] == '\n');
	}
	return NULL;
}

static int64_t record_mib(const struct strbuf *record)
{
	char *size = field(record, "Size");
	int64_t mib = size ? strtoll(size, NULL, 10) / MIB : 0;

	free(size);
	return mib;
}

/* MiB that a download will have, or 0 when apt does not tell. */
static int64_t download_size(const char *package)
{
	struct strbuf record = STRBUF_INIT;
	int64_t mib = ask_apt(package, &record) ? record_mib(&record) : 0;

	strbuf_release(&record);
	return mib;
}

/* apt-get download into the folder, with progress by what has arrived. `mib` of 0: not known. */
static int run_apt(const char *package, int64_t mib, const char *dir)
{
	struct strvec argv = STRVEC_INIT;
	struct progress progress;
	struct strbuf text = STRBUF_INIT;
	struct proc p = { .dir = dir, .out = PROC_NULL };
	int64_t deadline = clock_ms() + DOWNLOAD_TIMEOUT_MS;
	int state = -1;

	strvec_pushl(&argv, "apt-get", "-q", "-o", "Acquire::Retries=3", "download", package, NULL);
	p.argv = argv.items;
	p.err = transcript_open("", 0);
	if (p.err < 0 || proc_start(&p) < 0)
		goto out;
	progress_begin(&progress, "MiB", mib, "downloading %s", package);
	do {
		state = proc_wait(&p, POLL_MS);
		progress_update(&progress, dir_size(dir) / MIB);
	} while (state == 1 && !interrupted() && clock_ms() < deadline);
	proc_stop(&p, 1000);
	progress_end(&progress, proc_ok(&p) ? "done" : "stopped");
	state = proc_ok(&p) ? 0 : -1;
	transcript_close(p.err, &text, SAID_MAX);
	p.err = -1;
	if (state < 0 && !interrupted())
		error("package \"%s\" cannot be downloaded (does \"apt-get update\" help?):\n%s",
		      package, text.data);
out:
	transcript_close(p.err, &text, 0);
	strbuf_release(&text);
	strvec_release(&argv);
	return state;
}

/* dpkg-deb | tar: takes one file out of the package; NULL: all. */
static int extract(const char *deb, const char *inside, const char *dir)
{
	struct strvec from = STRVEC_INIT;
	struct strvec to = STRVEC_INIT;
	struct proc dpkg = { .out = PROC_PIPE };
	struct proc tar = { 0 };
	int result = -1;

	strvec_pushl(&from, "dpkg-deb", "--fsys-tarfile", deb, NULL);
	strvec_pushl(&to, "tar", "-xf", "-", "-C", dir, "--no-same-owner", NULL);
	if (inside)
		strvec_pushf(&to, "./%s", inside);
	dpkg.argv = from.items;
	tar.argv = to.items;
	if (proc_start(&dpkg) < 0)
		goto out;
	tar.in = dpkg.out;
	result = proc_run(&tar, UNPACK_TIMEOUT_MS);
	close(dpkg.out);
	if (!result && proc_wait(&dpkg, UNPACK_TIMEOUT_MS))
		result = -1;
	proc_stop(&dpkg, 0);
	if (result < 0 && !interrupted())
		error("cannot take \"%s\" out of \"%s\"", inside ? inside : "all files", deb);
out:
	strvec_release(&from);
	strvec_release(&to);
	return result;
}

/* The one file in the folder, or NULL with an error printed. */
static char *only_file(const char *dir)
{
	struct strvec names = STRVEC_INIT;
	char *path = NULL;

	if (!dir_list(dir, &names)) {
		if (names.count == 1)
			path = xasprintf("%s/%s", dir, names.items[0]);
		else
			error("\"%s\" should hold one package", dir);
	}
	strvec_release(&names);
	return path;
}

static char *deb_version(const char *deb)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf said = STRBUF_INIT;
	char *version;

	strvec_pushl(&argv, "dpkg-deb", "-f", deb, "Version", NULL);
	version = first_line(&argv, &said);
	if (!version && !interrupted())
		error("\"%s\" is no Debian package: %s", deb, said.data);
	strbuf_release(&said);
	strvec_release(&argv);
	return version;
}

/* Makes `to`, a folder with the tarball and the package's version. */
static int download(const char *package, const char *inside, const char *to)
{
	struct cache_work w;
	char *deb_dir, *new_dir, *tar, *moved, *note;
	char *deb = NULL;
	char *version = NULL;
	int64_t mib = download_size(package);
	int result = -1;

	if (cache_need_mib(3 * mib, package) < 0 || cache_work_begin(&w) < 0)
		return -1;
	deb_dir = xasprintf("%s/deb", w.path);
	new_dir = xasprintf("%s/new", w.path);
	tar = xasprintf("%s/%s", new_dir, inside);
	moved = xasprintf("%s/tarball", new_dir);
	note = xasprintf("%s/version", new_dir);
	if (dir_make(deb_dir) < 0 || dir_make(new_dir) < 0 || run_apt(package, mib, deb_dir) < 0)
		goto out;
	deb = only_file(deb_dir);
	version = deb ? deb_version(deb) : NULL;
	if (!version || extract(deb, inside, new_dir) < 0)
		goto out;
	result = rename(tar, moved) < 0 ? error("cannot move \"%s\":", tar) : 0;
	if (!result)
		result = file_write_str(note, version);
	if (!result)
		result = cache_publish(new_dir, to);
out:
	cache_work_end(&w);
	free(deb_dir);
	free(new_dir);
	free(tar);
	free(moved);
	free(note);
	free(deb);
	free(version);
	return result;
}

static int downloaded_tarball(const char *package, const char *inside, char **path, char **version)
{
	struct strbuf text = STRBUF_INIT;
	char *dir = cache_path("downloads", package);
	char *note = dir ? xasprintf("%s/version", dir) : NULL;
	int lock = dir ? cache_lock("download", package, CACHE_EXCLUSIVE) : -1;
	int result = -1;

	if (lock >= 0)
		result = file_exists(note) ? 0 : download(package, inside, dir);
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
	return result;
}

int package_tarball(const char *package, const char *inside, char **path, char **version)
{
	char *installed = xasprintf("/%s", inside);

	if (!file_exists(installed)) {
		free(installed);
		return downloaded_tarball(package, inside, path, version);
	}
	*version = installed_version(package, installed);
	*path = installed;
	return 0;
}

/*
 * Packages of kernels.
 */
static int unknown_kernel(const char *name)
{
	struct strvec argv = STRVEC_INIT, names = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	const char *near;
	int result;

	strvec_pushl(&argv, "apt-cache", "pkgnames", KERNEL_PREFIX, NULL);
	if (!proc_capture(argv.items, &out, NULL, QUERY_TIMEOUT_MS))
		strvec_split(&names, out.data, "\n");
	near = names.count ? nearest(name, names.items) : NULL;
	if (near)
		result = error("apt knows no package \"%s\"; did you mean \"%s\"?", name, near);
	else
		result = error("apt knows no package \"%s\" (does \"apt-get update\" help?)", name);
	strvec_release(&argv);
	strvec_release(&names);
	strbuf_release(&out);
	return result;
}

static bool ends_with(const char *s, const char *suffix)
{
	size_t len = strlen(s), suffix_len = strlen(suffix);

	return len >= suffix_len && !strcmp(s + len - suffix_len, suffix);
}

/* Pushes the names of what a package depends on; of alternatives the first. */
static void read_depends(const struct strbuf *record, struct strvec *names)
{
	struct strvec items = STRVEC_INIT;
	char *depends = field(record, "Depends");

	strvec_split(&items, depends ? depends : "", ",");
	for (size_t i = 0; i < items.count; i++) {
		const char *item = items.items[i] + strspn(items.items[i], " ");

		strvec_pushf(names, "%.*s", (int)strcspn(item, " (|:"), item);
	}
	strvec_release(&items);
	free(depends);
}

/*
 * The package of another kernel among the dependencies, which a real one does not have; NULL
 * without. A new string.
 */
static char *depended_kernel(const struct strbuf *record)
{
	struct strvec names = STRVEC_INIT;
	char *found = NULL;

	read_depends(record, &names);
	for (size_t i = 0; !found && i < names.count; i++)
		if (!strncmp(names.items[i], KERNEL_PREFIX, strlen(KERNEL_PREFIX)) &&
		    !ends_with(names.items[i], DEBUG_SUFFIX))
			found = xstrdup(names.items[i]);
	strvec_release(&names);
	return found;
}

static int read_record(struct package *p, const struct strbuf *record)
{
	*p = (struct package){ .name = field(record, "Package"),
			       .version = field(record, "Version"),
			       .sha256 = field(record, "SHA256"),
			       .mib = record_mib(record) };
	if (p->name && p->version && p->sha256 && strlen(p->sha256) == HASH_HEX_LEN)
		return 0;
	package_release(p);
	return -1;
}

int package_find_kernel(struct package *p, const char *name)
{
	struct strbuf record = STRBUF_INIT;
	char *at = xstrdup(name), *next;
	int result = -1;

	*p = (struct package){ 0 };
	if (!proc_available("apt-cache")) {
		error("\"%s\": there is no apt here; give the path of a .deb", name);
		goto out;
	}
	for (int i = 0; i < FOLLOW_MAX; i++) {
		strbuf_reset(&record);
		if (!ask_apt(at, &record)) {
			if (!interrupted())
				unknown_kernel(at);
			goto out;
		}
		next = depended_kernel(&record);
		if (!next) {
			result = read_record(p, &record);
			if (result < 0)
				error("no archive that apt knows has the package \"%s\"", at);
			goto out;
		}
		verbose("\"%s\" stands for \"%s\"", at, next);
		free(at);
		at = next;
	}
	error("\"%s\" leads from package to package", name);
out:
	strbuf_release(&record);
	free(at);
	return result;
}

int package_find(struct package *p, const char *name, struct strvec *depends)
{
	struct strbuf record = STRBUF_INIT;
	int result = 1;

	*p = (struct package){ 0 };
	if (ask_apt(name, &record)) {
		result = read_record(p, &record) < 0;
		if (depends)
			read_depends(&record, depends);
	} else if (interrupted()) {
		result = error("interrupted");
	}
	strbuf_release(&record);
	return result;
}

void package_release(struct package *p)
{
	free(p->name);
	free(p->version);
	free(p->sha256);
	*p = (struct package){ 0 };
}

char *package_download(const struct package *p, const char *dir)
{
	char *what = xasprintf("%s=%s", p->name, p->version);
	struct hash_hex got;
	char *path = NULL;

	if (run_apt(what, p->mib, dir) == 0)
		path = only_file(dir);
	if (path && (hash_file(path, &got) < 0 || strcmp(got.s, p->sha256) != 0)) {
		error("\"%s\" is not the package that apt announced (does \"apt-get update\" help?)",
		      what);
		free(path);
		path = NULL;
	}
	free(what);
	return path;
}

int package_unpack(const char *deb, const char *dir)
{
	return extract(deb, NULL, dir);
}
