// SPDX-License-Identifier: GPL-2.0-or-later
#include "notify.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/json.h"
#include "lib/log.h"

/* --- the configuration ------------------------------------------------------------------------- */

struct config_file {
	struct notify_config *config;
	struct json_at mail, webhook;
	char *site, *cacert;
};

/* Scheme and host of an address without credentials; host NULL: not such an address. */
static char *host_of(const char *address, const char *schemes[])
{
	CURLU *url = xcheck(curl_url());
	char *host = NULL, *part = NULL;
	bool known = false, password;

	if (curl_url_set(url, CURLUPART_URL, address, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	    curl_url_get(url, CURLUPART_SCHEME, &part, 0) == CURLUE_OK)
		for (size_t i = 0; schemes[i]; i++)
			known = known || !strcmp(part, schemes[i]);
	curl_free(part);
	part = NULL;
	password = curl_url_get(url, CURLUPART_USER, &part, 0) == CURLUE_OK;
	curl_free(part);
	part = NULL;
	if (known && !password && curl_url_get(url, CURLUPART_HOST, &part, 0) == CURLUE_OK)
		host = xstrdup(part);
	curl_free(part);
	curl_url_cleanup(url);
	return host;
}

static int check_mail(const struct json_at *at, const struct mail_config *m)
{
	static const char *schemes[] = { "smtp", "smtps", NULL };
	char *host = host_of(m->server, schemes), *address = mail_address(m->from);
	int ret = 0;

	if (!host)
		ret = json_error(at,
				 "\"server\" is not smtp://HOST or smtps://HOST, without a user");
	else if (m->plaintext && (!transfer_is_loopback(host) || m->user))
		ret = json_error(at, "\"plaintext\" is for a server on this machine that wants no "
				     "password");
	if (!address)
		ret = json_error(at, "\"%s\" is not an address", m->from);
	free(address);
	if (!m->to.count)
		ret = json_error(at, "\"to\" names nobody");
	for (size_t i = 0; i < m->to.count; i++) {
		address = mail_address(m->to.items[i]);
		if (!address)
			ret = json_error(at, "\"%s\" is not an address", m->to.items[i]);
		free(address);
	}
	free(host);
	return ret;
}

static int read_mail(const struct json_at *at, struct mail_config *m)
{
	static const struct json_field fields[] = {
		{ "server", JSON_STR, offsetof(struct mail_config, server), true, 0, 0 },
		{ "from", JSON_STR, offsetof(struct mail_config, from), true, 0, 0 },
		{ "to", JSON_STRINGS, offsetof(struct mail_config, to), true, 0, 0 },
		{ "user", JSON_STR, offsetof(struct mail_config, user), false, 0, 0 },
		{ "password_file", JSON_STR, offsetof(struct mail_config, password_file), false, 0,
		  0 },
		{ "plaintext", JSON_BOOL, offsetof(struct mail_config, plaintext), false, 0, 0 },
	};

	if (json_read(at, fields, sizeof(fields) / sizeof(fields[0]), m) < 0)
		return -1;
	m->password_file = path_beside(at->doc->path, m->password_file);
	return check_mail(at, m);
}

static int read_webhook(const struct json_at *at, struct webhook_config *w)
{
	static const struct json_field fields[] = {
		{ "url", JSON_STR, offsetof(struct webhook_config, url), true, 0, 0 },
		{ "secret_file", JSON_STR, offsetof(struct webhook_config, secret_file), false, 0,
		  0 },
	};
	static const char *schemes[] = { "https", "http", NULL };
	char *host;

	if (json_read(at, fields, sizeof(fields) / sizeof(fields[0]), w) < 0)
		return -1;
	w->secret_file = path_beside(at->doc->path, w->secret_file);
	host = host_of(w->url, schemes);
	if (!host)
		return json_error(at, "\"url\" is not https://HOST/PATH, without a user");
	free(host);
	return 0;
}

int notify_load(struct notify_config *c, const char *path)
{
	static const struct json_field fields[] = {
		{ "site", JSON_STR, offsetof(struct config_file, site), false, 0, 0 },
		{ "cacert", JSON_STR, offsetof(struct config_file, cacert), false, 0, 0 },
		{ "mail", JSON_OBJECT, offsetof(struct config_file, mail), false, 0, 0 },
		{ "webhook", JSON_OBJECT, offsetof(struct config_file, webhook), false, 0, 0 },
	};
	struct config_file f = { .config = c };
	struct json_doc doc;
	struct json_at root;
	int ret;

	*c = (struct notify_config){ 0 };
	ret = json_load(&doc, path);
	if (ret == 0) {
		root = json_root(&doc);
		ret = json_read(&root, fields, sizeof(fields) / sizeof(fields[0]), &f);
	}
	c->site = f.site;
	c->ca_file = path_beside(path, f.cacert);
	if (ret == 0 && !f.mail.value && !f.webhook.value)
		ret = json_error(&root, "neither \"mail\" nor \"webhook\": nobody would be told");
	if (ret == 0 && f.mail.value)
		ret = read_mail(&f.mail, &c->mail);
	if (ret == 0 && f.webhook.value)
		ret = read_webhook(&f.webhook, &c->webhook);
	json_release(&doc);
	return ret;
}

void notify_release(struct notify_config *c)
{
	free(c->site);
	free(c->ca_file);
	free(c->mail.server);
	free(c->mail.from);
	strvec_release(&c->mail.to);
	free(c->mail.user);
	free(c->mail.password_file);
	free(c->webhook.url);
	free(c->webhook.secret_file);
	*c = (struct notify_config){ 0 };
}

/* --- channels ---------------------------------------------------------------------------------- */

struct channel {
	const char *name;
	bool (*wanted)(const struct notify_config *c);
	/* Whom it tells: another address has heard nothing yet. */
	void (*identify)(const struct notify_config *c, struct hash *h);
	int (*send)(const struct notify_config *c, const struct transfer_setup *setup,
		    const struct notice *n);
	bool pictures;
};

static bool mail_wanted(const struct notify_config *c)
{
	return c->mail.server;
}

static void mail_identify(const struct notify_config *c, struct hash *h)
{
	for (size_t i = 0; i < c->mail.to.count; i++)
		hash_part(h, "to", c->mail.to.items[i]);
}

static bool webhook_wanted(const struct notify_config *c)
{
	return c->webhook.url;
}

static void webhook_identify(const struct notify_config *c, struct hash *h)
{
	hash_part(h, "url", c->webhook.url);
}

static const struct channel channels[] = {
	{ "mail", mail_wanted, mail_identify, mail_send, true },
	{ "webhook", webhook_wanted, webhook_identify, webhook_send, false },
};

/* "mail 4fe1c0..": the addresses themselves are nobody's business who may read the file. */
static char *channel_id(const struct channel *ch, const struct notify_config *c)
{
	struct hash_hex hex;
	struct hash h;

	hash_init(&h);
	ch->identify(c, &h);
	hash_end(&h, &hex);
	return xasprintf("%s %.16s", ch->name, hex.s);
}

static int deliver(const struct channel *ch, const struct notify_config *c,
		   const struct notify_options *o, const struct news *news)
{
	struct transfer_setup setup = o->transfer;
	struct notice n;
	int ret;

	setup.ca_file = c->ca_file;
	ret = notice_make(&n, news, c->site, ch->pictures && !o->dry_run ? o->work : NULL);
	if (ret == 0 && o->dry_run)
		fprintf(o->out, "%s: %s\n\n%s", ch->name, n.subject, n.text.data);
	else if (ret == 0)
		ret = ch->send(c, &setup, &n);
	if (ret == 0 && !o->dry_run)
		note("%s: told \"%s\"", ch->name, n.subject);
	notice_release(&n);
	return ret;
}

/* An older session would make changes that are over come back. */
static int check_session(const char *last, const char *session)
{
	if (!last || strcmp(session, last) >= 0)
		return 0;
	return error("session \"%s\" is older than \"%s\", of which was told already", session,
		     last);
}

static int tell(const struct channel *ch, const struct notify_config *c,
		const struct notify_options *o, const struct judgement *list, size_t count)
{
	struct news told = { 0 }, now = { 0 }, news = { 0 };
	const char *session = list[0].new.session;
	char *id = channel_id(ch, c), *last = NULL;
	int ret = news_load(o->memory, id, &told, &last);

	if (ret == 0)
		ret = check_session(last, session);
	if (ret == 0) {
		news_find(list, count, &now);
		news_select(&now, &told, &news);
		if (news.count)
			ret = deliver(ch, c, o, &news);
		else
			note("%s: nothing new", ch->name);
	}
	/* Remembered after it was sent: a crash in between tells twice, and never not at all. */
	if (ret == 0 && !o->dry_run) {
		news_learn(&told, &news, list, count);
		ret = news_save(o->memory, id, &told, session);
	}
	news_release(&told);
	news_release(&now);
	news_release(&news);
	free(last);
	free(id);
	return ret;
}

int notify(const struct notify_config *c, const struct notify_options *o,
	   const struct judgement *list, size_t count)
{
	int ret = 0;

	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
		if (channels[i].wanted(c) && tell(&channels[i], c, o, list, count) < 0)
			ret = -1;
	return ret;
}
