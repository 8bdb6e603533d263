/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads of a public-inbox server, such as lore.kernel.org: BASE/MESSAGE-ID/t.mbox.gz is the whole
 * thread that a mail is in. BASE is $KAB_LORE, by default https://lore.kernel.org/all.
 *
 * A thread is kept in the cache and asked for again after an hour, as answers and revisions are
 * added; when that fails the one that is there is used, with a warning. Nothing is taken for something
 * else meanwhile: the identity of a kernel has the text of its patches.
 */
#ifndef KAB_RUNNER_SOURCE_LORE_H
#define KAB_RUNNER_SOURCE_LORE_H

#include <stdbool.h>

#include "lib/strbuf.h"

#define LORE_PREFIX "lore:"

/* Whether this can be a Message-Id (without brackets): of use in a URL and in an error. */
bool lore_is_id(const char *id);
/* The page of a mail, a new string. */
char *lore_link(const char *id);
/*
 * The path of the thread as an mbox in the cache, a new string; NULL with an error printed: no such
 * message, no server, an answer that is not a whole gzip file or holds no mails, or too much of it.
 */
char *lore_thread(const char *id);

/*
 * For lore_thread() and the tests: unpacks a gzip file of `len` bytes, appended to `out`. 0; -1 with the
 * reason in *why, a constant.
 */
int lore_unpack(const char *data, size_t len, struct strbuf *out, const char **why);

#endif
