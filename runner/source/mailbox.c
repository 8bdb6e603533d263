// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * git mailsplit and mailinfo take the mails apart, and thread.c says which of them are the series.
 */
#include "mailbox.h"

#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lore.h"
#include "mail.h"
#include "thread.h"

#define GIT_TIMEOUT_MS 60000
#define MAILS_MAX      2000

static void take_mail(struct series *s, const struct mail *mail, const struct strvec *trailers,
		      bool linked)
{
	struct mail_tag tag;
	struct patch *patch;

	mail_read_tag(mail->subject, &tag);
	patch = series_add(s, *tag.title ? tag.title : mail->subject, 1);
	strbuf_add(&patch->text, mail->patch.data, patch_length(&mail->patch));
	patch->link = linked && *mail->id ? lore_link(mail->id) : NULL;
	for (size_t i = 0; i < trailers->count; i++)
		strvec_push(&patch->trailers, trailers->items[i]);
}

static void take_selection(struct series *s, const struct selection *chosen, bool linked)
{
	const struct mail *head = chosen->cover ? chosen->cover : chosen->patches[0];
	struct mail_tag tag;

	mail_read_tag(head->subject, &tag);
	s->title = xstrdup(tag.title);
	s->author = xstrdup(head->author);
	s->date = xstrdup(head->date);
	s->link = linked && *head->id ? lore_link(head->id) : NULL;
	s->base = selection_base(chosen);
	s->version = chosen->version;
	for (size_t i = 0; i < chosen->count; i++)
		take_mail(s, chosen->patches[i], &chosen->trailers[i], linked);
}

static int read_mails(struct series *s, const struct mailbox *from, const char *dir)
{
	struct strvec names = STRVEC_INIT;
	struct thread t = { .name = from->name, .asked = from->asked, .ordered = from->ordered };
	struct selection chosen = { 0 };
	int result = dir_list(dir, &names);

	if (!result && names.count > MAILS_MAX)
		result = error("\"%s\" has %zu mails: more than a thread that kab takes (%d)",
			       from->name, names.count, MAILS_MAX);
	t.mails = xcalloc(names.count + 1, sizeof(*t.mails));
	for (size_t i = 0; !result && i < names.count; i++) {
		char *file = xasprintf("%s/%s", dir, names.items[i]);

		result = mail_read(&t.mails[t.count], file, from->name);
		t.count += result == 0;
		free(file);
	}
	if (!result)
		result = thread_select(&t, &chosen);
	if (!result)
		take_selection(s, &chosen, from->asked != NULL);
	selection_release(&chosen);
	for (size_t i = 0; i < t.count; i++)
		mail_release(&t.mails[i]);
	free(t.mails);
	strvec_release(&names);
	return result;
}

int mailbox_load(const struct mailbox *from, struct series *s)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	struct strbuf said = STRBUF_INIT;
	struct cache_work w;
	int result = -1;

	if (cache_work_begin(&w) < 0)
		return -1;
	strvec_pushl(&argv, "git", "mailsplit", "-b", NULL);
	if (from->rd)
		strvec_push(&argv, "--mboxrd");
	strvec_pushf(&argv, "-o%s", w.path);
	strvec_push(&argv, "--");
	for (size_t i = 0; i < from->paths.count; i++)
		strvec_push(&argv, from->paths.items[i]);
	if (proc_capture(argv.items, &out, &said, GIT_TIMEOUT_MS) < 0) {
		strbuf_rtrim(&said);
		error("\"%s\" holds no mails that git can read: %s", from->name, said.data);
	} else {
		result = read_mails(s, from, w.path);
	}
	cache_work_end(&w);
	strvec_release(&argv);
	strbuf_release(&out);
	strbuf_release(&said);
	return result;
}
