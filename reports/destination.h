/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A place that a site is published to. Each kind is one file, publish-KIND.c, and one line in
 * destination.c. Paths are those of a file list: relative, and safe.
 */
#ifndef KAB_REPORTS_DESTINATION_H
#define KAB_REPORTS_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strbuf.h"
#include "lib/strvec.h"
#include "lib/transfer.h"
#include "publish.h"

struct destination {
	const struct destination_kind *kind;
	char *name; /* as it is shown: without credentials */
	char *root; /* the folder, or its URL; ends in '/' */
	/* Parts of the URL; NULL for a directory. `path` starts and ends with '/', decoded. */
	char *scheme, *user, *host, *path;
	char *sigv4;
	struct transfer_setup setup;
	struct transfer transfer;
	struct strvec folders; /* that exist there, as far as is known */
	bool silent;	       /* errors are not printed */
};

/*
 * Each returns 0, or -1 with an error printed; get() returns 1 when there is no such file.
 * put() makes the folders that the file needs, and leaves the old file or the whole new one.
 * remove() takes a missing file as removed, and may remove folders that are empty then.
 */
struct destination_kind {
	const char *schemes; /* separated by blanks; "": what is not a URL */
	int (*open)(struct destination *d, const struct publish_options *o);
	int (*get)(struct destination *d, const char *path, struct strbuf *out);
	int (*put)(struct destination *d, const char *path, const void *data, size_t len);
	int (*remove)(struct destination *d, const char *path);
};

extern const struct destination_kind destination_dir, destination_webdav, destination_s3,
	destination_sftp;

/* Nothing is asked of a server yet. 0, or -1 with an error printed. Release after both. */
int destination_open(struct destination *d, const struct publish_options *o);
void destination_release(struct destination *d);

/* The URL of a path (below the root), with what needs it escaped. A new string. */
char *destination_url(const struct destination *d, const char *path);
/* "svg" is "image/svg+xml". */
const char *destination_type(const char *path);
/* Prints 'cannot WHAT "PATH" at "NAME": WHY' and returns -1. */
int destination_error(const struct destination *d, const char *what, const char *path);
/* -1 with an error printed when credentials would be sent as plain text over a network. */
int destination_check_plain(const struct destination *d);

#endif
