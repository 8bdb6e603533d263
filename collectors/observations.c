// SPDX-License-Identifier: GPL-2.0-or-later
#include "observations.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/strbuf.h"

#define MESSAGE_MAX 1000
#define FACT_MAX    16000

const char *const cached_names[CACHED_EVENTS] = {
	[CACHED_ACCESSES] = "accesses", [CACHED_L1D] = "l1d",
	[CACHED_L1I] = "l1i",		[CACHED_L2] = "l2",
	[CACHED_LLC] = "llc",		[CACHED_DTLB] = "dtlb",
	[CACHED_STLB] = "stlb",
};

/* Room for one more: capacities are the powers of two, so they need not be kept. */
static void *grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return xreallocarray(items, count ? 2 * count : 1, size);
}

void observations_release(struct observations *o)
{
	for (size_t i = 0; i < o->sample_count; i++) {
		free(o->samples[i].workload);
		free(o->samples[i].metric);
		free(o->samples[i].unit);
	}
	for (size_t i = 0; i < o->bin_count; i++) {
		free(o->bins[i].workload);
		free(o->bins[i].kind);
	}
	for (size_t i = 0; i < o->finding_count; i++) {
		free(o->findings[i].workload);
		free(o->findings[i].kind);
		free(o->findings[i].message);
	}
	for (size_t i = 0; i < o->fact_count; i++) {
		free(o->facts[i].key);
		free(o->facts[i].value);
	}
	for (size_t i = 0; i < o->window_count; i++)
		free(o->windows[i].workload);
	for (size_t i = 0; i < o->function_count; i++) {
		free(o->functions[i].workload);
		free(o->functions[i].name);
		free(o->functions[i].object);
	}
	for (size_t i = 0; i < o->node_count; i++) {
		free(o->nodes[i].workload);
		free(o->nodes[i].name);
		free(o->nodes[i].object);
	}
	free(o->nodes);
	free(o->windows);
	free(o->functions);
	free(o->symbol_names);
	free(o->samples);
	free(o->bins);
	free(o->findings);
	free(o->facts);
	*o = (struct observations){ 0 };
}

int observe_sample(struct observations *o, const char *workload, const char *metric,
		   const char *unit, enum better better, double value)
{
	if (!isfinite(value))
		return error("\"%s\": \"%s\" is not a number", workload, metric);
	o->samples = grow(o->samples, o->sample_count, sizeof(*o->samples));
	o->samples[o->sample_count++] = (struct sample){
		.workload = xstrdup(workload),
		.metric = xstrdup(metric),
		.unit = xstrdup(unit),
		.better = better,
		.value = value,
	};
	return 0;
}

void observe_bin(struct observations *o, const char *workload, const char *kind, uint64_t ns,
		 uint64_t count)
{
	o->bins = grow(o->bins, o->bin_count, sizeof(*o->bins));
	o->bins[o->bin_count++] = (struct bin){
		.workload = xstrdup(workload),
		.kind = xstrdup(kind),
		.ns = ns,
		.count = count,
	};
}

void observe_finding(struct observations *o, const char *workload, const char *kind,
		     enum severity severity, const char *message_fmt, ...)
{
	struct strbuf message = STRBUF_INIT;
	va_list ap;

	va_start(ap, message_fmt);
	strbuf_vaddf(&message, message_fmt, ap);
	va_end(ap);
	o->findings = grow(o->findings, o->finding_count, sizeof(*o->findings));
	o->findings[o->finding_count++] = (struct finding){
		.workload = xstrdup(workload),
		.kind = clean_text(kind, strlen(kind), MESSAGE_MAX),
		.severity = severity,
		.message = clean_text(message.data, message.len, MESSAGE_MAX),
	};
	strbuf_release(&message);
}

void observe_fact(struct observations *o, const char *key, const char *value)
{
	o->facts = grow(o->facts, o->fact_count, sizeof(*o->facts));
	o->facts[o->fact_count++] = (struct fact){
		.key = clean_text(key, strlen(key), MESSAGE_MAX),
		.value = clean_text(value, strlen(value), FACT_MAX),
	};
}

void observe_window(struct observations *o, const char *workload, uint64_t instructions,
		    uint64_t ns, uint64_t idle_ns, bool cached)
{
	o->windows = grow(o->windows, o->window_count, sizeof(*o->windows));
	o->windows[o->window_count++] = (struct window){
		.workload = xstrdup(workload),
		.instructions = instructions,
		.ns = ns,
		.idle_ns = idle_ns,
		.cached = cached,
	};
}

void observe_function(struct observations *o, const struct function *function)
{
	struct function *f;

	o->functions = grow(o->functions, o->function_count, sizeof(*o->functions));
	f = &o->functions[o->function_count++];
	*f = *function;
	f->workload = xstrdup(function->workload);
	f->name = xstrdup(function->name);
	f->object = xstrdup(function->object);
}

void observe_node(struct observations *o, const struct call_node *node)
{
	struct call_node *n;

	o->nodes = grow(o->nodes, o->node_count, sizeof(*o->nodes));
	n = &o->nodes[o->node_count++];
	*n = *node;
	n->workload = xstrdup(node->workload);
	n->name = xstrdup(node->name);
	n->object = xstrdup(node->object);
}

bool observations_failed(const struct observations *o)
{
	for (size_t i = 0; i < o->finding_count; i++)
		if (o->findings[i].severity == SEVERITY_FAILURE)
			return true;
	return false;
}

bool observations_failed_for(const struct observations *o, const char *workload)
{
	for (size_t i = 0; i < o->finding_count; i++) {
		const struct finding *f = &o->findings[i];

		if (f->severity == SEVERITY_FAILURE &&
		    (!*f->workload || !strcmp(f->workload, workload)))
			return true;
	}
	return false;
}

const char *severity_name(enum severity s)
{
	static const char *const names[] = {
		[SEVERITY_NOTE] = "note",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_FAILURE] = "failure",
	};

	return names[s];
}
