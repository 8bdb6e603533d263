// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Amazon S3 and what speaks like it: s3://BUCKET/PREFIX. Requests are signed by libcurl with
 * version 4 signatures ("Authenticating Requests: Using the Authorization Header", Amazon S3 API
 * reference). Objects appear whole or not at all. Addresses have the bucket in the path, which
 * every implementation understands.
 */
#include <stdlib.h>
#include <string.h>

#include "destination.h"
#include "lib/alloc.h"
#include "lib/hash.h"
#include "lib/log.h"

#define REGION "us-east-1" /* where nothing else is said; most other implementations ignore it */

static const char *environment(const char *given, const char *name, const char *otherwise)
{
	const char *value = given ? given : getenv(name);

	return value && *value ? value : otherwise;
}

static int check_region(const char *region)
{
	size_t len = strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (len && !region[len])
		return 0;
	return error("\"%s\" is not the name of a region", region);
}

static int check_endpoint(const char *endpoint)
{
	if (strncmp(endpoint, "https://", 8) != 0 && strncmp(endpoint, "http://", 7) != 0)
		return error("the endpoint is not an https:// or http:// address");
	if (strpbrk(endpoint, "@?#"))
		return error("the endpoint has more than scheme, host, port and path");
	return 0;
}

static int s3_open(struct destination *d, const struct publish_options *o)
{
	const char *region = environment(NULL, "AWS_DEFAULT_REGION", REGION);
	const char *endpoint = environment(o->endpoint, "AWS_ENDPOINT_URL", NULL);
	const char *prefix = d->path + strspn(d->path, "/");
	char *standard = NULL, *full;
	int ret = -1;

	region = environment(o->region, "AWS_REGION", region);
	if (!o->transfer.user && !o->transfer.password) {
		d->setup.user = environment(NULL, "AWS_ACCESS_KEY_ID", NULL);
		d->setup.password = environment(NULL, "AWS_SECRET_ACCESS_KEY", NULL);
	}
	if (!d->setup.netrc && !(d->setup.user && d->setup.password))
		return error("no credentials for \"%s\": set AWS_ACCESS_KEY_ID and "
			     "AWS_SECRET_ACCESS_KEY, or use --credentials",
			     d->name);
	if (check_region(region) < 0)
		return -1;
	standard = xasprintf("https://s3.%s.amazonaws.com", region);
	endpoint = endpoint ? endpoint : standard;
	if (check_endpoint(endpoint) < 0)
		goto out;
	d->sigv4 = xasprintf("aws:amz:%s:s3", region);
	d->setup.sigv4 = d->sigv4;
	free(d->root);
	d->root = xasprintf("%s%s", endpoint, endpoint[strlen(endpoint) - 1] == '/' ? "" : "/");
	full = xasprintf("%s/%s", d->host, prefix);
	free(d->path);
	d->path = full;
	full = destination_url(d, d->path);
	free(d->root);
	d->root = full;
	ret = 0;
out:
	free(standard);
	return ret;
}

/* libcurl 7.88 hashes no uploads by itself; S3 wants the hash as a header anyway. */
static void begin(struct destination *d, const char *method, const char *path, const void *data,
		  size_t len)
{
	const char *token = getenv("AWS_SESSION_TOKEN");
	char *url = destination_url(d, path);
	struct hash_hex hash;

	hash_buffer(data, len, &hash);
	transfer_begin(&d->transfer, url);
	transfer_set(&d->transfer, CURLOPT_CUSTOMREQUEST, method);
	transfer_header(&d->transfer, "x-amz-content-sha256: %s", hash.s);
	if (token && *token)
		transfer_header(&d->transfer, "x-amz-security-token: %s", token);
	free(url);
}

static int s3_get(struct destination *d, const char *path, struct strbuf *out)
{
	begin(d, "GET", path, "", 0);
	switch (transfer_run(&d->transfer)) {
	case TRANSFER_DONE:
		strbuf_add(out, d->transfer.answer.data, d->transfer.answer.len);
		return 0;
	case TRANSFER_MISSING:
		if (!strstr(d->transfer.answer.data, "NoSuchBucket"))
			return 1;
		return destination_error(d, "read", path);
	default:
		return destination_error(d, "read", path);
	}
}

static int s3_put(struct destination *d, const char *path, const void *data, size_t len)
{
	begin(d, "PUT", path, data, len);
	transfer_header(&d->transfer, "Content-Type: %s", destination_type(path));
	transfer_body(&d->transfer, data, len);
	if (transfer_run(&d->transfer) != TRANSFER_DONE)
		return destination_error(d, "put", path);
	return 0;
}

static int s3_remove(struct destination *d, const char *path)
{
	begin(d, "DELETE", path, "", 0);
	if (transfer_run(&d->transfer) == TRANSFER_FAILED)
		return destination_error(d, "remove", path);
	return 0;
}

const struct destination_kind destination_s3 = {
	.schemes = "s3",
	.open = s3_open,
	.get = s3_get,
	.put = s3_put,
	.remove = s3_remove,
};
