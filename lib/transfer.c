// SPDX-License-Identifier: GPL-2.0-or-later
#include "transfer.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "log.h"
#include "proc.h"

#define CONNECT_S   30L
#define STALL_BYTES 100L /* a second; less is silence */
#define PAUSE_MAX_S 30
#define ANSWER_MAX  (64u << 20)

/* What a status means to the one who set up the server, where the number does not say it. */
static const struct {
	long status;
	const char *words;
	bool transient;
} statuses[] = {
	{ 401, "the credentials are missing or wrong", false },
	{ 403, "the server does not allow it", false },
	{ 404, "there is no such place", false },
	{ 405, "the server does not take this method here", false },
	{ 409, "the folder above does not exist", false },
	{ 413, "the file is too large for the server", false },
	{ 429, "too many requests", true },
	{ 500, "the server failed", true },
	{ 502, "the gateway failed", true },
	{ 503, "the server is not available", true },
	{ 504, "the gateway waited in vain", true },
	{ 507, "the server's disk is full", false },
};

bool transfer_was_cut(CURLcode code)
{
	static const CURLcode codes[] = { CURLE_PARTIAL_FILE, CURLE_RECV_ERROR,
					  CURLE_GOT_NOTHING,  CURLE_OPERATION_TIMEDOUT,
					  CURLE_SEND_ERROR,   CURLE_HTTP2,
					  CURLE_HTTP2_STREAM };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i] == code)
			return true;
	return false;
}

static int on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total,
		       curl_off_t up_now)
{
	(void)ctx, (void)total, (void)now, (void)up_total, (void)up_now;
	return interrupted();
}

CURLcode transfer_limits(CURL *curl, int64_t stall_s)
{
	CURLcode code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	long stall = (long)stall_s;

	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
					stall < CONNECT_S ? stall : CONNECT_S);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stall);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_USERAGENT, "kab");
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	if (!code)
		code = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	return code;
}

bool transfer_is_loopback(const char *host)
{
	struct in_addr address;

	if (inet_pton(AF_INET, host, &address) == 1)
		return ntohl(address.s_addr) >> 24 == 127;
	return !strcmp(host, "localhost") || !strcmp(host, "[::1]");
}

void transfer_init(struct transfer *t, const struct transfer_setup *setup)
{
	*t = (struct transfer){ .setup = setup, .answer = STRBUF_INIT };
	t->curl = xcheck(curl_easy_init());
}

void transfer_release(struct transfer *t)
{
	curl_slist_free_all(t->headers);
	curl_slist_free_all(t->commands);
	strbuf_release(&t->answer);
	curl_easy_cleanup(t->curl);
	*t = (struct transfer){ .answer = STRBUF_INIT };
}

/* An answer that does not end must not take all memory. */
static size_t on_answer(char *data, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;
	size_t len = size * count;

	if (len > ANSWER_MAX - t->answer.len)
		return 0;
	strbuf_add(&t->answer, data, len);
	return len;
}

static size_t on_upload(char *out, size_t size, size_t count, void *ctx)
{
	struct transfer *t = ctx;
	size_t len = t->body_len - t->body_sent;

	if (len > size * count)
		len = size * count;
	memcpy(out, t->body + t->body_sent, len);
	t->body_sent += len;
	return len;
}

static int on_seek(void *ctx, curl_off_t offset, int origin)
{
	struct transfer *t = ctx;

	if (origin != SEEK_SET || offset < 0 || (size_t)offset > t->body_len)
		return CURL_SEEKFUNC_FAIL;
	t->body_sent = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

static void set_credentials(struct transfer *t)
{
	const struct transfer_setup *s = t->setup;

	if (s->user)
		transfer_set(t, CURLOPT_USERNAME, s->user);
	if (s->password)
		transfer_set(t, CURLOPT_PASSWORD, s->password);
	if (s->netrc && !(s->user && s->password)) {
		transfer_set(t, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
		transfer_set(t, CURLOPT_NETRC_FILE, s->netrc);
	}
	if (s->sigv4)
		transfer_set(t, CURLOPT_AWS_SIGV4, s->sigv4);
}

void transfer_begin(struct transfer *t, const char *url)
{
	const struct transfer_setup *s = t->setup;
	const char *ca = s->ca_file ? s->ca_file : getenv("CURL_CA_BUNDLE");

	curl_easy_reset(t->curl);
	curl_slist_free_all(t->headers);
	curl_slist_free_all(t->commands);
	t->headers = t->commands = NULL;
	t->body = NULL;
	t->body_len = 0;
	t->unset = transfer_limits(t->curl, s->stall_s) != CURLE_OK;
	transfer_set(t, CURLOPT_URL, url);
	transfer_set(t, CURLOPT_PROTOCOLS_STR, "http,https,sftp,smtp,smtps");
	transfer_set(t, CURLOPT_ERRORBUFFER, t->why);
	transfer_set(t, CURLOPT_WRITEFUNCTION, on_answer);
	transfer_set(t, CURLOPT_WRITEDATA, t);
	/* Both are the default. They are here so that nobody has to look it up. */
	transfer_set(t, CURLOPT_SSL_VERIFYPEER, 1L);
	transfer_set(t, CURLOPT_SSL_VERIFYHOST, 2L);
	if (ca && *ca)
		transfer_set(t, CURLOPT_CAINFO, ca);
	set_credentials(t);
}

static void append(struct curl_slist **list, const char *fmt, va_list ap)
{
	struct strbuf line = STRBUF_INIT;

	strbuf_vaddf(&line, fmt, ap);
	*list = xcheck(curl_slist_append(*list, line.data));
	strbuf_release(&line);
}

void transfer_header(struct transfer *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(&t->headers, fmt, ap);
	va_end(ap);
	transfer_set(t, CURLOPT_HTTPHEADER, t->headers);
}

void transfer_command(struct transfer *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	append(&t->commands, fmt, ap);
	va_end(ap);
	transfer_set(t, CURLOPT_POSTQUOTE, t->commands);
}

void transfer_body(struct transfer *t, const void *data, size_t len)
{
	transfer_set(t, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	transfer_set(t, CURLOPT_POSTFIELDS, (const char *)data);
}

void transfer_upload(struct transfer *t, const void *data, size_t len)
{
	t->body = data;
	t->body_len = len;
	transfer_set(t, CURLOPT_UPLOAD, 1L);
	transfer_set(t, CURLOPT_READFUNCTION, on_upload);
	transfer_set(t, CURLOPT_READDATA, t);
	transfer_set(t, CURLOPT_SEEKFUNCTION, on_seek);
	transfer_set(t, CURLOPT_SEEKDATA, t);
	transfer_set(t, CURLOPT_INFILESIZE_LARGE, (curl_off_t)len);
}

/* --- what came of it --------------------------------------------------------------------------- */

/* The error code within the XML that S3 answers with: "AccessDenied"; "" when there is none. */
static void find_code(const struct strbuf *answer, char *code, size_t size)
{
	const char *at = strstr(answer->data, "<Code>");
	size_t len = 0;

	if (at)
		for (at += strlen("<Code>"); len < size - 1 && isalnum((unsigned char)at[len]);)
			len++;
	if (at)
		memcpy(code, at, len);
	code[len] = '\0';
}

/* Whether it may pass; `why` is set. */
static bool explain_status(struct transfer *t)
{
	const char *words = "the server refused";
	bool transient = t->status >= 500 && t->status != 501;
	char code[64];

	if (t->status >= 300 && t->status < 400)
		words = "the server sends elsewhere, and kab does not follow";
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].status == t->status) {
			words = statuses[i].words;
			transient = statuses[i].transient;
		}
	find_code(&t->answer, code, sizeof(code));
	snprintf(t->why, sizeof(t->why), "%ld%s%s: %s", t->status, *code ? " " : "", code, words);
	return transient;
}

static bool is_http(const struct transfer *t)
{
	const char *scheme = NULL;

	return !curl_easy_getinfo(t->curl, CURLINFO_SCHEME, &scheme) && scheme &&
	       !strncasecmp(scheme, "http", 4);
}

static bool is_missing(const struct transfer *t, CURLcode code)
{
	if (code == CURLE_REMOTE_FILE_NOT_FOUND)
		return true;
	return code == CURLE_OK && is_http(t) && (t->status == 404 || t->status == 410);
}

/* Runs it once. Whether it may be tried again is in *again. */
static enum transfer_outcome attempt(struct transfer *t, bool *again)
{
	CURLcode code;

	*again = false;
	*t->why = '\0';
	t->status = 0;
	t->body_sent = 0;
	strbuf_reset(&t->answer);
	if (t->unset) {
		snprintf(t->why, sizeof(t->why), "libcurl %s lacks what it takes", LIBCURL_VERSION);
		return TRANSFER_FAILED;
	}
	code = curl_easy_perform(t->curl);
	if (curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &t->status) != CURLE_OK)
		t->status = 0;
	if (code == CURLE_OK && (!is_http(t) || (t->status >= 200 && t->status < 300)))
		return TRANSFER_DONE;
	if (code == CURLE_OK) {
		*again = explain_status(t);
	} else {
		*again = transfer_was_cut(code) || code == CURLE_COULDNT_CONNECT ||
			 code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_SSH ||
			 (t->status >= 400 && t->status < 500 && !is_http(t)); /* SMTP */
		if (code == CURLE_WRITE_ERROR)
			snprintf(t->why, sizeof(t->why), "the answer has more than %u MiB",
				 ANSWER_MAX >> 20);
		if (!*t->why)
			snprintf(t->why, sizeof(t->why), "%s", curl_easy_strerror(code));
		if (t->status >= 400 && !is_http(t))
			snprintf(t->why + strlen(t->why), sizeof(t->why) - strlen(t->why),
				 " (status %ld)", t->status);
	}
	if (interrupted()) {
		*again = false;
		snprintf(t->why, sizeof(t->why), "interrupted");
	}
	return is_missing(t, code) ? TRANSFER_MISSING : TRANSFER_FAILED;
}

/* False when kab was interrupted meanwhile. */
static bool pause_for(struct transfer *t, int seconds)
{
	struct pollfd wake = { .fd = interrupt_fd(), .events = POLLIN };
	curl_off_t asked = 0;

	if (!curl_easy_getinfo(t->curl, CURLINFO_RETRY_AFTER, &asked) && asked > seconds)
		seconds = asked < PAUSE_MAX_S ? (int)asked : PAUSE_MAX_S;
	note("%s; trying again in %d s", t->why, seconds);
	poll(&wake, 1, seconds * 1000);
	return !interrupted();
}

enum transfer_outcome transfer_run(struct transfer *t)
{
	int seconds = 1;

	for (int64_t left = t->setup->tries;; left--) {
		bool again;
		enum transfer_outcome outcome = attempt(t, &again);

		if (outcome == TRANSFER_DONE || !again || left <= 1)
			return outcome;
		if (!pause_for(t, seconds))
			return TRANSFER_FAILED;
		seconds = seconds * 2 < PAUSE_MAX_S ? seconds * 2 : PAUSE_MAX_S;
	}
}
