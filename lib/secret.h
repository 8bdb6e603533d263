/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files with secrets: only their owner may read them, as ssh has it.
 */
#ifndef KAB_LIB_SECRET_H
#define KAB_LIB_SECRET_H

/*
 * 0 when the file is a regular one of this user (or of root) and its mode gives others nothing;
 * 1 when there is none; otherwise -1 with an error printed.
 */
int secret_check(const char *path);
/* The first line of such a file, which is not empty: a new string, or NULL with an error printed. */
char *secret_read(const char *path);

#endif
