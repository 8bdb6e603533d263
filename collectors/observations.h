/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the collectors read out of one run directory: the artifact between collectors/ and db/.
 * All strings are owned by the struct and freed by observations_release().
 */
#ifndef KAB_COLLECTORS_OBSERVATIONS_H
#define KAB_COLLECTORS_OBSERVATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum better { BETTER_HIGHER, BETTER_LOWER };

/* One figure of one workload in one boot. */
struct sample {
	char *workload;
	char *metric; /* "write_clat_p99_ns" */
	char *unit;   /* "ns", "KiB/s", "1/s", "pages", "1" */
	enum better better;
	bool headline; /* named by the workload as what it is about: shown first, and gated on */
	double value;
};

/* fio's last bin: what takes longer is counted there as well. */
#define BIN_LAST_NS UINT64_C(17112760320)

/* One exact bin of a latency distribution. */
struct bin {
	char *workload;
	char *kind;  /* "write_slat", "write_clat", "write_lat" */
	uint64_t ns; /* the bin as fio names it */
	uint64_t count;
};

enum severity {
	SEVERITY_NOTE,	  /* worth showing */
	SEVERITY_WARNING, /* the kernel complained; figures stand */
	SEVERITY_FAILURE, /* the run's figures must not be used */
};

/* Something that was not as it should be. */
struct finding {
	char *workload; /* "" when it is not of one workload */
	char *kind;	/* "panic", "oops", "warning", "hang", "oom", "corrupt-record", ... */
	enum severity severity;
	char *message;
};

/* One line of the environment. */
struct fact {
	char *key; /* "qemu.version", "host.cpu", "guest.mitigations.retbleed" */
	char *value;
};

/* The measured part of a workload in a run whose instructions were counted. */
struct window {
	char *workload;
	uint64_t instructions; /* the sum over its functions */
	uint64_t ns;	       /* by the guest's clock; 0 when not known */
	uint64_t idle_ns;      /* of these, without a task to run; in units of 10 ms */
	bool cached;	       /* its functions have what a model of caches saw */
};

/* What a model of caches counts: loads and stores, and misses of each level. */
enum cached_event {
	CACHED_ACCESSES,
	CACHED_L1D,
	CACHED_L1I,
	CACHED_L2,  /* of data and code */
	CACHED_LLC, /* likewise */
	CACHED_DTLB,
	CACHED_STLB,
	CACHED_EVENTS
};

extern const char *const cached_names[CACHED_EVENTS]; /* "accesses", "l1d", ... */

/* What it saw of a function, and what that would have taken (cycles.h). */
struct caching {
	uint64_t events[CACHED_EVENTS];
	uint64_t cycles;
};

/* What a function did in a window. A function is known by name and object. */
struct function {
	char *workload;
	char *name;
	char *object; /* "mm/mempool.o", "[dm_crypt]" for a module, "" when not known */
	bool user;
	uint64_t instructions;	/* its own, without those it calls */
	uint64_t calls;		/* times it was entered */
	uint64_t inclusive;	/* with those that it calls; 0 without a call graph */
	struct caching caching; /* of a window that has it */
};

/* A function by the path of calls to it. */
struct call_node {
	char *workload;
	int64_t node, parent; /* nodes count from 1 in each workload; parent 0 is the root */
	char *name, *object;
	bool user;
	uint64_t instructions, calls;
};

struct observations {
	struct sample *samples;
	size_t sample_count;
	struct bin *bins;
	size_t bin_count;
	struct finding *findings;
	size_t finding_count;
	struct fact *facts;
	size_t fact_count;
	struct window *windows;
	size_t window_count;
	struct function *functions;
	size_t function_count;
	struct call_node *nodes;
	size_t node_count;
	/* All functions that the kernel has, executed or not: sorted names, a line each; NULL without
	 * a profile. Tells what was inlined or removed from what was not called. */
	char *symbol_names;
};

void observations_release(struct observations *o);

/* Each adds a copy. NaN and infinite values are refused with an error and -1. */
int observe_sample(struct observations *o, const char *workload, const char *metric,
		   const char *unit, enum better better, double value);
void observe_bin(struct observations *o, const char *workload, const char *kind, uint64_t ns,
		 uint64_t count);
void observe_finding(struct observations *o, const char *workload, const char *kind,
		     enum severity severity, const char *message_fmt, ...)
	__attribute__((format(printf, 5, 6)));
void observe_fact(struct observations *o, const char *key, const char *value);

void observe_window(struct observations *o, const char *workload, uint64_t instructions,
		    uint64_t ns, uint64_t idle_ns, bool cached);
/* These take a function and a node whose strings are borrowed. */
void observe_function(struct observations *o, const struct function *function);
void observe_node(struct observations *o, const struct call_node *node);

/* True when a finding forbids the use of the figures. */
bool observations_failed(const struct observations *o);
/* True when it is one of this workload or of the whole run: what is missing is then no news. */
bool observations_failed_for(const struct observations *o, const char *workload);

const char *severity_name(enum severity s); /* "note", "warning", "failure" */

#endif
