// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A notice by SMTP: multipart/related with a multipart/alternative (plain text, HTML) and the
 * pictures that the HTML shows (RFC 2387, RFC 2392).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "notify.h"

char *mail_address(const char *text)
{
	const char *open = strchr(text, '<');
	const char *start = open ? open + 1 : text;
	size_t len = strcspn(start, ">");
	char *address;

	for (const char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			return NULL;
	if (open && strcmp(start + len, ">") != 0)
		return NULL;
	address = xstrndup(start, len);
	if (strpbrk(address, " <>,;\"") || !strchr(address, '@') || *address == '@' ||
	    strchr(address, '@') != strrchr(address, '@') || address[len - 1] == '@') {
		free(address);
		return NULL;
	}
	return address;
}

/* RFC 5322, 3.3; in UTC, and with English names whatever the locale. */
static void add_date(struct transfer *t)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = time(NULL);
	struct tm tm = { 0 };

	if (gmtime_r(&now, &tm))
		transfer_header(t, "Date: %s, %d %s %d %02d:%02d:%02d +0000", days[tm.tm_wday],
				tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
				tm.tm_min, tm.tm_sec);
}

static int add_headers(struct transfer *t, const struct mail_config *m, const struct notice *n)
{
	struct strbuf to = STRBUF_INIT;
	char *from = mail_address(m->from);
	uint64_t number;

	if (!from || getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number)) {
		free(from);
		return error("cannot name the message:");
	}
	for (size_t i = 0; i < m->to.count; i++)
		strbuf_addf(&to, "%s%s", i ? ",\r\n " : "", m->to.items[i]);
	transfer_header(t, "From: %s", m->from);
	transfer_header(t, "To: %s", to.data);
	transfer_header(t, "Subject: %s", n->subject);
	add_date(t);
	transfer_header(t, "Message-ID: <kab.%016llx%s>", (unsigned long long)number,
			strchr(from, '@'));
	transfer_header(t, "Auto-Submitted: auto-generated");
	transfer_header(t, "Content-Type: multipart/related; type=\"multipart/alternative\"");
	strbuf_release(&to);
	free(from);
	return 0;
}

static bool add_text(curl_mime *mime, const char *type, const struct strbuf *text)
{
	curl_mimepart *part = curl_mime_addpart(mime);

	return part && !curl_mime_data(part, text->data, text->len) &&
	       !curl_mime_type(part, type) && !curl_mime_encoder(part, "quoted-printable");
}

static bool add_picture(curl_mime *mime, size_t number, const char *path)
{
	curl_mimepart *part = curl_mime_addpart(mime);
	struct curl_slist *headers = NULL;
	char *id = xasprintf("Content-ID: <picture%zu>", number);
	char *place = xasprintf("Content-Disposition: inline; filename=\"picture%zu.png\"", number);
	bool ok;

	headers = xcheck(curl_slist_append(headers, id));
	headers = xcheck(curl_slist_append(headers, place));
	ok = part && !curl_mime_headers(part, headers, 1);
	if (!ok)
		curl_slist_free_all(headers);
	ok = ok && !curl_mime_filedata(part, path) && !curl_mime_filename(part, NULL) &&
	     !curl_mime_type(part, "image/png") && !curl_mime_encoder(part, "base64");
	free(id);
	free(place);
	return ok;
}

static curl_mime *make_body(CURL *curl, const struct notice *n)
{
	curl_mime *related = xcheck(curl_mime_init(curl));
	curl_mime *alternative = xcheck(curl_mime_init(curl));
	curl_mimepart *part = curl_mime_addpart(related);
	bool ok = part && !curl_mime_subparts(part, alternative);

	if (!ok)
		curl_mime_free(alternative);
	ok = ok && !curl_mime_type(part, "multipart/alternative") &&
	     add_text(alternative, "text/plain; charset=us-ascii", &n->text) &&
	     add_text(alternative, "text/html; charset=utf-8", &n->html);
	for (size_t i = 0; ok && i < n->pictures.count; i++)
		ok = add_picture(related, i, n->pictures.items[i]);
	if (ok)
		return related;
	curl_mime_free(related);
	error("cannot put the mail together");
	return NULL;
}

static struct curl_slist *recipients(const struct mail_config *m)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < m->to.count; i++) {
		char *address = mail_address(m->to.items[i]);

		if (address)
			list = xcheck(curl_slist_append(list, address));
		free(address);
	}
	return list;
}

/* With `user` set, the password: from the environment or a file. NULL with an error printed. */
static char *find_password(const struct mail_config *m)
{
	const char *value = getenv("KAB_MAIL_PASSWORD");

	if (value && *value)
		return xstrdup(value);
	if (m->password_file)
		return secret_read(m->password_file);
	error("no password for the mail server's user \"%s\": set KAB_MAIL_PASSWORD, or "
	      "\"password_file\"",
	      m->user);
	return NULL;
}

static int send_it(const struct mail_config *m, const struct transfer_setup *setup,
		   const struct notice *n)
{
	struct curl_slist *to = recipients(m);
	char *from = mail_address(m->from);
	curl_mime *body = NULL;
	struct transfer t;
	int ret = -1;

	transfer_init(&t, setup);
	transfer_begin(&t, m->server);
	transfer_set(&t, CURLOPT_USE_SSL, (long)(m->plaintext ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	transfer_set(&t, CURLOPT_MAIL_FROM, from);
	transfer_set(&t, CURLOPT_MAIL_RCPT, to);
	body = make_body(t.curl, n);
	if (body && add_headers(&t, m, n) == 0) {
		transfer_set(&t, CURLOPT_MIMEPOST, body);
		ret = 0;
		if (transfer_run(&t) != TRANSFER_DONE)
			ret = error("cannot send mail by \"%s\": %s", m->server, t.why);
	}
	transfer_release(&t);
	curl_mime_free(body);
	curl_slist_free_all(to);
	free(from);
	return ret;
}

int mail_send(const struct notify_config *c, const struct transfer_setup *setup,
	      const struct notice *n)
{
	struct transfer_setup mine = *setup;
	char *password = NULL;
	int ret;

	if (c->mail.user) {
		password = find_password(&c->mail);
		if (!password)
			return -1;
		mine.user = c->mail.user;
		mine.password = password;
	}
	ret = send_it(&c->mail, &mine, n);
	free(password);
	return ret;
}
