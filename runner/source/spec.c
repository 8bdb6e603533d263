// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "git.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/paths.h"
#include "lore.h"
#include "release.h"
#include "series.h"

#define GIT_PREFIX    "git:"
#define IMAGE_PREFIX  "image:"
#define DEB_PREFIX    "deb:"
#define SOURCE_PREFIX "source:"
#define SHA256_PREFIX "#sha256="

static bool has_suffix(const char *s, const char *suffix)
{
	size_t len = strlen(s);
	size_t suffix_len = strlen(suffix);

	return len > suffix_len && !strcmp(s + len - suffix_len, suffix);
}

/* "default" is none, but the settings of those without a name. */
int spec_sources(struct strvec *names)
{
	struct strvec files = STRVEC_INIT;
	int result = path_share_names("configs/kernels", ".json", &files);

	for (size_t i = 0; i < files.count; i++)
		if (strcmp(files.items[i], "default") != 0)
			strvec_push(names, files.items[i]);
	strvec_release(&files);
	return result;
}

static int series_names(struct strvec *names)
{
	struct strvec dirs = STRVEC_INIT;
	char *dir = path_share("patches");
	int result = dir ? dir_list(dir, &dirs) : -1;

	for (size_t i = 0; !result && i < dirs.count; i++) {
		char *series = xasprintf("%s/%s/series", dir, dirs.items[i]);

		if (file_exists(series))
			strvec_push(names, dirs.items[i]);
		free(series);
	}
	strvec_release(&dirs);
	free(dir);
	return result;
}

/* 0 when the name is known, otherwise -1 with an error that suggests another. */
static int check_name(const char *name, const char *what, int (*list)(struct strvec *names))
{
	struct strvec names = STRVEC_INIT;
	struct strbuf hint = STRBUF_INIT;
	const char *near;
	int result = list(&names);

	if (!result && !strvec_has(&names, name)) {
		near = names.count ? nearest(name, names.items) : NULL;
		if (near)
			strbuf_addf(&hint, "; did you mean \"%s\"?", near);
		else if (file_exists(name))
			strbuf_addf(&hint, "; for the file write \"./%s\"", name);
		else
			for (size_t i = 0; i < names.count; i++)
				strbuf_addf(&hint, "%s \"%s\"", i ? "," : "; there is",
					    names.items[i]);
		result = error("unknown %s \"%s\"%s", what, name, hint.data);
	}
	strbuf_release(&hint);
	strvec_release(&names);
	return result;
}

/* Also with the ":2" of a prefix. */
static bool is_path(const char *part)
{
	size_t limit;
	char *whole = series_split(part, &limit);
	bool is = strchr(whole, '/') && file_exists(whole);

	free(whole);
	return is;
}

/*
 * Takes the next part off *rest: the longest piece up to a '+' that exists as a path, otherwise
 * everything up to the first '+'. A new string.
 */
static char *take_part(const char **rest)
{
	size_t len = strlen(*rest);
	size_t end = len;
	char *part;

	while (end) {
		part = xstrndup(*rest, end);
		if (is_path(part))
			break;
		free(part);
		part = NULL;
		do
			end--;
		while (end && (*rest)[end] != '+');
	}
	if (!end) {
		end = strcspn(*rest, "+");
		part = xstrndup(*rest, end);
	}
	*rest += end;
	return part;
}

/* "https://host/linux.tar.xz#sha256=HEX" and what follows. */
static int take_url(struct spec *spec, const char **rest)
{
	const char *hash = strstr(*rest, SHA256_PREFIX);
	size_t digits = 0;

	if (!hash)
		return error("\"%s\": a URL needs the checksum of the file: append \"%sHEX\"",
			     *rest, SHA256_PREFIX);
	spec->kind = SOURCE_URL;
	spec->source = xstrndup(*rest, (size_t)(hash - *rest));
	hash += strlen(SHA256_PREFIX);
	while (isxdigit((unsigned char)hash[digits]))
		digits++;
	if (digits != HASH_HEX_LEN || (hash[digits] && hash[digits] != '+'))
		return error("\"%s\": a SHA-256 has %d hexadecimal digits", hash, HASH_HEX_LEN);
	spec->sha256 = xstrndup(hash, digits);
	for (char *c = spec->sha256; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	*rest = hash + digits;
	return 0;
}

static int take_image(struct spec *spec, const char **rest)
{
	spec->kind = SOURCE_IMAGE;
	spec->source = take_part(rest);
	if (!*spec->source)
		return error("\"%s\": the path of the image is missing", spec->text);
	if (!file_exists(spec->source))
		return error("there is no kernel image \"%s\"", spec->source);
	if (**rest)
		return error("\"%s\": patches cannot be applied to an image", spec->text);
	return 0;
}

static bool is_package(const char *text)
{
	char *name, *release;
	bool is = release_split(text, &name, &release);

	free(name);
	free(release);
	return is;
}

/* Names of packages of sources have no '+' in them. */
static int take_packaged(struct spec *spec, const char **rest)
{
	size_t len = strcspn(*rest, "+");

	spec->kind = SOURCE_PACKAGED;
	spec->source = xstrndup(*rest, len);
	*rest += len;
	return is_package(spec->source)
		       ? 0
		       : error("\"%s\": \"" SOURCE_PREFIX "\" wants a package, such as "
			       "\"linux-source-6.12\" or \"linux-source/sid\"",
			       spec->text);
}

/*
 * All of the rest, as names of packages have a '+' in them ("linux-image-6.12.111+deb12-amd64").
 * Names are looked up later, by apt.
 */
static int take_deb(struct spec *spec, const char **rest)
{
	spec->source = xstrdup(*rest);
	*rest += strlen(*rest);
	if (!*spec->source)
		return error("\"%s\": the package is missing", spec->text);
	if (!strchr(spec->source, '/') && has_suffix(spec->source, ".deb"))
		return error("\"%s\": for the file write \"" DEB_PREFIX "./%s\"", spec->text,
			     spec->source);
	/* A file that exists is meant, also where its path could be NAME/RELEASE. */
	spec->kind = strchr(spec->source, '/') && file_exists(spec->source) ? SOURCE_DEB
									    : SOURCE_PACKAGE;
	if (spec->kind == SOURCE_PACKAGE && !is_package(spec->source))
		return error("there is no package \"%s\"", spec->source);
	return 0;
}

/*
 * Takes a revision off *rest: the longest piece up to a '+' that is one. Returns 0; 1 without a message
 * when there is none; -1 with an error printed.
 */
static int take_revision(struct spec *spec, const struct git *g, const char **rest)
{
	int result = 1;

	for (size_t end = strlen(*rest); result == 1 && end;) {
		char *piece = xstrndup(*rest, end);
		char *id = NULL;

		result = git_resolve(g, piece, &id);
		free(id);
		if (!result) {
			spec->rev = piece;
			*rest += end;
			break;
		}
		free(piece);
		do
			end--;
		while (end && (*rest)[end] != '+');
	}
	return result;
}

/* The shortest folder before an '@', a '+' or the end; its length, 0 when there is none. */
static size_t folder_length(const char *text)
{
	for (size_t len = strcspn(text, "@+"); len; len += strcspn(text + len + 1, "@+") + 1) {
		char *path = xstrndup(text, len);
		struct stat st;
		bool found = !stat(path, &st) && S_ISDIR(st.st_mode);

		free(path);
		if (found)
			return len;
		if (!text[len])
			return 0;
	}
	return 0;
}

/* The revision after "git:DIR@". */
static int take_git_revision(struct spec *spec, const struct git *g, const char **rest)
{
	int result = take_revision(spec, g, rest);
	char *piece, *id = NULL;

	if (result != 1)
		return result;
	piece = xstrndup(*rest, strcspn(*rest, "+"));
	if (!*piece)
		result = error("\"%s\": a revision is missing after \"@\"", spec->text);
	else
		result = git_require(g, piece, &id);
	free(id);
	free(piece);
	return result;
}

/* "git:DIR@REV" and "git:DIR"; without DIR it is the working directory's repository. */
static int take_git(struct spec *spec, const char **rest)
{
	size_t len;
	struct git g;
	int result;

	len = folder_length(*rest);
	if (!len && **rest != '@')
		return error("\"%s\": there is no folder \"%.*s\"", spec->text,
			     (int)strcspn(*rest, "@"), *rest);
	spec->kind = SOURCE_GIT;
	spec->source = len ? xstrndup(*rest, len) : xstrdup(".");
	*rest += len;
	result = git_open(&g, spec->source);
	if (result == 1)
		return error("\"%s\" is in no git repository", spec->source);
	if (!result && **rest == '@') {
		++*rest;
		result = take_git_revision(spec, &g, rest);
	} else if (!result && !g.has_tree) {
		result = error("the repository \"%s\" has no work tree: name a commit with \"@\"",
			       g.dir);
	}
	git_close(&g);
	return result;
}

/*
 * A revision of the repository of a kernel that the working directory is in. Returns 0; 1 without a
 * message when there is no such repository, or none with this name; -1 with an error printed.
 */
static int take_plain_revision(struct spec *spec, const char **rest)
{
	struct git g;
	int result = git_open(&g, ".");

	if (result)
		return result;
	result = git_holds_kernel(&g) ? take_revision(spec, &g, rest) : 1;
	if (!result) {
		spec->kind = SOURCE_GIT;
		free(spec->source);
		spec->source = xstrdup(g.dir);
	}
	git_close(&g);
	return result;
}

/* Names of sources, and those of the repository in which one could be meant. */
static int source_and_git_names(struct strvec *names)
{
	struct git g;

	if (spec_sources(names) < 0)
		return -1;
	if (git_open(&g, ".") == 0) {
		if (git_holds_kernel(&g))
			git_names(&g, names);
		git_close(&g);
	}
	return 0;
}

static bool is_source_name(const char *name)
{
	struct strvec names = STRVEC_INIT;
	bool known = !spec_sources(&names) && strvec_has(&names, name);

	strvec_release(&names);
	return known;
}

/* What was written is no name, no path and no revision. */
static int unknown_source(const struct spec *spec)
{
	struct strvec names = STRVEC_INIT;
	const char *near = NULL;

	if (!strchr(spec->source, '/'))
		return check_name(spec->source, "kernel source", source_and_git_names);
	if (!source_and_git_names(&names) && names.count)
		near = nearest(spec->source, names.items);
	if (near)
		error("there is no kernel source \"%s\"; did you mean \"%s\"?", spec->source, near);
	else
		error("kernel source \"%s\":", spec->source);
	strvec_release(&names);
	return -1;
}

/* A name, the path of a tarball or a tree, or else a revision. */
static int take_plain(struct spec *spec, const char **rest)
{
	const char *start = *rest;
	struct stat st;
	int result;

	spec->source = take_part(rest);
	if (!*spec->source)
		return error("\"%s\": the kernel source is missing", spec->text);
	if (!strchr(spec->source, '/') && is_source_name(spec->source)) {
		spec->kind = SOURCE_NAMED;
		return 0;
	}
	if (strchr(spec->source, '/') && !stat(spec->source, &st)) {
		spec->kind = S_ISDIR(st.st_mode) ? SOURCE_TREE : SOURCE_TARBALL;
		return 0;
	}
	result = take_plain_revision(spec, &start);
	if (!result)
		*rest = start;
	return result == 1 ? unknown_source(spec) : result;
}

static const struct {
	const char *prefix;
	int (*take)(struct spec *spec, const char **rest); /* what is behind the prefix */
} prefixed[] = {
	{ IMAGE_PREFIX, take_image },
	{ SOURCE_PREFIX, take_packaged },
	{ DEB_PREFIX, take_deb },
	{ GIT_PREFIX, take_git },
};

static int take_source(struct spec *spec, const char **rest)
{
	if (!strncmp(*rest + strspn(*rest, "abcdefghijklmnopqrstuvwxyz"), "://", 3))
		return take_url(spec, rest);
	for (size_t i = 0; i < sizeof(prefixed) / sizeof(*prefixed); i++) {
		size_t len = strlen(prefixed[i].prefix);

		if (!strncmp(*rest, prefixed[i].prefix, len)) {
			*rest += len;
			return prefixed[i].take(spec, rest);
		}
	}
	return take_plain(spec, rest);
}

/* The part of a Message-Id before its '@' may have a '+', the host behind it has none. */
static char *take_thread(const char **rest)
{
	size_t len = strcspn(*rest, "@");
	char *part;

	len += strcspn(*rest + len, "+");
	part = xstrndup(*rest, len);
	*rest += len;
	return part;
}

static int take_series(struct spec *spec, const char **rest)
{
	bool is_thread = !strncmp(*rest, LORE_PREFIX, strlen(LORE_PREFIX));
	char *part = is_thread ? take_thread(rest) : take_part(rest);
	size_t limit;
	char *whole = series_split(part, &limit);
	int result = 0;

	if (is_thread && !lore_is_id(whole + strlen(LORE_PREFIX)))
		result = error("\"%s\": \"lore:\" wants a Message-Id, such as "
			       "\"lore:20221205140327.72304-1-someone@example.org\"",
			       part);
	else if (is_thread)
		result = 0;
	else if (!*whole)
		result = error("\"%s\": a series is missing after \"+\"", spec->text);
	else if (!strchr(whole, '/'))
		result = check_name(whole, "patch series", series_names);
	else if (!file_exists(whole))
		result = error("there is no patch series \"%s\"", whole);
	if (!result)
		strvec_push(&spec->series, part);
	free(whole);
	free(part);
	return result;
}

int spec_parse(struct spec *spec, const char *text)
{
	const char *rest = text;
	int result;

	*spec = (struct spec){ .text = xstrdup(text) };
	result = take_source(spec, &rest);
	while (!result && *rest) {
		rest++; /* the '+' */
		result = take_series(spec, &rest);
	}
	if (result < 0)
		spec_release(spec);
	return result;
}

void spec_release(struct spec *spec)
{
	free(spec->text);
	free(spec->source);
	free(spec->rev);
	free(spec->sha256);
	strvec_release(&spec->series);
	*spec = (struct spec){ 0 };
}
