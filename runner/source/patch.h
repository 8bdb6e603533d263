/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One patch: a diff, with or without the mail around it, held in memory.
 */
#ifndef KAB_RUNNER_SOURCE_PATCH_H
#define KAB_RUNNER_SOURCE_PATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strbuf.h"
#include "lib/strvec.h"

struct overlay;

struct patch {
	char *name; /* file name, or the subject of a mail without its tags */
	struct strbuf text;
	int strip; /* leading path components to drop: 1 unless the series says "-p0" */
	/* Of a mail: */
	char *link;		/* its page on the server that it comes from, or NULL */
	struct strvec trailers; /* "Reviewed-by: ...", also those given in answers */
};

void patch_release(struct patch *p);

/* Whether a text has the headers of a diff. */
bool patch_changes_files(const char *text);
/* Bytes up to the signature, behind which programs that send mails say who they are. */
size_t patch_length(const struct strbuf *text);
/* What the patch says it is, without "[PATCH 1/5]"; its name when it does not say. A new string. */
char *patch_subject(const struct patch *p);
/* Pushes the files that it changes, creates or deletes, in the tree's terms, unless they are there. */
void patch_files(const struct patch *p, struct strvec *files);
/*
 * Applies it to the merged tree, without fuzz. 0; 1 when it does not apply, with patch, file and hunk
 * appended to `why`; -1 with an error printed.
 */
int patch_try(const struct patch *patch, struct overlay *tree, struct strbuf *why);

#endif
