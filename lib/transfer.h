/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to servers by libcurl: what all of them have in common. TLS certificates and SSH host
 * keys are always verified, a silent server is given up, and what may pass is tried again after a
 * pause that doubles (1 s, 2 s, 4 s ... at most 30 s, or what the server asks for).
 *
 *	transfer_begin(&t, url);
 *	transfer_set(&t, CURLOPT_CUSTOMREQUEST, "DELETE");
 *	if (transfer_run(&t) != TRANSFER_DONE) error("cannot remove \"%s\": %s", url, t.why);
 *
 * Connections are kept between requests. Nothing here prints an error, only notes about a pause.
 */
#ifndef KAB_LIB_TRANSFER_H
#define KAB_LIB_TRANSFER_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strbuf.h"

/* All strings are borrowed, and may be NULL. */
struct transfer_setup {
	const char *ca_file; /* certificates to trust; NULL: $CURL_CA_BUNDLE, then the system's */
	const char *netrc;   /* passwords by host; asked only when user is NULL */
	const char *user, *password;
	const char *sigv4;    /* "aws:amz:REGION:s3": sign requests with user and password */
	const char *identity; /* SSH: private key; without one the agent is asked */
	const char *known_hosts;
	int64_t stall_s; /* give up a server that is silent for so long, 1 ... 3600 */
	int64_t tries;	 /* of each request, 1 ... 20 */
};

enum transfer_outcome {
	TRANSFER_FAILED = -1, /* `why` says it */
	TRANSFER_DONE = 0,
	TRANSFER_MISSING = 1, /* the server has no such thing; `why` says that too */
};

struct transfer {
	const struct transfer_setup *setup;
	CURL *curl;
	struct curl_slist *headers; /* or SFTP's commands; owned, until the next request */
	struct curl_slist *commands;
	const char *body; /* borrowed until the request has run */
	size_t body_len, body_sent;
	struct strbuf answer; /* of the last request */
	long status;	      /* HTTP or SMTP; 0: none */
	bool unset;	      /* an option was not accepted */
	char why[CURL_ERROR_SIZE + 128];
};

/* `setup` must outlive it. */
void transfer_init(struct transfer *t, const struct transfer_setup *setup);
void transfer_release(struct transfer *t);

/* Forgets the options of the last request, and sets what all requests need. */
void transfer_begin(struct transfer *t, const char *url);
/* An option of this request. */
#define transfer_set(t, option, value) \
	((t)->unset |= curl_easy_setopt((t)->curl, (option), (value)) != CURLE_OK)
void transfer_header(struct transfer *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* SFTP: a command after the transfer. */
void transfer_command(struct transfer *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The bytes of an HTTP request, and of an upload by other protocols. */
void transfer_body(struct transfer *t, const void *data, size_t len);
void transfer_upload(struct transfer *t, const void *data, size_t len);
/* Runs it, as often as `tries` allows. An HTTP status of 300 or more is a failure. */
enum transfer_outcome transfer_run(struct transfer *t);

/* For those who run a handle of their own: time-outs, and an end when kab is interrupted. */
CURLcode transfer_limits(CURL *curl, int64_t stall_s);
/* Errors after which the same request may succeed. */
bool transfer_was_cut(CURLcode code);

/* True for "localhost", 127.0.0.0/8 and [::1]: what never leaves this machine. */
bool transfer_is_loopback(const char *host);

#endif
