// SPDX-License-Identifier: GPL-2.0-or-later
#include "publishing.h"

#include <stdlib.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/secret.h"

/* What the caller leaves open; owned. */
struct defaults {
	char *site, *lock_dir, *netrc, *identity, *known_hosts;
};

static void defaults_release(struct defaults *d)
{
	free(d->site);
	free(d->lock_dir);
	free(d->netrc);
	free(d->identity);
	free(d->known_hosts);
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* A new string, or NULL when there is no home or no such file in it. */
static char *in_home(const char *name)
{
	const char *home = environment("HOME");
	char *path = home ? xasprintf("%s/%s", home, name) : NULL;

	if (path && access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

static int find_netrc(const char *given, struct defaults *d)
{
	const char *named = given ? given : environment("NETRC");
	int found;

	d->netrc = named ? xstrdup(named) : in_home(".netrc");
	if (!d->netrc)
		return 0;
	found = secret_check(d->netrc);
	return found == 1 ? error("cannot open \"%s\":", d->netrc) : found;
}

/* In the order in which ssh tries them. */
static char *find_identity(void)
{
	static const char *const names[] = { ".ssh/id_rsa", ".ssh/id_ecdsa", ".ssh/id_ed25519" };
	char *path = NULL;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !path; i++)
		path = in_home(names[i]);
	return path;
}

static int fill_in(struct publishing *o, struct defaults *d)
{
	struct transfer_setup *t = &o->publish.transfer;
	int found;

	if (find_netrc(o->credentials, d) < 0)
		return -1;
	t->netrc = d->netrc;
	t->user = environment("KAB_PUBLISH_USER");
	t->password = environment("KAB_PUBLISH_PASSWORD");
	if (!t->known_hosts)
		t->known_hosts = d->known_hosts = in_home(".ssh/known_hosts");
	found = t->identity ? secret_check(t->identity) : 0;
	if (found != 0)
		return found == 1 ? error("cannot open \"%s\":", t->identity) : -1;
	if (!t->identity)
		t->identity = d->identity = find_identity();
	if (t->ca_file && !file_exists(t->ca_file))
		return error("cannot open \"%s\":", t->ca_file);
	if (!o->publish.site)
		o->publish.site = d->site = path_data("report");
	o->publish.lock_dir = d->lock_dir = path_data("publish/");
	if (!o->publish.out)
		o->publish.out = stdout;
	return o->publish.site && o->publish.lock_dir ? 0 : -1;
}

int publishing_run(struct publishing *p)
{
	struct defaults d = { 0 };
	int ret = fill_in(p, &d);

	if (ret == 0)
		ret = publish(&p->publish);
	defaults_release(&d);
	return ret;
}
