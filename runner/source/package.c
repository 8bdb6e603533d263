// SPDX-License-Identifier: GPL-2.0-or-later
#include "package.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apt.h"
#include "cache.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/proc.h"
#include "lib/strvec.h"
#include "release.h"

#define QUERY_TIMEOUT_MS  60000
#define UNPACK_TIMEOUT_MS (10 * 60 * 1000)
#define MIB		  (1 << 20)
#define DEBUG_SUFFIX	  "-dbg"
#define FOLLOW_MAX	  4 /* from a meta package to the next */

/* What is looked for: how the names of such packages begin, and what does as well without apt. */
struct wanted {
	const char *prefix;
	const char *instead;
};

static const struct wanted wanted_kernel = { "linux-image-", ".deb" };
static const struct wanted wanted_source = { "linux-source-", "tarball" };

/*
 * Begins the command line of a program of apt, which sees the release or, without one, what apt is set
 * up with. *lock is to be closed when it has ended, unless it is -1. 0, or -1 with an error printed.
 */
static int begin_apt(struct strvec *argv, const char *program, const char *release, int *lock)
{
	*lock = -1;
	strvec_push(argv, program);
	if (release)
		*lock = release_open(release, argv);
	return release && *lock < 0 ? -1 : 0;
}

static void end_apt(struct strvec *argv, int lock)
{
	if (lock >= 0)
		close(lock);
	strvec_release(argv);
}

static int ask_once(const char *name, const char *release, struct strbuf *record)
{
	struct strvec argv = STRVEC_INIT;
	int lock;
	int result = begin_apt(&argv, "apt-cache", release, &lock);

	strvec_pushl(&argv, "show", "--no-all-versions", "--", name, NULL);
	if (!result)
		result = proc_capture(argv.items, record, NULL, QUERY_TIMEOUT_MS) || !record->len;
	end_apt(&argv, lock);
	return result;
}

/*
 * What apt knows of the version that it would install: lines "Field: value". 0; 1 without a message
 * when it does not know the package, of a release also by new indexes; -1 with an error printed.
 */
static int ask_apt(const char *name, const char *release, struct strbuf *record)
{
	int result = ask_once(name, release, record);

	if (result == 1 && release && !interrupted() && release_renew(release)) {
		strbuf_reset(record);
		result = ask_once(name, release, record);
	}
	return result == 1 && interrupted() ? error("interrupted") : result;
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

/* Suggests the nearest of those that begin as what is looked for. */
static int unknown_package(const char *name, const char *release, const struct wanted *wanted)
{
	struct strvec argv = STRVEC_INIT, names = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	char *suffix = release ? xasprintf("/%s", release) : xstrdup("");
	const char *near;
	int lock;
	int result = begin_apt(&argv, "apt-cache", release, &lock);

	strvec_pushl(&argv, "pkgnames", wanted->prefix, NULL);
	if (!result && !proc_capture(argv.items, &out, NULL, QUERY_TIMEOUT_MS))
		strvec_split(&names, out.data, "\n");
	near = names.count ? nearest(name, names.items) : NULL;
	if (near)
		result = error("apt knows no package \"%s%s\"; did you mean \"%s%s\"?", name,
			       suffix, near, suffix);
	else
		result = error("apt knows no package \"%s%s\"%s", name, suffix,
			       release ? "" : " (does \"apt-get update\" help?)");
	end_apt(&argv, lock);
	strvec_release(&names);
	strbuf_release(&out);
	free(suffix);
	return result;
}

static bool ends_with(const char *s, const char *suffix)
{
	size_t len = strlen(s), suffix_len = strlen(suffix);

	return len >= suffix_len && !strcmp(s + len - suffix_len, suffix);
}

/*
 * Pushes the names of what a package depends on; of alternatives the first. With a release, as names
 * in that one.
 */
static void read_depends(const struct strbuf *record, const char *release, struct strvec *names)
{
	struct strvec items = STRVEC_INIT;
	char *depends = field(record, "Depends");

	strvec_split(&items, depends ? depends : "", ",");
	for (size_t i = 0; i < items.count; i++) {
		const char *item = items.items[i] + strspn(items.items[i], " ");

		strvec_pushf(names, "%.*s%s%s", (int)strcspn(item, " (|:"), item,
			     release ? "/" : "", release ? release : "");
	}
	strvec_release(&items);
	free(depends);
}

/*
 * The package of another kernel among the dependencies, which a real one does not have; NULL
 * without. A new string.
 */
static char *depended_kernel(const struct strbuf *record, const struct wanted *wanted)
{
	struct strvec names = STRVEC_INIT;
	char *found = NULL;

	read_depends(record, NULL, &names);
	for (size_t i = 0; !found && i < names.count; i++)
		if (!strncmp(names.items[i], wanted->prefix, strlen(wanted->prefix)) &&
		    !ends_with(names.items[i], DEBUG_SUFFIX))
			found = xstrdup(names.items[i]);
	strvec_release(&names);
	return found;
}

static int read_record(struct package *p, const struct strbuf *record, const char *release)
{
	*p = (struct package){ .name = field(record, "Package"),
			       .release = release ? xstrdup(release) : NULL,
			       .version = field(record, "Version"),
			       .sha256 = field(record, "SHA256"),
			       .mib = record_mib(record) };
	if (p->name && p->version && p->sha256 && strlen(p->sha256) == HASH_HEX_LEN)
		return 0;
	package_release(p);
	return -1;
}

/* A part of the kernel, which is of the same version. */
static int add_part(struct package *p, const char *name)
{
	struct strbuf record = STRBUF_INIT;
	struct package part = { 0 };
	int result = ask_apt(name, p->release, &record);

	if (!result)
		result = read_record(&part, &record, p->release) < 0;
	if (!result && strcmp(part.version, p->version) != 0)
		result = 1;
	if (result == 1)
		result = error("apt does not have \"%s\" in the version %s, which \"%s\" needs",
			       name, p->version, p->name);
	if (!result) {
		p->parts = xreallocarray(p->parts, p->part_count + 1, sizeof(*p->parts));
		p->parts[p->part_count++] = part;
	} else {
		package_release(&part);
	}
	strbuf_release(&record);
	return result;
}

static int add_parts(struct package *p, const struct strbuf *record)
{
	static const char *const prefixes[] = { "linux-base-", "linux-binary-", "linux-modules-" };
	struct strvec names = STRVEC_INIT;
	int result = 0;

	read_depends(record, NULL, &names);
	for (size_t i = 0; i < names.count; i++)
		for (size_t k = 0; !result && k < sizeof(prefixes) / sizeof(prefixes[0]); k++)
			if (!strncmp(names.items[i], prefixes[k], strlen(prefixes[k])))
				result = add_part(p, names.items[i]);
	strvec_release(&names);
	return result;
}

/* From package to package, up to one that does not only depend on another. */
static int follow(struct package *p, const char *name, const char *release,
		  const struct wanted *wanted)
{
	struct strbuf record = STRBUF_INIT;
	char *at = xstrdup(name), *next = at;
	int result = 0;

	for (int i = 0; !result && next; i++) {
		strbuf_reset(&record);
		result = i < FOLLOW_MAX ? ask_apt(at, release, &record)
					: error("\"%s\" leads from package to package", name);
		if (result == 1)
			result = unknown_package(at, release, wanted);
		next = result ? NULL : depended_kernel(&record, wanted);
		if (next) {
			verbose("\"%s\" stands for \"%s\"", at, next);
			free(at);
			at = next;
		}
	}
	if (!result && read_record(p, &record, release) < 0)
		result = error("no archive that apt knows has the package \"%s\"", at);
	if (!result)
		result = add_parts(p, &record);
	if (result)
		package_release(p);
	strbuf_release(&record);
	free(at);
	return result;
}

/* As package_find_kernel(), of what is wanted. */
static int find_wanted(struct package *p, const char *text, const struct wanted *wanted)
{
	char *name, *release;
	int result;

	*p = (struct package){ 0 };
	if (!release_split(text, &name, &release))
		return error("\"%s\" is no name of a package, NAME or NAME/RELEASE", text);
	if (proc_available("apt-cache"))
		result = follow(p, name, release, wanted);
	else
		result = error("\"%s\": there is no apt here; give the path of a %s", text,
			       wanted->instead);
	free(name);
	free(release);
	return result;
}

int package_find_kernel(struct package *p, const char *name)
{
	return find_wanted(p, name, &wanted_kernel);
}

int package_find_source(struct package *p, const char *name)
{
	return find_wanted(p, name, &wanted_source);
}

int package_find(struct package *p, const char *text, struct strvec *depends)
{
	struct strbuf record = STRBUF_INIT;
	char *name, *release;
	int result = 1;

	*p = (struct package){ 0 };
	if (release_split(text, &name, &release))
		result = ask_apt(name, release, &record);
	if (!result) {
		result = read_record(p, &record, release) < 0;
		if (depends)
			read_depends(&record, release, depends);
	}
	strbuf_release(&record);
	free(name);
	free(release);
	return result;
}

void package_release(struct package *p)
{
	free(p->name);
	free(p->release);
	free(p->version);
	free(p->sha256);
	for (size_t i = 0; i < p->part_count; i++)
		package_release(&p->parts[i]);
	free(p->parts);
	*p = (struct package){ 0 };
}

/* What may help when a download failed: what apt knows is old. */
static const char *advice(const struct package *p)
{
	if (!p->release)
		return "does \"apt-get update\" help?";
	return release_renew(p->release) ? "what apt knows of it was old and is new now: try again"
					 : "is the mirror being changed?";
}

/* apt-get download of exactly this version into the folder. */
static int run_apt(const struct package *p, const char *dir)
{
	char *what = xasprintf("%s=%s", p->name, p->version);
	struct strvec argv = STRVEC_INIT;
	struct strbuf said = STRBUF_INIT;
	int lock;
	int result = begin_apt(&argv, "apt-get", p->release, &lock);

	strvec_pushl(&argv, "-q", "-o", "Acquire::Retries=3", "download", what, NULL);
	if (!result)
		result = apt_fetch(&argv, dir, p->mib, what, &said);
	end_apt(&argv, lock);
	if (said.len)
		error("package \"%s\" cannot be downloaded (%s):\n%s", what, advice(p), said.data);
	strbuf_release(&said);
	free(what);
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

char *package_download(const struct package *p, const char *dir)
{
	struct hash_hex got;
	char *path = NULL;

	if (run_apt(p, dir) == 0)
		path = only_file(dir);
	if (path && (hash_file(path, &got) < 0 || strcmp(got.s, p->sha256) != 0)) {
		error("\"%s=%s\" is not the package that apt announced (%s)", p->name, p->version,
		      advice(p));
		free(path);
		path = NULL;
	}
	return path;
}

/* dpkg-deb | tar */
int package_unpack(const char *deb, const char *inside, const char *dir)
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
