// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "calltree.h"
#include "collect.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strbuf.h"
#include "symbols.h"

#define HEADER "kab-profile 1\n"
/* What the call graph may be wrong by before that is said. */
#define APART_MAX 0.01
/* A node of less than this part of the window is a part of its caller. */
#define SMALL 50000

/*
 * Reading.
 */
struct state {
	const char *at;
	const struct profile_reader *reader;
	struct profile_window window;
	bool open;
	uint64_t address, total;
	unsigned int vcpu;
	uint64_t nodes; /* of this window, so far */
	uint64_t charged;
};

static bool number(struct state *s, int base, uint64_t *value)
{
	char *end;

	s->at += *s->at == ' ';
	errno = 0;
	*value = strtoull(s->at, &end, base);
	if (errno || end == s->at || *s->at == '-' || *s->at == ' ')
		return false;
	s->at = end;
	return true;
}

static bool line_end(struct state *s)
{
	if (*s->at != '\n')
		return false;
	s->at++;
	return true;
}

/* True and past the word when the line begins with it. */
static bool word(struct state *s, const char *expected)
{
	size_t len = strlen(expected);

	if (strncmp(s->at, expected, len) != 0 || !strchr(" \n", s->at[len]))
		return false;
	s->at += len;
	return true;
}

static const char *read_block(struct state *s)
{
	struct profile_block b = { .vcpu = s->vcpu };
	uint64_t delta, insns;

	if (!s->open || !number(s, 16, &delta) || !number(s, 16, &b.insns) ||
	    !number(s, 16, &b.count) || !line_end(s))
		return "a line is malformed";
	s->address += delta;
	b.address = s->address;
	if (__builtin_mul_overflow(b.insns, b.count, &insns) ||
	    __builtin_add_overflow(s->total, insns, &s->total))
		return "its counts are impossible";
	s->reader->block(&b, s->reader->ctx);
	return NULL;
}

static const char *read_node(struct state *s)
{
	struct profile_node n = { .number = s->nodes };

	if (!s->open || !number(s, 16, &n.parent) || !number(s, 16, &n.address) ||
	    !number(s, 16, &n.self) || !number(s, 16, &n.calls) || !line_end(s))
		return "a line is malformed";
	if (n.number ? n.parent >= n.number : n.parent)
		return "its call graph is no tree";
	s->nodes++;
	s->charged += n.self;
	if (s->reader->node)
		s->reader->node(&n, s->reader->ctx);
	return NULL;
}

static const char *end_window(struct state *s, bool whole)
{
	if (!s->open || !number(s, 10, &s->window.instructions) || !line_end(s))
		return "a line is malformed";
	if (s->window.instructions != s->total)
		return "a window's blocks do not add up";
	if (s->nodes && s->charged != s->total)
		return "a window's call graph does not add up";
	s->window.whole = whole;
	s->open = false;
	s->reader->window(&s->window, s->reader->ctx);
	return NULL;
}

static const char *begin_window(struct state *s)
{
	if (s->open || !number(s, 10, &s->window.number) || !line_end(s))
		return "a line is malformed";
	s->open = true;
	s->total = s->nodes = s->charged = 0;
	return NULL;
}

static const char *begin_vcpu(struct state *s)
{
	uint64_t vcpu;

	if (!s->open || !number(s, 10, &vcpu) || !line_end(s))
		return "a line is malformed";
	s->vcpu = (unsigned int)vcpu;
	s->address = 0;
	return NULL;
}

const char *profile_read(const char *text, const struct profile_reader *reader)
{
	struct state s = { .at = text, .reader = reader };
	const char *why = NULL;

	if (strncmp(text, HEADER, strlen(HEADER)) != 0)
		return "it is not a profile of this version";
	s.at += strlen(HEADER);
	while (!why) {
		if (word(&s, "done"))
			return s.open ? "a window is cut" : NULL;
		if (!*s.at)
			return "it is cut: the disk was full, or the machine was killed";
		if (word(&s, "window"))
			why = begin_window(&s);
		else if (word(&s, "vcpu"))
			why = begin_vcpu(&s);
		else if (word(&s, "node"))
			why = read_node(&s);
		else if (word(&s, "end"))
			why = end_window(&s, true);
		else if (word(&s, "open") || word(&s, "nested"))
			why = end_window(&s, false);
		else if (word(&s, "stray"))
			why = line_end(&s) ? NULL : "a line is malformed";
		else
			why = read_block(&s);
	}
	return why;
}

/*
 * Collecting.
 */
struct collection {
	const struct rundir *run;
	struct observations *o;
	struct symbols symbols;
	struct symbol_count {
		uint64_t instructions, calls;
	} * counts; /* by function; NULL until the window's first block */
	struct calltree tree;
	uint64_t next; /* number of the window that is due */
	const char *trouble;
	int result;
};

static const char *workload_of(const struct collection *c)
{
	return c->next < c->run->workload_count ? c->run->workloads[c->next].name : NULL;
}

/* Modules may be others in each window. */
static void begin(struct collection *c)
{
	const char *workload = workload_of(c);
	struct strbuf text = STRBUF_INIT;
	char *path = workload ? rundir_file(c->run, workload, "modules") : NULL;

	if (path && file_read_optional(path, &text) < 0)
		c->result = -1;
	if (!symbols_place(&c->symbols, text.data))
		c->trouble = "the list of modules is malformed";
	c->counts = xcalloc(c->symbols.function_count, sizeof(*c->counts));
	free(path);
	strbuf_release(&text);
}

static void take_block(const struct profile_block *b, void *ctx)
{
	struct collection *c = ctx;
	struct symbol_count *count;
	bool entry;

	if (!c->counts)
		begin(c);
	count = &c->counts[symbols_find(&c->symbols, b->address, &entry)];
	count->instructions += b->count * b->insns;
	count->calls += entry ? b->count : 0;
}

/* The guest's clock from the window's beginning to its end, and how long it was idle; 0 when not
 * known. */
static void read_clock(const struct collection *c, uint64_t *ns, uint64_t *idle_ns)
{
	char *path = rundir_file(c->run, workload_of(c), "window");
	struct strbuf text = STRBUF_INIT;
	char *at;
	uint64_t begin_ns;

	*ns = *idle_ns = 0;
	if (file_read_optional(path, &text) == 0) {
		begin_ns = strtoull(text.data, &at, 10);
		*ns = strtoull(at, &at, 10) - begin_ns;
		*idle_ns = strtoull(at, NULL, 10);
	}
	strbuf_release(&text);
	free(path);
}

static void take_node(const struct profile_node *n, void *ctx)
{
	struct collection *c = ctx;
	bool entry;

	if (!c->counts)
		begin(c);
	calltree_add(&c->tree, n->parent, symbols_find(&c->symbols, n->address, &entry), n->self,
		     n->calls);
}

/* How far the call graph's own counts are from those of the blocks, as a share of the window. */
static void check_tree(struct collection *c, const char *workload, uint64_t instructions)
{
	uint64_t *own = calltree_own(&c->tree, c->symbols.function_count);
	double apart = 0;

	for (size_t i = 0; i < c->symbols.function_count; i++)
		apart += fabs((double)own[i] - (double)c->counts[i].instructions) / 2;
	free(own);
	if (apart > APART_MAX * (double)instructions)
		observe_finding(c->o, workload, "call-graph-doubtful", SEVERITY_WARNING,
				"%.1f %% of the instructions are charged to other functions than "
				"those that executed them",
				100 * apart / (double)instructions);
}

static void observe_node_of(struct collection *c, const char *workload, size_t number,
			    const struct calltree_node *n, const struct symbol_function *f)
{
	observe_node(c->o, &(struct call_node){ .workload = (char *)workload,
						.node = (int64_t)number,
						.parent = (int64_t)n->parent,
						.name = (char *)f->name,
						.object = (char *)f->object,
						.user = f->user,
						.instructions = n->self,
						.calls = n->calls });
}

/* What was too small to be a node and has no caller is one all the same, so that nothing lacks. */
static void observe_tree(struct collection *c, const char *workload, uint64_t instructions)
{
	static const struct symbol_function others = { "others", "", false };
	struct calltree *t = &c->tree;

	calltree_prune(t, instructions / SMALL);
	for (size_t i = 1; i < t->count; i++)
		observe_node_of(c, workload, i, &t->nodes[i],
				&c->symbols.functions[t->nodes[i].function]);
	if (t->nodes[0].self)
		observe_node_of(c, workload, t->count, &t->nodes[0], &others);
}

static void observe_functions(struct collection *c, const char *workload, uint64_t instructions)
{
	uint64_t *inclusive = calltree_inclusive(&c->tree, c->symbols.function_count);

	for (size_t i = 0; i < c->symbols.function_count; i++)
		if (c->counts[i].instructions)
			observe_function(c->o, workload, c->symbols.functions[i].name,
					 c->symbols.functions[i].object,
					 c->symbols.functions[i].user, c->counts[i].instructions,
					 c->counts[i].calls, inclusive[i]);
	free(inclusive);
	if (c->tree.count) {
		check_tree(c, workload, instructions);
		observe_tree(c, workload, instructions);
	}
}

static void take_window(const struct profile_window *w, void *ctx)
{
	struct collection *c = ctx;
	const char *workload = workload_of(c);
	uint64_t ns, idle_ns;

	if (!c->counts)
		begin(c);
	if (w->number != c->next || !w->whole || !workload) {
		c->trouble = "its windows nest, do not end, or are too many";
	} else if (w->instructions && !c->trouble) {
		read_clock(c, &ns, &idle_ns);
		observe_window(c->o, workload, w->instructions, ns, idle_ns);
		observe_functions(c, workload, w->instructions);
	}
	calltree_release(&c->tree);
	free(c->counts);
	c->counts = NULL;
	c->next++;
}

static void read_profile(struct collection *c, const char *text)
{
	const struct profile_reader reader = { take_block, take_node, take_window, c };
	struct strbuf names = STRBUF_INIT;
	const char *why = profile_read(text, &reader);

	if (!why)
		why = c->trouble;
	if (!why && c->next < c->run->workload_count)
		why = "a workload has no window";
	/* What went wrong with the guest has been told before, and explains this. */
	if (why && !observations_failed(c->o))
		observe_finding(c->o, "", "profile-incomplete", SEVERITY_WARNING,
				"\"profile\" cannot be used whole: %s", why);
	if (c->o->function_count) {
		symbols_names(&c->symbols, &names);
		c->o->symbol_names = strbuf_detach(&names);
	}
	calltree_release(&c->tree);
	free(c->counts);
}

static int profile_collect(const struct rundir *run, struct observations *o)
{
	struct collection c = { .run = run, .o = o };
	struct strbuf text = STRBUF_INIT;
	char *profile = xasprintf("%s/profile", run->path);
	char *symbols = xasprintf("%s/symbols.gz", run->path);
	const char *why = "there is no such file";
	int found = file_read_optional(profile, &text);

	if (found == 0) {
		if (symbols_load(&c.symbols, symbols, &why) == 0)
			read_profile(&c, text.data);
		else
			observe_finding(o, "", "profile-incomplete", SEVERITY_WARNING,
					"\"symbols.gz\" cannot be used: %s", why);
	}
	symbols_release(&c.symbols);
	strbuf_release(&text);
	free(symbols);
	free(profile);
	return found < 0 ? -1 : c.result;
}

const struct collector profile_collector = { "profile", profile_collect };
