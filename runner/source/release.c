// SPDX-License-Identifier: GPL-2.0-or-later
#include "release.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "apt.h"
#include "cache.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/proc.h"

#define KIND		 "release" /* of the lock */
#define FOLDER		 "releases"
#define QUERY_TIMEOUT_MS 60000
#define NEEDED_MIB	 100 /* unpacked, with what apt makes of them */
#define DAY_S		 86400
#define MOMENT_S	 600
#define KEYRINGS	 "/usr/share/keyrings"
#define KEYRING		 KEYRINGS "/debian-archive-keyring.gpg"
#define SECURITY_LABEL	 "Debian-Security"

/* What a release is spread over; only the first must be there. */
enum mirror { MIRROR_ARCHIVE, MIRROR_SECURITY, MIRRORS };

static const struct {
	const char *suffix;
	enum mirror mirror;
} suites[] = {
	{ "", MIRROR_ARCHIVE },
	{ "-updates", MIRROR_ARCHIVE },
	{ "-security", MIRROR_SECURITY },
};

#define SUITES (sizeof(suites) / sizeof(suites[0]))

/*
 * What of the host's settings must not hold for another release. Its hooks for an update are about
 * its own state. All else, such as proxies and passwords of mirrors, stays.
 */
static const char settings[] = "#clear APT::Update::Pre-Invoke;\n"
			       "#clear APT::Update::Post-Invoke;\n"
			       "#clear APT::Update::Post-Invoke-Success;\n"
			       "APT::Default-Release \"\";\n"
			       "APT::Update::Error-Mode \"any\";\n"
			       "Acquire::Retries \"3\";\n"
			       "Dir::Cache::pkgcache \"pkgcache.bin\";\n"
			       "Dir::Cache::srcpkgcache \"\";\n"
			       "Dir::Etc::SourceParts \"/dev/null\";\n"
			       "Dir::Etc::Preferences \"/dev/null\";\n"
			       "Dir::Etc::PreferencesParts \"/dev/null\";\n"
			       "Dir::State::Status \"/dev/null\";\n";

/* Of lower case letters, digits and these. Names of packages have two characters at least. */
static bool is_word(const char *s, const char *others)
{
	if (!islower((unsigned char)s[0]) && !isdigit((unsigned char)s[0]))
		return false;
	for (; *s; s++)
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) &&
		    !strchr(others, *s))
			return false;
	return true;
}

bool release_split(const char *text, char **name, char **release)
{
	size_t len = strcspn(text, "/");

	*release = text[len] ? xstrdup(text + len + 1) : NULL;
	*name = xstrndup(text, len);
	if (len > 1 && is_word(*name, "+-.") && (!*release || is_word(*release, "-")))
		return true;
	free(*name);
	free(*release);
	*name = NULL;
	*release = NULL;
	return false;
}

static void push_options(struct strvec *argv, const char *dir)
{
	strvec_push(argv, "-c");
	strvec_pushf(argv, "%s/apt.conf", dir);
	strvec_push(argv, "-o");
	strvec_pushf(argv, "Dir::Etc::SourceList=%s/sources.list", dir);
	strvec_push(argv, "-o");
	strvec_pushf(argv, "Dir::State::Lists=%s/lists", dir);
	strvec_push(argv, "-o");
	strvec_pushf(argv, "Dir::Cache=%s/cache", dir);
}

/* Addresses of Debian's own archives, as apt has them; new strings or NULL. */
static void find_mirrors(char *mirrors[MIRRORS])
{
	struct strvec argv = STRVEC_INIT, lines = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;

	strvec_pushl(&argv, "apt-get", "indextargets", "--format", "$(REPO_URI) $(LABEL)",
		     "Created-By: Packages", "Origin: Debian", NULL);
	if (!proc_capture(argv.items, &out, NULL, QUERY_TIMEOUT_MS))
		strvec_split(&lines, out.data, "\n");
	for (size_t i = 0; i < lines.count; i++) {
		size_t len = strcspn(lines.items[i], " ");
		const char *label = lines.items[i] + len + (lines.items[i][len] == ' ');
		char **mirror =
			&mirrors[strcmp(label, SECURITY_LABEL) ? MIRROR_ARCHIVE : MIRROR_SECURITY];

		if (!*mirror)
			*mirror = xstrndup(lines.items[i], len);
	}
	strbuf_release(&out);
	strvec_release(&lines);
	strvec_release(&argv);
}

/* The releases whose signatures can be verified here, by the names of their keys. */
static void known_releases(struct strvec *names)
{
	static const char prefix[] = "debian-archive-", suffix[] = "-stable.gpg";
	struct strvec files = STRVEC_INIT;

	if (dir_list(KEYRINGS, &files) < 0)
		strvec_release(&files);
	for (size_t i = 0; i < files.count; i++) {
		const char *name = files.items[i] + strlen(prefix);
		const char *end = strstr(files.items[i], suffix);

		if (!strncmp(files.items[i], prefix, strlen(prefix)) && end && end > name)
			strvec_pushf(names, "%.*s", (int)(end - name), name);
	}
	strvec_push(names, "sid");
	strvec_release(&files);
}

static int unknown_release(const char *release, const char *mirror, struct strbuf *why)
{
	struct strvec names = STRVEC_INIT;
	const char *near;

	known_releases(&names);
	near = nearest(release, names.items);
	strbuf_addf(why, "Debian's mirror \"%s\" has no release \"%s\"", mirror, release);
	if (near)
		strbuf_addf(why, "; did you mean \"%s\"?", near);
	for (size_t i = 0; !near && i < names.count; i++)
		strbuf_addf(why, "%s\"%s\"", i ? ", " : "; releases are such as ", names.items[i]);
	strvec_release(&names);
	return -1;
}

/* A release that is being asked for. */
struct question {
	const char *release;
	char *mirrors[MIRRORS];
	char *dir; /* of the state, until it is whole */
	bool left_out[SUITES];
};

static int write_sources(const struct question *q)
{
	struct strbuf text = STRBUF_INIT;
	char *path = xasprintf("%s/sources.list", q->dir);
	int result;

	for (size_t i = 0; i < SUITES; i++)
		if (!q->left_out[i])
			strbuf_addf(&text,
				    "deb [arch=amd64 target=Packages signed-by=" KEYRING
				    "] %s %s%s main\n",
				    q->mirrors[suites[i].mirror], q->release, suites[i].suffix);
	result = file_write(path, text.data, text.len);
	strbuf_release(&text);
	free(path);
	return result;
}

/* How many more suites are left out, as apt says that they are not there. */
static int leave_out(struct question *q, const char *said)
{
	int count = 0;

	for (size_t i = 0; i < SUITES; i++) {
		char *words = xasprintf(" %s%s Release' does not have a Release file", q->release,
					suites[i].suffix);

		if (!q->left_out[i] && strstr(said, words)) {
			verbose("there is no \"%s%s\"", q->release, suites[i].suffix);
			q->left_out[i] = true;
			count++;
		}
		free(words);
	}
	return count;
}

/* A connection that fails is told from a suite that is not there: else a kernel would be an old one. */
static int update(struct question *q, struct strbuf *why)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf said = STRBUF_INIT;
	char *what = xasprintf("the index of \"%s\"", q->release);
	char *lists = xasprintf("%s/lists", q->dir);
	int result;

	strvec_push(&argv, "apt-get");
	push_options(&argv, q->dir);
	strvec_pushl(&argv, "-q", "update", NULL);
	do {
		strbuf_reset(&said);
		result = write_sources(q);
		if (!result)
			result = apt_fetch(&argv, lists, 0, what, &said);
	} while (result && leave_out(q, said.data) && !q->left_out[0]);
	if (q->left_out[0])
		unknown_release(q->release, q->mirrors[MIRROR_ARCHIVE], why);
	else if (said.len)
		strbuf_addf(why, "the index of Debian's \"%s\" cannot be had:\n%s", q->release,
			    said.data);
	free(lists);
	free(what);
	strbuf_release(&said);
	strvec_release(&argv);
	return result;
}

static int make_state(const struct question *q)
{
	char *partial = xasprintf("%s/lists/partial", q->dir);
	char *cache = xasprintf("%s/cache/archives/partial", q->dir);
	char *conf = xasprintf("%s/apt.conf", q->dir);
	int result =
		dir_make(partial) || dir_make(cache) || file_write_str(conf, settings) ? -1 : 0;

	free(conf);
	free(cache);
	free(partial);
	return result;
}

/* Takes the place of what is there, which is under an exclusive lock. */
static int replace(const struct question *q, const struct cache_work *w, const char *to)
{
	char *old = xasprintf("%s/old", w->path);
	int result = 0;

	if (rename(to, old) < 0 && errno != ENOENT)
		result = error("cannot move \"%s\":", to);
	if (!result)
		result = cache_publish(q->dir, to);
	free(old);
	return result;
}

/* What is needed before anything is asked for. 0, or -1 with the reason appended. */
static int prepare(struct question *q, struct strbuf *why)
{
	find_mirrors(q->mirrors);
	for (size_t i = 0; i < SUITES; i++)
		q->left_out[i] = !q->mirrors[suites[i].mirror];
	if (q->left_out[0])
		strbuf_addf(
			why,
			"\"%s\": apt knows no mirror of Debian's (does \"apt-get update\" help?)",
			q->release);
	else if (!file_exists(KEYRING))
		strbuf_addf(why,
			    "\"%s\": there is no \"" KEYRING "\" to verify it with: install the "
			    "Debian package \"debian-archive-keyring\"",
			    q->release);
	return why->len ? -1 : 0;
}

/* 0, or -1 with the reason appended, or printed. */
static int fetch(const char *release, const char *to, struct strbuf *why)
{
	struct question q = { .release = release };
	struct cache_work w = { .lock = -1 };
	int result = prepare(&q, why);

	if (!result)
		result = cache_need_mib(NEEDED_MIB, release);
	if (!result)
		result = cache_work_begin(&w);
	if (!result) {
		q.dir = xasprintf("%s/state", w.path);
		result = make_state(&q);
	}
	if (!result)
		result = update(&q, why);
	if (!result)
		result = replace(&q, &w, to);
	cache_work_end(&w);
	for (size_t i = 0; i < MIRRORS; i++)
		free(q.mirrors[i]);
	free(q.dir);
	return result;
}

/*
 * Whether there are indexes that were asked for in the last so many seconds: as seen from the first
 * question, so that a long session does not get newer kernels in its middle.
 */
static bool is_fresh(const char *dir, int64_t seconds)
{
	static time_t now;
	struct stat st;

	if (!now)
		now = time(NULL);
	return !stat(dir, &st) && st.st_mtim.tv_sec > now - seconds;
}

/*
 * Fetches unless that was in the last so many seconds. 0 when there are new indexes; 1 when those
 * that are there have to do; -1 with an error printed when there are none.
 */
static int renew(const char *release, const char *dir, int64_t seconds)
{
	int lock = cache_lock(KIND, release, CACHE_EXCLUSIVE);
	struct strbuf why = STRBUF_INIT;
	int result = 1;

	if (lock < 0)
		return -1;
	if (!is_fresh(dir, seconds))
		result = fetch(release, dir, &why);
	if (result < 0 && why.len && file_exists(dir)) {
		warning("%s\nwhat was known of it before is taken", why.data);
		result = 1;
	} else if (result < 0 && why.len) {
		error("%s", why.data);
	}
	close(lock);
	strbuf_release(&why);
	return result;
}

int release_open(const char *release, struct strvec *argv)
{
	char *dir = cache_path(FOLDER, release);
	bool asked = false;
	int lock = -1;

	while (dir) {
		lock = cache_lock(KIND, release, CACHE_SHARED);
		if (lock < 0 || is_fresh(dir, DAY_S) || (asked && file_exists(dir)))
			break;
		close(lock);
		lock = -1;
		if (renew(release, dir, DAY_S) < 0)
			break;
		asked = true;
	}
	if (lock >= 0)
		push_options(argv, dir);
	free(dir);
	return lock;
}

bool release_renew(const char *release)
{
	char *dir = cache_path(FOLDER, release);
	bool renewed = dir && renew(release, dir, MOMENT_S) == 0;

	free(dir);
	return renewed;
}
