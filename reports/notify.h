/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells people and programs what got worse or failed: by mail, and by a webhook (docs/formats.md).
 */
#ifndef KAB_REPORTS_NOTIFY_H
#define KAB_REPORTS_NOTIFY_H

#include <stdbool.h>
#include <stdio.h>

#include "judge.h"
#include "lib/strvec.h"
#include "lib/transfer.h"
#include "notice.h"

/* Channels; strings are owned. */
struct mail_config {
	char *server; /* "smtp://HOST:587" (STARTTLS) or "smtps://HOST"; NULL: no mail */
	char *from;
	struct strvec to;
	char *user, *password_file;
	bool plaintext; /* no TLS, on loopback only */
};

struct webhook_config {
	char *url; /* NULL: no webhook */
	char *secret_file;
};

struct notify_config {
	char *site; /* an address for readers */
	char *ca_file;
	struct mail_config mail;
	struct webhook_config webhook;
};

/* Paths in it are relative to its folder. 0, or -1 with every error printed; release after both. */
int notify_load(struct notify_config *c, const char *path);
void notify_release(struct notify_config *c);

struct notify_options {
	const char *memory; /* the file of what was told */
	const char *work;   /* a folder for pictures, which exists; NULL: none */
	bool dry_run;	    /* only say it, on `out` */
	FILE *out;
	struct transfer_setup transfer; /* time-outs and tries; the rest is the config's */
};

/*
 * Sends what is new in the session to each channel, and remembers it. 0, or -1 with an error
 * printed when a channel failed: the next call tries that one again.
 */
int notify(const struct notify_config *c, const struct notify_options *o,
	   const struct judgement *list, size_t count);

/* The channels: each sends one notice. 0, or -1 with an error printed. */
int mail_send(const struct notify_config *c, const struct transfer_setup *setup,
	      const struct notice *n);
int webhook_send(const struct notify_config *c, const struct transfer_setup *setup,
		 const struct notice *n);

/* "user@host" of "Name <user@host>": a new string; NULL when it is not an address. */
char *mail_address(const char *text);
/* "sha256=HEX", HMAC-SHA256 (RFC 2104) of the body: a new string. */
char *webhook_signature(const char *secret, const void *body, size_t len);

#endif
