/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside db/ only: run.content, a hash of every row that is stored of a run, its session and arm
 * included. Two runs with one hash have the same figures, to the last digit.
 */
#ifndef KAB_DB_CONTENT_H
#define KAB_DB_CONTENT_H

#include "lib/hash.h"
#include "statement.h"

/* 0, or -1 with an error printed. */
int content_hash(struct db *db, const char *run, struct hash_hex *out);
/* Sets it for a run that is stored whole, within its transaction. 0, or -1 with an error printed. */
int content_update(struct db *db, const char *run);
/* Sets it for all runs of which it is not known, in one transaction. 0, or -1 with an error printed. */
int content_fill(struct db *db);

#endif
