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
#include "lib/strvec.h"
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
	bool cached;
	struct cycle_costs costs;
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

static bool events(struct state *s, uint64_t *values)
{
	for (size_t i = 0; s->cached && i < CACHED_EVENTS; i++)
		if (!number(s, 16, &values[i]))
			return false;
	return true;
}

static const char *read_block(struct state *s)
{
	uint64_t delta, insns, values[CACHED_EVENTS];
	struct profile_block b = { .vcpu = s->vcpu, .events = s->cached ? values : NULL };

	if (!s->open || !number(s, 16, &delta) || !number(s, 16, &b.insns) ||
	    !number(s, 16, &b.count) || !events(s, values) || !line_end(s))
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

static const char *read_costs(struct state *s)
{
	if (s->open || s->cached || *s->at != ' ' || !cycles_read(&s->costs, s->at + 1))
		return "a line is malformed";
	s->at += strcspn(s->at, "\n");
	s->cached = true;
	if (s->reader->costs)
		s->reader->costs(&s->costs, s->reader->ctx);
	return line_end(s) ? NULL : "a line is malformed";
}

static const char *read_lap(struct state *s)
{
	struct profile_lap l;

	if (s->open || !s->cached || !number(s, 16, &l.instructions) || !events(s, l.events) ||
	    !line_end(s))
		return "a line is malformed";
	if (s->reader->lap)
		s->reader->lap(&l, s->reader->ctx);
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
		if (word(&s, "cost"))
			why = read_costs(&s);
		else if (word(&s, "lap"))
			why = read_lap(&s);
		else if (word(&s, "window"))
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
		uint64_t instructions, calls, events[CACHED_EVENTS];
	} * counts; /* by function; NULL until the window's first block */
	struct calltree tree;
	bool cached;
	struct cycle_costs costs;
	uint64_t *laps; /* estimated cycles of those of this window */
	size_t lap_count;
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
	for (size_t i = 0; b->events && i < CACHED_EVENTS; i++)
		count->events[i] += b->events[i];
}

static void take_costs(const struct cycle_costs *costs, void *ctx)
{
	struct collection *c = ctx;

	c->costs = *costs;
	c->cached = true;
}

static void take_lap(const struct profile_lap *l, void *ctx)
{
	struct collection *c = ctx;

	c->laps = xreallocarray(c->laps, c->lap_count + 1, sizeof(*c->laps));
	c->laps[c->lap_count++] = cycles_estimate(&c->costs, l->instructions, l->events);
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

static void observe_function_of(struct collection *c, const char *workload,
				const struct symbol_function *s, const struct symbol_count *count,
				uint64_t inclusive)
{
	struct function f = {
		.workload = (char *)workload,
		.name = (char *)s->name,
		.object = (char *)s->object,
		.user = s->user,
		.instructions = count->instructions,
		.calls = count->calls,
		.inclusive = inclusive,
		.caching.cycles = cycles_estimate(&c->costs, count->instructions, count->events),
	};

	memcpy(f.caching.events, count->events, sizeof(f.caching.events));
	observe_function(c->o, &f);
}

static void observe_functions(struct collection *c, const char *workload, uint64_t instructions)
{
	uint64_t *inclusive = calltree_inclusive(&c->tree, c->symbols.function_count);

	for (size_t i = 0; i < c->symbols.function_count; i++)
		if (c->counts[i].instructions || c->counts[i].events[CACHED_ACCESSES])
			observe_function_of(c, workload, &c->symbols.functions[i], &c->counts[i],
					    inclusive[i]);
	free(inclusive);
	if (c->tree.count) {
		check_tree(c, workload, instructions);
		observe_tree(c, workload, instructions);
	}
}

/*
 * Estimated cycles as figures: of the window, and of the laps, whose names the results have in
 * the same order; of several rounds the median, as for times.
 */
static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void observe_cycles_of(struct collection *c, const char *workload, const char *name,
			      uint64_t *cycles, size_t count)
{
	char *metric = xasprintf("%s_cycles", name);
	size_t low = (count - 1) / 2, high = count / 2;

	qsort(cycles, count, sizeof(*cycles), by_size);
	if (observe_sample(c->o, workload, metric, "cycles", BETTER_LOWER,
			   ((double)cycles[low] + (double)cycles[high]) / 2) < 0)
		c->result = -1;
	free(metric);
}

static void lap_names(const struct collection *c, const char *workload, struct strvec *names)
{
	char *path = rundir_file(c->run, workload, "results");
	struct strvec lines = STRVEC_INIT;
	struct strbuf text = STRBUF_INIT;

	if (file_read_optional(path, &text) == 0)
		strvec_split(&lines, text.data, "\n");
	for (size_t i = 0; i < lines.count; i++)
		if (!strncmp(lines.items[i], "lap ", 4))
			strvec_push(names, lines.items[i] + 4);
	strvec_release(&lines);
	strbuf_release(&text);
	free(path);
}

/* All laps of the name that the one at `first` has; none when it is not the first of it. */
static void observe_laps_of(struct collection *c, const char *workload, const struct strvec *names,
			    size_t first)
{
	uint64_t *cycles = xcalloc(c->lap_count, sizeof(*cycles));
	size_t count = 0, i = 0;

	while (strcmp(names->items[i], names->items[first]) != 0)
		i++;
	if (i == first) {
		for (; i < names->count; i++)
			if (!strcmp(names->items[i], names->items[first]))
				cycles[count++] = c->laps[i];
		observe_cycles_of(c, workload, names->items[first], cycles, count);
	}
	free(cycles);
}

static void observe_cycles(struct collection *c, const char *workload, uint64_t instructions)
{
	uint64_t events[CACHED_EVENTS] = { 0 }, cycles;
	struct strvec names = STRVEC_INIT;

	for (size_t i = 0; i < c->symbols.function_count; i++)
		for (size_t k = 0; k < CACHED_EVENTS; k++)
			events[k] += c->counts[i].events[k];
	cycles = cycles_estimate(&c->costs, instructions, events);
	observe_cycles_of(c, workload, "window", &cycles, 1);
	lap_names(c, workload, &names);
	if (names.count != c->lap_count)
		c->trouble = "its laps are not those of the results";
	for (size_t i = 0; !c->trouble && i < names.count; i++)
		observe_laps_of(c, workload, &names, i);
	strvec_release(&names);
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
		observe_window(c->o, workload, w->instructions, ns, idle_ns, c->cached);
		observe_functions(c, workload, w->instructions);
		if (c->cached)
			observe_cycles(c, workload, w->instructions);
	}
	free(c->laps);
	c->laps = NULL;
	c->lap_count = 0;
	calltree_release(&c->tree);
	free(c->counts);
	c->counts = NULL;
	c->next++;
}

static void read_profile(struct collection *c, const char *text)
{
	const struct profile_reader reader = {
		.block = take_block,
		.node = take_node,
		.costs = take_costs,
		.lap = take_lap,
		.window = take_window,
		.ctx = c,
	};
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
	free(c->laps);
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
