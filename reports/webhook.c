// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A notice as JSON to an address, with an HMAC of the body by which the receiver knows the sender.
 */
#include <nettle/hmac.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "notify.h"

#define SIGNATURE "X-Kab-Signature"

char *webhook_signature(const char *secret, const void *body, size_t len)
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct hmac_sha256_ctx ctx;
	struct strbuf out = STRBUF_INIT;

	hmac_sha256_set_key(&ctx, strlen(secret), (const uint8_t *)secret);
	hmac_sha256_update(&ctx, len, body);
	hmac_sha256_digest(&ctx, sizeof(digest), digest);
	strbuf_adds(&out, "sha256=");
	for (size_t i = 0; i < sizeof(digest); i++)
		strbuf_addf(&out, "%02x", digest[i]);
	return strbuf_detach(&out);
}

static char *find_secret(const struct webhook_config *w)
{
	const char *value = getenv("KAB_WEBHOOK_SECRET");

	if (value && *value)
		return xstrdup(value);
	if (w->secret_file)
		return secret_read(w->secret_file);
	error("the webhook has no secret: set KAB_WEBHOOK_SECRET, or \"secret_file\"");
	return NULL;
}

int webhook_send(const struct notify_config *c, const struct transfer_setup *setup,
		 const struct notice *n)
{
	char *secret = find_secret(&c->webhook), *signature;
	struct transfer t;
	int ret = 0;

	if (!secret)
		return -1;
	signature = webhook_signature(secret, n->json.data, n->json.len);
	transfer_init(&t, setup);
	transfer_begin(&t, c->webhook.url);
	transfer_set(&t, CURLOPT_CUSTOMREQUEST, "POST");
	transfer_header(&t, "Content-Type: application/json");
	transfer_header(&t, SIGNATURE ": %s", signature);
	transfer_body(&t, n->json.data, n->json.len);
	/* The address itself may be a secret, and is not shown. */
	if (transfer_run(&t) != TRANSFER_DONE)
		ret = error("cannot tell the webhook: %s", t.why);
	transfer_release(&t);
	free(signature);
	free(secret);
	return ret;
}
