/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One mail of a patch series. git mailinfo takes it apart, so that MIME parts, quoted-printable,
 * base64, format=flowed and foreign character sets come out as git am would have them; only
 * the headers that connect mails are read here.
 */
#ifndef KAB_RUNNER_SOURCE_MAIL_H
#define KAB_RUNNER_SOURCE_MAIL_H

#include <stdbool.h>

#include "lib/strbuf.h"
#include "lib/strvec.h"

struct mail {
	char *id;	       /* Message-Id without its brackets, or "" */
	struct strvec parents; /* the mails that it answers, nearest first */
	char *subject;	       /* whole, in UTF-8 and one line: "[PATCH v2 1/5] mm: ..." */
	char *author;	       /* "Name <user@host>", in UTF-8 */
	char *date;	       /* as it was written */
	struct strbuf text;    /* the message, up to the patch */
	struct strbuf patch;   /* the rest, or "" */
};

/*
 * Reads a file with one mail, of `where` (for messages); FILE.message and FILE.patch are written beside
 * it. 0, or -1 with an error printed.
 */
int mail_read(struct mail *m, const char *file, const char *where);
void mail_release(struct mail *m);

/* Whether the text begins as a mail does: with "From " of an mbox, or with headers and a Subject. */
bool mail_looks_like_one(const char *text);

/*
 * The headers that connect it, from the raw mail, into id and parents of `m`, which are empty.
 * mail_read() calls it.
 */
void mail_read_threading(struct mail *m, const char *raw);

/* What the tags of a subject say: "Re: [PATCH v2 1/5] mm: ...". */
struct mail_tag {
	bool reply;	   /* also one that was forwarded */
	int version;	   /* 1 without one */
	int number, total; /* both 0 without them; number 0 of n is a cover letter */
	const char *title; /* the rest, in the subject */
};

void mail_read_tag(const char *subject, struct mail_tag *tag);

#endif
