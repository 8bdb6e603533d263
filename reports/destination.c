// SPDX-License-Identifier: GPL-2.0-or-later
#include "destination.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/proc.h"

static const struct destination_kind *const kinds[] = {
	&destination_dir,
	&destination_webdav,
	&destination_s3,
	&destination_sftp,
};

static const struct {
	const char *suffix, *type;
} types[] = {
	{ "html", "text/html; charset=utf-8" },
	{ "css", "text/css; charset=utf-8" },
	{ "js", "text/javascript; charset=utf-8" },
	{ "txt", "text/plain; charset=utf-8" },
	{ "csv", "text/csv; charset=utf-8" },
	{ "svg", "image/svg+xml" },
	{ "png", "image/png" },
	{ "json", "application/json" },
	{ "atom", "application/atom+xml" },
	{ "xml", "application/xml" },
};

const char *destination_type(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(dot + 1, types[i].suffix))
			return types[i].type;
	return "application/octet-stream";
}

char *destination_url(const struct destination *d, const char *path)
{
	struct strbuf url = STRBUF_INIT;

	strbuf_adds(&url, d->root);
	while (*path) {
		size_t len = strcspn(path, "/");
		char *part =
			len ? xcheck(curl_easy_escape(d->transfer.curl, path, (int)len)) : NULL;

		strbuf_adds(&url, part ? part : "");
		curl_free(part);
		path += len;
		for (; *path == '/'; path++)
			strbuf_addch(&url, '/');
	}
	return strbuf_detach(&url);
}

int destination_error(const struct destination *d, const char *what, const char *path)
{
	if (d->silent)
		return -1;
	if (interrupted())
		return error("interrupted; the next call goes on");
	return error("cannot %s \"%s\" at \"%s\": %s", what, path, d->name, d->transfer.why);
}

int destination_check_plain(const struct destination *d)
{
	if (strcmp(d->scheme, "http") != 0 || transfer_is_loopback(d->host) || !d->setup.password)
		return 0;
	return error("\"%s\" would get the password as plain text; use https://", d->name);
}

/* --- which kind ------------------------------------------------------------------------------- */

static bool has_word(const char *words, const char *word)
{
	struct strvec list = STRVEC_INIT;
	bool found;

	strvec_split(&list, words, " ");
	found = strvec_has(&list, word);
	strvec_release(&list);
	return found;
}

/* NULL with an error printed. */
static const struct destination_kind *kind_of(const char *scheme)
{
	const struct destination_kind *found = NULL;
	struct strvec known = STRVEC_INIT;
	const char *near;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !found; i++) {
		strvec_split(&known, kinds[i]->schemes, " ");
		if (has_word(kinds[i]->schemes, scheme))
			found = kinds[i];
	}
	near = found ? NULL : nearest(scheme, known.items);
	if (near)
		error("cannot publish by \"%s\", did you mean \"%s\"?", scheme, near);
	else if (!found)
		error("cannot publish by \"%s\" (a directory, https, http, s3 or sftp)", scheme);
	strvec_release(&known);
	return found;
}

/* --- the parts of a URL ------------------------------------------------------------------------ */

/* A new string; NULL when the URL has no such part. */
static char *part_of(CURLU *url, CURLUPart part, unsigned int flags)
{
	char *text = NULL, *copy;

	if (curl_url_get(url, part, &text, flags) != CURLUE_OK)
		return NULL;
	copy = xstrdup(text);
	curl_free(text);
	return copy;
}

static bool has_part(CURLU *url, CURLUPart part)
{
	char *text = part_of(url, part, 0);
	bool has = text;

	free(text);
	return has;
}

static char *with_slash(char *path)
{
	size_t len = path ? strlen(path) : 0;
	char *slashed;

	if (len && path[len - 1] == '/')
		return path;
	slashed = xasprintf("%s/", path ? path : "");
	free(path);
	return slashed;
}

/* The messages name the host only: what is wrong may be a password. */
static int check_parts(struct destination *d, CURLU *url)
{
	if (has_part(url, CURLUPART_PASSWORD))
		return error("a password does not belong into a URL, where logs and the list of "
			     "processes show it: \"%s://...@%s\" (the environment or .netrc is the "
			     "place, see 'kab publish --help')",
			     d->scheme, d->host ? d->host : "");
	if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
		return error("\"%s://%s\": a destination has neither a query nor a fragment",
			     d->scheme, d->host ? d->host : "");
	if (!d->host || !*d->host)
		return error("\"%s://\" names no host", d->scheme);
	if (strstr(d->path, "/../") || strstr(d->path, "/./"))
		return error("\"%s://%s\": the path goes up", d->scheme, d->host);
	for (const char *p = d->path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return error("\"%s://%s\": the path has control characters", d->scheme,
				     d->host);
	return 0;
}

static int open_url(struct destination *d, const struct publish_options *o)
{
	CURLU *url = xcheck(curl_url());
	char *port = NULL;
	int ret = -1;

	if (curl_url_set(url, CURLUPART_URL, o->destination,
			 CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS) != CURLUE_OK) {
		error("the destination is not a URL that can be understood");
		goto out;
	}
	d->scheme = part_of(url, CURLUPART_SCHEME, 0);
	d->host = part_of(url, CURLUPART_HOST, 0);
	d->user = part_of(url, CURLUPART_USER, CURLU_URLDECODE);
	d->path = with_slash(part_of(url, CURLUPART_PATH, CURLU_URLDECODE));
	port = part_of(url, CURLUPART_PORT, 0);
	if (!d->scheme)
		d->scheme = xstrdup("");
	d->kind = kind_of(d->scheme);
	if (!d->kind || check_parts(d, url) < 0)
		goto out;
	d->root = xasprintf("%s://%s%s%s", d->scheme, d->host, port ? ":" : "", port ? port : "");
	d->name = xasprintf("%s%s", d->root, d->path);
	if (d->user)
		d->setup.user = d->user;
	ret = 0;
out:
	free(port);
	curl_url_cleanup(url);
	return ret;
}

int destination_open(struct destination *d, const struct publish_options *o)
{
	*d = (struct destination){ .setup = o->transfer, .folders = STRVEC_INIT };
	transfer_init(&d->transfer, &d->setup);
	if (!strstr(o->destination, "://")) {
		d->kind = &destination_dir;
		d->name = xstrdup(o->destination);
	} else if (open_url(d, o) < 0) {
		return -1;
	}
	return d->kind->open(d, o);
}

void destination_release(struct destination *d)
{
	free(d->name);
	free(d->root);
	free(d->scheme);
	free(d->user);
	free(d->host);
	free(d->path);
	free(d->sigv4);
	strvec_release(&d->folders);
	transfer_release(&d->transfer);
}
