// SPDX-License-Identifier: GPL-2.0-or-later
#include "calltree.h"

#include <stdbool.h>
#include <stdlib.h>

#include "lib/alloc.h"

void calltree_add(struct calltree *t, uint64_t parent, size_t function, uint64_t self,
		  uint64_t calls)
{
	if (!(t->count & (t->count - 1)))
		t->nodes = xreallocarray(t->nodes, t->count ? 2 * t->count : 1, sizeof(*t->nodes));
	t->nodes[t->count++] = (struct calltree_node){ (size_t)parent, function, self, calls };
}

void calltree_release(struct calltree *t)
{
	free(t->nodes);
	*t = (struct calltree){ 0 };
}

uint64_t *calltree_own(const struct calltree *t, size_t functions)
{
	uint64_t *own = xcalloc(functions + 1, sizeof(*own));

	for (size_t i = 0; i < t->count; i++)
		own[t->nodes[i].function] += t->nodes[i].self;
	return own;
}

/* What each node has with all below it; parents come before their children. */
static uint64_t *add_up(const struct calltree *t)
{
	uint64_t *sums = xcalloc(t->count + 1, sizeof(*sums));

	for (size_t i = t->count; i-- > 0;) {
		sums[i] += t->nodes[i].self;
		if (i)
			sums[t->nodes[i].parent] += sums[i];
	}
	return sums;
}

static bool below_itself(const struct calltree *t, size_t node)
{
	for (size_t up = t->nodes[node].parent; up; up = t->nodes[up].parent)
		if (t->nodes[up].function == t->nodes[node].function)
			return true;
	return false;
}

uint64_t *calltree_inclusive(const struct calltree *t, size_t functions)
{
	uint64_t *inclusive = xcalloc(functions + 1, sizeof(*inclusive));
	uint64_t *sums = add_up(t);

	for (size_t i = 1; i < t->count; i++)
		if (!below_itself(t, i))
			inclusive[t->nodes[i].function] += sums[i];
	free(sums);
	return inclusive;
}

/* A node with its old place, to be sorted by what makes two nodes one. */
struct key {
	size_t parent, function, node;
};

static int by_place(const void *left, const void *right)
{
	const struct key *a = left, *b = right;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

/*
 * Level by level: once the nodes of a level have their final parents, those that are the same can be
 * told. `into` gets the node that each became a part of.
 */
static void merge_level(const struct calltree *t, struct key *keys, size_t count, size_t *into)
{
	for (size_t i = 0; i < count; i++)
		keys[i].parent = into[t->nodes[keys[i].node].parent];
	qsort(keys, count, sizeof(*keys), by_place);
	for (size_t i = 0; i < count; i++) {
		bool same = i && keys[i].parent == keys[i - 1].parent &&
			    keys[i].function == keys[i - 1].function;

		into[keys[i].node] = same ? into[keys[i - 1].node] : keys[i].node;
	}
}

static size_t *merge_same(const struct calltree *t)
{
	size_t *into = xcalloc(t->count + 1, sizeof(*into));
	size_t *depth = xcalloc(t->count + 1, sizeof(*depth));
	struct key *keys = xcalloc(t->count + 1, sizeof(*keys));
	size_t deepest = 0;

	for (size_t i = 1; i < t->count; i++) {
		depth[i] = depth[t->nodes[i].parent] + 1;
		if (depth[i] > deepest)
			deepest = depth[i];
	}
	for (size_t level = 1; level <= deepest; level++) {
		size_t count = 0;

		for (size_t i = 1; i < t->count; i++)
			if (depth[i] == level)
				keys[count++] = (struct key){ 0, t->nodes[i].function, i };
		merge_level(t, keys, count, into);
	}
	free(keys);
	free(depth);
	return into;
}

/* Moves what nodes have that became a part of another; the other comes first. */
static void fold(struct calltree *t, const size_t *into)
{
	for (size_t i = 1; i < t->count; i++) {
		struct calltree_node *n = &t->nodes[i];

		n->parent = into[n->parent];
		if (into[i] == i)
			continue;
		t->nodes[into[i]].self += n->self;
		t->nodes[into[i]].calls += n->calls;
		n->self = n->calls = 0;
	}
}

void calltree_prune(struct calltree *t, uint64_t least)
{
	size_t *into = merge_same(t), *place, count = 1;
	uint64_t *sums;

	fold(t, into);
	sums = add_up(t);
	place = xcalloc(t->count + 1, sizeof(*place));
	/* Children of what goes are smaller, and go as well: from the end, into their parents. */
	for (size_t i = t->count; i-- > 1;)
		if (into[i] == i && sums[i] < least)
			t->nodes[t->nodes[i].parent].self += t->nodes[i].self;
	for (size_t i = 1; i < t->count; i++) {
		struct calltree_node n = t->nodes[i];

		if (into[i] != i || sums[i] < least)
			continue;
		n.parent = place[n.parent];
		place[i] = count;
		t->nodes[count++] = n;
	}
	if (t->count)
		t->count = count;
	free(place);
	free(sums);
	free(into);
}
