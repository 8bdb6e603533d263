// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SFTP: sftp://USER@HOST/PATH, or /~/PATH below the home directory. The host's key must be in
 * known_hosts. A file is written beside its place and renamed. Version 3 of the protocol, which
 * OpenSSH speaks, renames over no existing file, so the old one is removed just before: a reader
 * may miss it for a moment, and never sees half of it.
 */
#include <stdlib.h>
#include <string.h>

#include "destination.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"

static int sftp_open(struct destination *d, const struct publish_options *o)
{
	char *root;

	(void)o;
	root = destination_url(d, d->path);
	free(d->root);
	d->root = root;
	if (!d->setup.known_hosts)
		return error("no known_hosts to check the key of \"%s\" against (--known-hosts)",
			     d->host);
	return 0;
}

static void begin(struct destination *d, const char *path)
{
	const struct transfer_setup *s = &d->setup;
	struct transfer *t = &d->transfer;
	char *url = destination_url(d, path);
	long methods = CURLSSH_AUTH_PUBLICKEY | CURLSSH_AUTH_AGENT;

	if (s->password || s->netrc)
		methods |= CURLSSH_AUTH_PASSWORD;
	transfer_begin(t, url);
	transfer_set(t, CURLOPT_SSH_KNOWNHOSTS, s->known_hosts);
	transfer_set(t, CURLOPT_SSH_AUTH_TYPES, methods);
	if (s->identity)
		transfer_set(t, CURLOPT_SSH_PRIVATE_KEYFILE, s->identity);
	if (s->identity && s->password)
		transfer_set(t, CURLOPT_KEYPASSWD, s->password);
	transfer_set(t, CURLOPT_FTP_CREATE_MISSING_DIRS, (long)CURLFTP_CREATE_DIR);
	free(url);
}

static int sftp_get(struct destination *d, const char *path, struct strbuf *out)
{
	begin(d, path);
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

/* A path as libcurl's commands take it, in quotes; what is below the home directory is relative. */
static char *quoted(const struct destination *d, const char *path)
{
	struct strbuf out = STRBUF_INIT;
	char *full = xasprintf("%s%s", d->path, path);

	strbuf_addch(&out, '"');
	for (const char *p = strncmp(full, "/~/", 3) ? full : full + 3; *p; p++) {
		if (*p == '"' || *p == '\\')
			strbuf_addch(&out, '\\');
		strbuf_addch(&out, *p);
	}
	strbuf_addch(&out, '"');
	free(full);
	return strbuf_detach(&out);
}

static int sftp_put(struct destination *d, const char *path, const void *data, size_t len)
{
	size_t folder = (size_t)(path_base(path) - path);
	char *part = xasprintf("%.*s.%s.kab-part", (int)folder, path, path + folder);
	char *from = quoted(d, part), *to = quoted(d, path);
	int ret = 0;

	begin(d, part);
	transfer_upload(&d->transfer, data, len);
	transfer_command(&d->transfer, "*rm %s", to);
	transfer_command(&d->transfer, "rename %s %s", from, to);
	if (transfer_run(&d->transfer) != TRANSFER_DONE)
		ret = destination_error(d, "put", path);
	free(part);
	free(from);
	free(to);
	return ret;
}

/* Folders that are empty afterwards go as well: a server removes no others. */
static void remove_folders(struct destination *d, const char *path)
{
	char *folder = xstrdup(path), *slash;

	while ((slash = strrchr(folder, '/'))) {
		char *name;

		*slash = '\0';
		name = quoted(d, folder);
		transfer_command(&d->transfer, "*rmdir %s", name);
		free(name);
	}
	free(folder);
}

static int sftp_remove(struct destination *d, const char *path)
{
	char *name = quoted(d, path);
	int ret = 0;

	begin(d, "");
	transfer_set(&d->transfer, CURLOPT_NOBODY, 1L);
	transfer_command(&d->transfer, "rm %s", name);
	remove_folders(d, path);
	/* The words are libcurl's; it has one code for all that a command may fail by. */
	if (transfer_run(&d->transfer) != TRANSFER_DONE && !strstr(d->transfer.why, "No such file"))
		ret = destination_error(d, "remove", path);
	free(name);
	return ret;
}

const struct destination_kind destination_sftp = {
	.schemes = "sftp",
	.open = sftp_open,
	.get = sftp_get,
	.put = sftp_put,
	.remove = sftp_remove,
};
