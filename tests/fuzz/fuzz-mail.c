// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads of mails from anywhere: headers, tags of subjects, and the choice of a series. Mails are
 * divided by a byte that mails do not have; git, which takes them apart otherwise, is left out.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "runner/source/lore.h"
#include "runner/source/mail.h"
#include "runner/source/series.h"
#include "runner/source/thread.h"

#define MAILS_MAX 40
#define BORDER	  "\x01"

static char *subject_of(const char *raw)
{
	const char *at = strstr(raw, "Subject:");

	at = at ? at + strlen("Subject:") : raw;
	at += strspn(at, " ");
	return xstrndup(at, strcspn(at, "\r\n"));
}

static void read_mail(struct mail *m, const char *raw)
{
	const char *body = strstr(raw, "\n\n");
	const char *patch = strstr(raw, "\n---");

	*m = (struct mail){ .text = STRBUF_INIT, .patch = STRBUF_INIT };
	mail_read_threading(m, raw);
	(void)mail_looks_like_one(raw);
	m->subject = subject_of(raw);
	m->author = xstrdup("");
	m->date = xstrdup("");
	strbuf_adds(&m->text, body ? body : "");
	strbuf_adds(&m->patch, patch ? patch + 1 : "");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *state = NULL;
	struct mail mails[MAILS_MAX];
	struct thread t = { .name = "fuzz", .asked = "1@x", .mails = mails };
	struct strbuf out = STRBUF_INIT;
	struct selection s;
	const char *why;

	for (char *raw = strtok_r(text, BORDER, &state); raw && t.count < MAILS_MAX;
	     raw = strtok_r(NULL, BORDER, &state))
		read_mail(&mails[t.count++], raw);
	for (int ordered = 0; ordered < 2; ordered++) {
		t.ordered = ordered;
		if (thread_select(&t, &s) == 0) {
			free(selection_base(&s));
			for (size_t i = 0; i < s.count; i++)
				if (!patch_changes_files(s.patches[i]->patch.data))
					abort();
		}
		selection_release(&s);
	}
	(void)lore_unpack((const char *)data, size, &out, &why);
	strbuf_release(&out);
	for (size_t i = 0; i < t.count; i++)
		mail_release(&mails[i]);
	free(text);
	return 0;
}
