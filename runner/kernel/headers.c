// SPDX-License-Identifier: GPL-2.0-or-later
#include "headers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"
#include "runner/source/cache.h"

#define IMAGE_PREFIX	"linux-image-"
#define HEADERS_PREFIX	"linux-headers-"
#define UNSIGNED_SUFFIX "-unsigned"
#define UNPACKED_TIMES	10 /* headers are small files */
#define INSTALLED	"/usr/src/"
#define UNPACKED	"../"
#define COMPILER	"$(CROSS_COMPILE)"

/* What the headers of a flavour depend on, and is a part of them. */
static const char *const parts[] = { HEADERS_PREFIX, "linux-kbuild-" };

/* "linux-image-6.1.0-1-amd64" -> "linux-headers-6.1.0-1-amd64"; a new string. */
static char *headers_name(const char *kernel)
{
	const char *rest = kernel + strlen(IMAGE_PREFIX);
	size_t len = strlen(rest), suffix = strlen(UNSIGNED_SUFFIX);

	if (len > suffix && !strcmp(rest + len - suffix, UNSIGNED_SUFFIX))
		len -= suffix;
	return xasprintf(HEADERS_PREFIX "%.*s", (int)len, rest);
}

/* The package and the parts that it depends on. 0; 1 when apt lacks one; -1 with an error printed. */
static int find_packages(const char *name, const char *version, struct strvec *names)
{
	struct strvec depends = STRVEC_INIT;
	struct package p;
	int result = package_find(&p, name, &depends);

	if (!result && strcmp(p.version, version) != 0)
		result = 1;
	if (!result)
		strvec_push(names, name);
	for (size_t i = 0; !result && i < depends.count; i++)
		for (size_t k = 0; k < sizeof(parts) / sizeof(*parts); k++)
			if (!strncmp(depends.items[i], parts[k], strlen(parts[k])))
				strvec_push(names, depends.items[i]);
	package_release(&p);
	strvec_release(&depends);
	return result;
}

/* Downloads a package into the scratch folder, and unpacks it into the tree. */
static int add_package(const char *name, const char *scratch, const char *tree)
{
	char *folder = xasprintf("%s/%s", scratch, name);
	struct package p;
	char *file = NULL;
	int result = package_find(&p, name, NULL);

	if (result == 1)
		result = error("no archive that apt knows has the package \"%s\"", name);
	if (!result)
		result = cache_need_mib(UNPACKED_TIMES * (p.mib + 1), name);
	if (!result)
		result = dir_make(folder);
	if (!result)
		file = package_download(&p, folder);
	if (!result)
		result = file ? package_unpack(file, NULL, tree) : -1;
	package_release(&p);
	free(file);
	free(folder);
	return result;
}

/* The flavour's Makefile names the common one, and since 7 itself, where they would be installed. */
static int mend_makefile(const char *tree, const char *folder)
{
	char *path = xasprintf("%s/%s/Makefile", tree, folder);
	struct strbuf text = STRBUF_INIT, mended = STRBUF_INIT;
	int result = file_read(path, &text);
	const char *rest = text.data, *at;

	if (!result && !strstr(rest, "include " INSTALLED))
		result = error("\"%s\" is not what a headers package is known to have", path);
	for (; !result && (at = strstr(rest, INSTALLED)); rest = at + strlen(INSTALLED)) {
		strbuf_add(&mended, rest, (size_t)(at - rest));
		strbuf_adds(&mended, UNPACKED);
	}
	strbuf_adds(&mended, rest);
	if (!result)
		result = file_write(path, mended.data, mended.len);
	strbuf_release(&mended);
	strbuf_release(&text);
	free(path);
	return result;
}

/* Makes `to`. 0; 1 when apt lacks a package; -1 with an error printed. */
static int fetch(const char *name, const char *folder, const char *version, const char *to)
{
	struct strvec names = STRVEC_INIT;
	struct cache_work w = { .lock = -1 };
	char *tree = NULL;
	int result = find_packages(name, version, &names);

	if (!result)
		result = cache_work_begin(&w);
	if (!result) {
		tree = xasprintf("%s/tree", w.path);
		result = dir_make(tree);
	}
	for (size_t i = 0; !result && i < names.count; i++)
		result = add_package(names.items[i], w.path, tree);
	if (!result)
		result = mend_makefile(tree, folder);
	if (!result)
		result = cache_publish(tree, to);
	cache_work_end(&w);
	free(tree);
	strvec_release(&names);
	return result;
}

/* "gcc-12" of "CC = ... $(CROSS_COMPILE)gcc-12"; a new string, or NULL with an error printed. */
static char *read_compiler(const struct headers *h)
{
	char *path = xasprintf("%s/%s/.kernelvariables", h->tree, h->folder);
	struct strbuf text = STRBUF_INIT;
	const char *at = NULL;
	char *compiler = NULL;

	if (!file_read(path, &text)) {
		at = strstr(text.data, COMPILER);
		if (!at)
			error("\"%s\" names no compiler", path);
	}
	if (at) {
		at += strlen(COMPILER);
		compiler = xstrndup(at, strcspn(at, " \n"));
	}
	strbuf_release(&text);
	free(path);
	return compiler;
}

int headers_open(struct headers *h, const struct package *kernel, struct strbuf *why)
{
	char *name = headers_name(kernel->name);
	char *package = kernel->release ? xasprintf("%s/%s", name, kernel->release) : xstrdup(name);
	char *key = xasprintf("%s_%s", name, kernel->version);
	int lock = cache_lock("headers", key, CACHE_EXCLUSIVE);
	int result = -1;

	*h = (struct headers){ .tree = cache_path("headers", key),
			       .folder = xasprintf("usr/src/%s", name) };
	if (lock >= 0 && h->tree)
		result = file_exists(h->tree) ? 0
					      : fetch(package, h->folder, kernel->version, h->tree);
	if (!result) {
		h->compiler = read_compiler(h);
		result = h->compiler ? 0 : -1;
	}
	if (result == 1)
		strbuf_addf(why, "apt does not have \"%s\" in the version %s", package,
			    kernel->version);
	if (lock >= 0)
		close(lock);
	free(key);
	free(package);
	free(name);
	return result;
}

void headers_release(struct headers *h)
{
	free(h->tree);
	free(h->folder);
	free(h->compiler);
	*h = (struct headers){ 0 };
}
