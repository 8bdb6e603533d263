// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * WebDAV: GET, PUT, MKCOL and DELETE. Servers write an upload beside its place and rename it, as
 * nginx and Apache do; the order of publish.c does not rest on that.
 */
#include <stdlib.h>
#include <string.h>

#include "destination.h"
#include "lib/alloc.h"
#include "lib/log.h"

#define EXISTS 405 /* what MKCOL gives for a folder that is there (RFC 4918, 9.3.1) */

static int webdav_open(struct destination *d, const struct publish_options *o)
{
	char *root, *scheme;

	(void)o;
	/* "dav" and "davs" are what file managers call it. */
	scheme =
		xstrdup(!strcmp(d->scheme, "http") || !strcmp(d->scheme, "dav") ? "http" : "https");
	root = xasprintf("%s%s", scheme, d->root + strlen(d->scheme));
	free(d->root);
	free(d->scheme);
	d->root = root;
	d->scheme = scheme;
	root = destination_url(d, d->path);
	free(d->root);
	d->root = root;
	/* A password out of a file is not seen here: it is not looked for. */
	if (!strcmp(scheme, "http") && !transfer_is_loopback(d->host))
		d->setup.netrc = NULL;
	return destination_check_plain(d);
}

static void begin(struct destination *d, const char *method, const char *path)
{
	char *url = destination_url(d, path);

	transfer_begin(&d->transfer, url);
	transfer_set(&d->transfer, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	transfer_set(&d->transfer, CURLOPT_CUSTOMREQUEST, method);
	free(url);
}

static int webdav_get(struct destination *d, const char *path, struct strbuf *out)
{
	begin(d, "GET", path);
	switch (transfer_run(&d->transfer)) {
	case TRANSFER_DONE:
		strbuf_add(out, d->transfer.answer.data, d->transfer.answer.len);
		return 0;
	case TRANSFER_MISSING:
		return 1;
	default:
		return destination_error(d, "read", path);
	}
}

static int make_folder(struct destination *d, const char *path)
{
	if (strvec_has(&d->folders, path))
		return 0;
	begin(d, "MKCOL", path);
	if (transfer_run(&d->transfer) != TRANSFER_DONE && d->transfer.status != EXISTS)
		return destination_error(d, "make the folder", path);
	strvec_push(&d->folders, path);
	return 0;
}

/* From the destination itself down to the folder of the file. */
static int make_folders(struct destination *d, const char *path)
{
	int ret = make_folder(d, "");

	for (const char *slash = strchr(path, '/'); slash && ret == 0;
	     slash = strchr(slash + 1, '/')) {
		char *folder = xstrndup(path, (size_t)(slash + 1 - path));

		ret = make_folder(d, folder);
		free(folder);
	}
	return ret;
}

static int webdav_put(struct destination *d, const char *path, const void *data, size_t len)
{
	if (make_folders(d, path) < 0)
		return -1;
	begin(d, "PUT", path);
	transfer_header(&d->transfer, "Content-Type: %s", destination_type(path));
	transfer_body(&d->transfer, data, len);
	if (transfer_run(&d->transfer) != TRANSFER_DONE)
		return destination_error(d, "put", path);
	return 0;
}

/* Folders stay: DELETE of a folder would take along what others put into it. */
static int webdav_remove(struct destination *d, const char *path)
{
	begin(d, "DELETE", path);
	if (transfer_run(&d->transfer) == TRANSFER_FAILED)
		return destination_error(d, "remove", path);
	return 0;
}

const struct destination_kind destination_webdav = {
	.schemes = "https http davs dav",
	.open = webdav_open,
	.get = webdav_get,
	.put = webdav_put,
	.remove = webdav_remove,
};
