// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab publish: the site to where people read it.
 */
#include <stddef.h>

#include "commands.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "publishing.h"

#define AT(field) offsetof(struct publishing, field)

static const struct opt options[] = {
	{ 's', "site", "DIR", "the site (default: report/ in the data directory)", OPT_STR,
	  AT(publish.site), 0, 0, NULL },
	{ 'n', "dry-run", NULL, "only print what would be put and removed", OPT_FLAG,
	  AT(publish.dry_run), 0, 0, NULL },
	{ 0, "all", NULL, "put every file, also what the destination has already", OPT_FLAG,
	  AT(publish.all), 0, 0, NULL },
	{ 0, "credentials", "FILE",
	  "passwords by host, in the form of .netrc, of mode 600 (default: $NETRC, ~/.netrc)",
	  OPT_STR, AT(credentials), 0, 0, NULL },
	{ 0, "cacert", "FILE", "certificates to trust (default: $CURL_CA_BUNDLE, the system's)",
	  OPT_STR, AT(publish.transfer.ca_file), 0, 0, NULL },
	{ 0, "endpoint", "URL", "S3: the server (default: $AWS_ENDPOINT_URL, Amazon's)", OPT_STR,
	  AT(publish.endpoint), 0, 0, NULL },
	{ 0, "region", "NAME", "S3: default $AWS_REGION, $AWS_DEFAULT_REGION, us-east-1", OPT_STR,
	  AT(publish.region), 0, 0, NULL },
	{ 0, "identity", "FILE", "SFTP: the private key (default: as ssh looks for it, the agent)",
	  OPT_STR, AT(publish.transfer.identity), 0, 0, NULL },
	{ 0, "known-hosts", "FILE", "SFTP: keys of hosts (default: ~/.ssh/known_hosts)", OPT_STR,
	  AT(publish.transfer.known_hosts), 0, 0, NULL },
	{ 0, "timeout", "S", "give up a server that is silent for so many seconds (default: 60)",
	  OPT_INT, AT(publish.transfer.stall_s), 1, 3600, NULL },
	{ 0, "tries", "N", "of each request, with a pause that doubles (default: 4)", OPT_INT,
	  AT(publish.transfer.tries), 1, 20, NULL },
};

const struct opt_usage cmd_publish_usage = {
	.name = "publish",
	.synopsis = "DEST",
	.least = 1,
	.most = 1,
	.summary = "bring the site to a directory, WebDAV, S3 or SFTP",
	.details =
		"DEST is a directory, https://HOST/PATH/ (WebDAV), s3://BUCKET/PREFIX/, or\n"
		"sftp://USER@HOST/PATH/ (/~/PATH/ is below the home directory).\n"
		"\n"
		"Only what changed is put: the parts of pages first, the front page last, and then\n"
		"what is no longer in the site is removed. Interrupted, the same command goes on,\n"
		"also from another machine: what is there is written down at the destination, in\n"
		"kab-manifest.json. One site per destination; other files there are left alone.\n"
		"\n"
		"User and password come from KAB_PUBLISH_USER and KAB_PUBLISH_PASSWORD, for S3 from\n"
		"AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, otherwise from the\n"
		"credentials file. They are never taken from the command line. Certificates and\n"
		"keys of hosts are always verified.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

int cmd_publish(int argc, char **argv)
{
	struct publishing o = PUBLISHING_INIT;
	struct strvec operands = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_publish_usage, argc, argv, &o, &operands);
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	status = STATUS_FAILED;
	o.publish.destination = operands.items[0];
	if (publishing_run(&o) == 0)
		status = STATUS_OK;
	else if (interrupted())
		status = STATUS_INTERRUPTED;
out:
	strvec_release(&operands);
	return status;
}
