// SPDX-License-Identifier: GPL-2.0-or-later
#include "download.h"

#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "lib/transfer.h"

#define MIB	(1 << 20)
#define TRIES	5
#define STALL_S 60

struct download {
	const char *url;
	const char *part;
	FILE *file;
	int64_t start; /* bytes that were there already */
	int error;     /* errno of a failed write */
	struct progress progress;
};

static size_t on_data(char *data, size_t size, size_t count, void *ctx)
{
	struct download *d = ctx;
	size_t n = fwrite(data, size, count, d->file);

	if (n < count)
		d->error = errno;
	return n * size;
}

static int on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total,
		       curl_off_t up_now)
{
	struct download *d = ctx;

	(void)up_total;
	(void)up_now;
	if (total > 0)
		d->progress.total = (d->start + total) / MIB;
	progress_update(&d->progress, (d->start + now) / MIB);
	return interrupted();
}

static bool set_up(CURL *curl, struct download *d, char *why)
{
	return !curl_easy_setopt(curl, CURLOPT_URL, d->url) &&
	       !curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,ftp,file") &&
	       !curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why) &&
	       !curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L) &&
	       !curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L) &&
	       !transfer_limits(curl, STALL_S) &&
	       !curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)d->start) &&
	       !curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data) &&
	       !curl_easy_setopt(curl, CURLOPT_WRITEDATA, d) &&
	       !curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress) &&
	       !curl_easy_setopt(curl, CURLOPT_XFERINFODATA, d);
}

/* One connection that continues the part. */
static CURLcode transfer(struct download *d, char *why)
{
	CURL *curl = curl_easy_init();
	CURLcode code = CURLE_FAILED_INIT;

	*why = '\0';
	d->start = file_size(d->part);
	d->start = d->start < 0 ? 0 : d->start;
	d->file = fopen(d->part, "abe");
	if (!d->file)
		d->error = errno;
	else if (curl && set_up(curl, d, why))
		code = curl_easy_perform(curl);
	if (d->file && fclose(d->file) && !d->error)
		d->error = errno;
	curl_easy_cleanup(curl);
	if (!*why)
		snprintf(why, CURL_ERROR_SIZE, "%s", curl_easy_strerror(code));
	return code;
}

/* The server does not continue files, or the part is longer than the file. */
static bool cannot_resume(CURLcode code, const char *why)
{
	return code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME ||
	       (code == CURLE_HTTP_RETURNED_ERROR && strstr(why, "416"));
}

/* Connects until the file is whole; gives up when nothing comes any more. */
static int fetch(struct download *d)
{
	char why[CURL_ERROR_SIZE];
	int tries = TRIES;
	CURLcode code;

	while ((code = transfer(d, why)) != CURLE_OK) {
		if (d->error) {
			errno = d->error;
			return error("cannot write to \"%s\":", d->part);
		}
		if (interrupted())
			return -1;
		if (cannot_resume(code, why) && d->start) {
			verbose("\"%s\": starting again: %s", d->url, why);
			unlink(d->part);
		} else if (!transfer_was_cut(code) && tries == TRIES) {
			return error("cannot download \"%s\": %s", d->url, why);
		} else if (file_size(d->part) > d->start) {
			verbose("\"%s\": continuing after: %s", d->url, why);
			tries = TRIES;
		}
		if (!--tries)
			return error("cannot download \"%s\": %s; the %" PRId64
				     " MiB that came are kept, and continued from next time",
				     d->url, why, file_size(d->part) / MIB);
	}
	if (!d->error)
		return 0;
	errno = d->error;
	return error("cannot write to \"%s\":", d->part);
}

static int check(const char *url, const char *part, const char *sha256)
{
	struct hash_hex got;

	if (hash_file(part, &got) < 0)
		return -1;
	if (!strcmp(got.s, sha256))
		return 0;
	unlink(part);
	return error("\"%s\" is not the expected file: its SHA-256 is %s, not %s", url, got.s,
		     sha256);
}

int download_file(const char *url, const char *sha256, const char *path)
{
	char *part = xasprintf("%s.part", path);
	struct download d = { .url = url, .part = part };
	int result;

	progress_begin(&d.progress, "MiB", 0, "downloading %s", path_base(url));
	result = fetch(&d);
	progress_end(&d.progress, result ? "stopped" : "done");
	if (!result)
		result = check(url, part, sha256);
	if (!result && rename(part, path) < 0)
		result = error("cannot move \"%s\" to \"%s\":", part, path);
	free(part);
	return result;
}
