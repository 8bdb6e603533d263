/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call graph as a tree: functions (by index) by the path of calls to them.
 */
#ifndef KAB_COLLECTORS_CALLTREE_H
#define KAB_COLLECTORS_CALLTREE_H

#include <stddef.h>
#include <stdint.h>

struct calltree_node {
	size_t parent; /* before its children */
	size_t function;
	uint64_t self, calls;
};

struct calltree {
	struct calltree_node *nodes; /* the first is the root */
	size_t count;
};

/* Adds the next node; `parent` is the index of an earlier one (of the root: 0). */
void calltree_add(struct calltree *t, uint64_t parent, size_t function, uint64_t self,
		  uint64_t calls);
void calltree_release(struct calltree *t);
/*
 * By function, in an array of that many that the caller frees: its own instructions, and those
 * with all that it calls. What a function executes below itself (recursion) counts once.
 */
uint64_t *calltree_own(const struct calltree *t, size_t functions);
uint64_t *calltree_inclusive(const struct calltree *t, size_t functions);
/*
 * Makes children of one function under one parent one node, and nodes with less than `least`
 * instructions below and in them a part of their parents.
 */
void calltree_prune(struct calltree *t, uint64_t least);

#endif
