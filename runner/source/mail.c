// SPDX-License-Identifier: GPL-2.0-or-later
#include "mail.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/transcript.h"

#define GIT_TIMEOUT_MS 60000
#define NUMBER_MAX     9999
#define PARENTS_MAX    200

/* The line after the one at `at`; at the end, the end. */
static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return *at ? at + 1 : at;
}

/*
 * Headers.
 */

/* The value of a header with its continued lines, appended; false when the mail has none. */
static bool header(const char *raw, const char *name, struct strbuf *value)
{
	size_t len = strlen(name);

	for (const char *line = raw; *line && *line != '\n' && *line != '\r';
	     line = next_line(line)) {
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		strbuf_add(value, line + len + 1, strcspn(line + len + 1, "\r\n"));
		for (line = next_line(line); *line == ' ' || *line == '\t'; line = next_line(line))
			strbuf_add(value, line, strcspn(line, "\r\n"));
		return true;
	}
	return false;
}

/* "<a@b> <c@d>" -> "a@b", "c@d". */
static void add_ids(struct strvec *ids, const char *text)
{
	for (const char *at = strchr(text, '<'); at; at = strchr(at, '<')) {
		size_t len = strcspn(++at, "<> \t");

		if (at[len] == '>' && len && ids->count < PARENTS_MAX)
			strvec_pushf(ids, "%.*s", (int)len, at);
	}
}

void mail_read_threading(struct mail *m, const char *raw)
{
	struct strbuf id = STRBUF_INIT, reply = STRBUF_INIT, references = STRBUF_INIT;
	struct strvec ids = STRVEC_INIT, chain = STRVEC_INIT;

	(void)header(raw, "Message-Id", &id);
	(void)header(raw, "In-Reply-To", &reply);
	(void)header(raw, "References", &references);
	add_ids(&ids, id.data);
	m->id = xstrdup(ids.count ? ids.items[0] : "");
	add_ids(&m->parents, reply.data);
	add_ids(&chain, references.data);
	for (size_t i = chain.count; i-- > 0;)
		if (!strvec_has(&m->parents, chain.items[i]))
			strvec_push(&m->parents, chain.items[i]);
	strvec_release(&ids);
	strvec_release(&chain);
	strbuf_release(&id);
	strbuf_release(&reply);
	strbuf_release(&references);
}

bool mail_looks_like_one(const char *text)
{
	struct strbuf subject = STRBUF_INIT;
	size_t name = strcspn(text, ": \t\n");
	bool is_one = !strncmp(text, "From ", 5);

	if (!is_one && name && text[name] == ':')
		is_one = header(text, "Subject", &subject);
	strbuf_release(&subject);
	return is_one;
}

/*
 * The tags of a subject.
 */
static int number_at(const char *text, const char **end)
{
	int n = 0;

	for (; isdigit((unsigned char)*text); text++)
		n = n <= NUMBER_MAX ? n * 10 + (*text - '0') : n;
	*end = text;
	return n;
}

/* One word of "[PATCH net-next v2 1/5]". */
static void read_word(const char *word, size_t len, struct mail_tag *tag)
{
	static const char patch[] = "patch";
	const char *end;
	int n;

	if (len > strlen(patch) && !strncasecmp(word, patch, strlen(patch))) {
		word += strlen(patch);
		len -= strlen(patch);
	}
	if ((*word == 'v' || *word == 'V') && len > 1) {
		n = number_at(word + 1, &end);
		if (end == word + len && n > 0)
			tag->version = n;
		return;
	}
	n = number_at(word, &end);
	if (end > word && *end == '/') {
		const char *total = end + 1;
		int of = number_at(total, &end);

		if (end == word + len && end > total) {
			tag->number = n;
			tag->total = of;
		}
	}
}

static const char *skip_reply(const char *at, bool *reply)
{
	static const char *const words[] = { "re:", "aw:", "fwd:", "fw:" };
	bool found = true;

	while (found) {
		found = false;
		at += strspn(at, " \t");
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (!strncasecmp(at, words[i], strlen(words[i]))) {
				at += strlen(words[i]);
				*reply = found = true;
			}
	}
	return at;
}

void mail_read_tag(const char *subject, struct mail_tag *tag)
{
	const char *at;

	*tag = (struct mail_tag){ .version = 1 };
	at = skip_reply(subject, &tag->reply);
	while (*at == '[' && strchr(at, ']')) {
		const char *end = strchr(at, ']');

		for (at++; at < end;) {
			size_t len = strcspn(at, " \t,]");

			read_word(at, len, tag);
			at += len;
			at += strspn(at, " \t,");
		}
		at = skip_reply(end + 1, &tag->reply);
	}
	tag->title = at;
}

/*
 * The whole.
 */
static char *info_field(const char *info, const char *name)
{
	struct strbuf value = STRBUF_INIT;
	char *field;

	(void)header(info, name, &value);
	field = xstrdup(value.data + strspn(value.data, " "));
	strbuf_release(&value);
	return field;
}

static void read_info(struct mail *m, const char *info)
{
	char *name = info_field(info, "Author");
	char *address = info_field(info, "Email");

	m->subject = info_field(info, "Subject");
	m->date = info_field(info, "Date");
	m->author = xasprintf("%s <%s>", name, address);
	free(name);
	free(address);
}

/* git mailinfo FILE.message FILE.patch <FILE */
static int run_mailinfo(const char *file, const struct strbuf *raw, struct strbuf *said)
{
	struct strvec argv = STRVEC_INIT;
	struct proc p = { 0 };
	int result = -1;

	/* Without regard to what the user's configuration says about encodings. */
	strvec_pushl(&argv, "git", "-c", "i18n.commitEncoding=UTF-8", "mailinfo", "-k", "-u",
		     "--no-scissors", "--quoted-cr=strip", NULL);
	strvec_pushf(&argv, "%s.message", file);
	strvec_pushf(&argv, "%s.patch", file);
	p.argv = argv.items;
	p.in = transcript_open(raw->data, raw->len);
	p.out = transcript_open("", 0);
	p.err = PROC_STDOUT;
	if (p.in >= 0 && p.out >= 0)
		result = proc_run(&p, GIT_TIMEOUT_MS);
	transcript_close(p.out, said, raw->len + BUFSIZ);
	if (p.in >= 0)
		close(p.in);
	strvec_release(&argv);
	return result;
}

/* 0 also when there is nothing behind the suffix: a mail without a patch. */
static int read_part(const char *file, const char *suffix, struct strbuf *out)
{
	char *path = xasprintf("%s.%s", file, suffix);
	int result = file_read(path, out);

	free(path);
	return result;
}

int mail_read(struct mail *m, const char *file, const char *where)
{
	struct strbuf raw = STRBUF_INIT, info = STRBUF_INIT;
	int result = file_read(file, &raw);

	*m = (struct mail){ .text = STRBUF_INIT, .patch = STRBUF_INIT };
	if (!result && strlen(raw.data) != raw.len)
		result = error("\"%s\" holds a mail with zero bytes", where);
	if (!result)
		mail_read_threading(m, raw.data);
	if (!result && run_mailinfo(file, &raw, &info) < 0) {
		strbuf_rtrim(&info);
		result = interrupted() ? -1
				       : error("\"%s\": mail \"%s\" cannot be read: %s", where,
					       *m->id ? m->id : path_base(file), info.data);
	}
	if (!result) {
		read_info(m, info.data);
		result = read_part(file, "message", &m->text);
	}
	if (!result)
		result = read_part(file, "patch", &m->patch);
	strbuf_release(&raw);
	strbuf_release(&info);
	if (result < 0)
		mail_release(m);
	return result;
}

void mail_release(struct mail *m)
{
	free(m->id);
	strvec_release(&m->parents);
	free(m->subject);
	free(m->author);
	free(m->date);
	if (m->text.data)
		strbuf_release(&m->text);
	if (m->patch.data)
		strbuf_release(&m->patch);
	*m = (struct mail){ 0 };
}
