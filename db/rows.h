/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside db/ only: what all queries share.
 */
#ifndef KAB_DB_ROWS_H
#define KAB_DB_ROWS_H

#include <stddef.h>

#include "query.h"
#include "statement.h"

/* The number in a run's id may have grown beyond its leading zeros. */
#define BY_RUN(id) "length(" id "), " id

/*
 * Of queries about a side, with the parameters of SIDE(): only workloads in which the arms ?3 and
 * ?4 are compared; all when these are the same arm. The parenthesis stays open for exceptions.
 */
#define IN_PAIR(workload)                                                        \
	" AND (?3 = ?4 OR " workload " IN (SELECT workload FROM comparison AS c" \
	"  WHERE c.session = ?1 AND c.base = ?3 AND c.new = ?4)"

#define SIDE(side)                                                              \
	VALUES(TEXT((side)->session), INT((side)->arm), INT((side)->only.base), \
	       INT((side)->only.new))

/* Room for one more item behind `count` of them: capacities are the powers of two. */
void *db_grow(void *items, size_t count, size_t size);
/*
 * Steps through a query's rows and hands each to `row`. An error leaves what was added so far to
 * the caller's release. 0, or -1 with an error printed.
 */
int db_each_row(struct db *db, const char *sql, const struct value *values, size_t count,
		void (*row)(struct statement *s, void *out), void *out);
/* "higher" or "lower". */
enum better db_better(const char *name);

#endif
