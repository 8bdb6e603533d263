/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read-only questions to the database: the artifact that reports/ works from.
 * Results are arrays owned by the caller; each has its release function. Only runs without a
 * failure finding give samples and bins. Order is always defined.
 */
#ifndef KAB_DB_QUERY_H
#define KAB_DB_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/hash.h"
#include "lib/strvec.h"
#include "store.h"

/* Two arms of a session that are compared. */
struct db_pair {
	int64_t base, new;
	char *workloads; /* in which they are: names, sorted, joined by spaces */
};

/* A session x arm (kernel of the plan): what can be one side of a comparison. */
struct db_side {
	char *session;
	int64_t arm; /* position in the plan, 0 is the base; what the queries select by */
	char *kernel_id;
	char *spec;
	char *release;
	char *image_sha256;
	char *config_sha256;
	char *compiler;
	char *source;
	char *series;
	char *target;
	char *clock;
	char *plan;
	char *started; /* of its first run */
	size_t runs, failed_runs;
	/* Set by the caller: metrics, bins, findings and facts only of workloads in which these two are
	 * compared; the two arms equal (as after db_sides()): of all workloads. */
	struct db_pair only;
};

struct db_sides {
	struct db_side *items;
	size_t count;
};

/* All sides of a session by arm;
 * session NULL: the newest. */
int db_sides(struct db *db, const char *session, struct db_sides *out);
void db_sides_release(struct db_sides *s);

struct db_pairs {
	struct db_pair *items; /* by base, then new */
	size_t count;
};

int db_pairs(struct db *db, const char *session, struct db_pairs *out);
void db_pairs_release(struct db_pairs *p);

/* All values of one metric, one per boot, in boot order. */
struct db_series {
	char *workload;
	char *title; /* of the workload */
	char *metric;
	char *unit;
	enum better better;
	bool headline;
	double *values;
	char **runs;	 /* ids, same order */
	int64_t *boots;	 /* 1, 2, ...: the same boot of another arm had the same layout */
	int64_t *blocks; /* boots that ran side by side on all arms: two in turn and back */
	size_t count;
};

struct db_metrics {
	struct db_series *items; /* by workload in plan order, headline first, then by metric */
	size_t count;
};

int db_metrics(struct db *db, const struct db_side *side, struct db_metrics *out);
void db_metrics_release(struct db_metrics *m);

/* Exact bins of one latency kind, of one boot or summed over the boots; ascending ns. */
struct db_histogram {
	char *workload;
	char *kind;
	char *run; /* "" for the sum */
	uint64_t *ns;
	uint64_t *counts;
	size_t count;
};

struct db_histograms {
	struct db_histogram *items;
	size_t count;
};

int db_histograms(struct db *db, const struct db_side *side, struct db_histograms *out);
/* The same boot by boot, in boot order within workload and kind. */
int db_boot_histograms(struct db *db, const struct db_side *side, struct db_histograms *out);
void db_histograms_release(struct db_histograms *h);

/* Findings and environment of all runs of a side. */
struct db_finding {
	char *run;
	char *workload;
	char *kind;
	enum severity severity;
	char *message;
};

struct db_findings {
	struct db_finding *items;
	size_t count;
};

int db_findings(struct db *db, const struct db_side *side, struct db_findings *out);
void db_findings_release(struct db_findings *f);

struct db_fact {
	char *key;
	char *value; /* distinct values of the side's runs, joined by " | " */
};

struct db_facts {
	struct db_fact *items; /* by key */
	size_t count;
};

int db_facts(struct db *db, const struct db_side *side, struct db_facts *out);
/* Of one run alone. */
int db_run_facts(struct db *db, const char *run, struct db_facts *out);
void db_facts_release(struct db_facts *f);

/* What a function did in the measured part of a workload: means over the side's boots. */
struct db_function {
	char *name;
	char *object; /* "mm/mempool.o", "[dm_crypt]", or "" when not known */
	bool user;
	double instructions, calls;
	double inclusive;	      /* with the functions that it calls; 0 without a call graph */
	double events[CACHED_EVENTS]; /* of a model of caches; 0 without it */
	double cycles;		      /* estimated with these; 0 without it */
};

struct db_profile {
	struct db_function *items; /* by name, then object */
	size_t count;		   /* 0: the workload was not profiled */
	double instructions;	   /* of the whole window: the sum over the items */
	double ns, idle_ns;	   /* by the guest's clock; 0 when not known */
	double cycles;		   /* the sum over the items; 0 without a model of caches */
	char *names; /* of all functions of the kernel: sorted, a line each; "" when not known */
};

int db_profile(struct db *db, const struct db_side *side, const char *workload,
	       struct db_profile *out);
void db_profile_release(struct db_profile *p);
/* Whether the kernel has the function, executed or not; true when that is not known. */
bool db_profile_knows(const struct db_profile *p, const char *name);

/*
 * The newest session in which the workload was profiled with these kernels (identities) on the
 * target (NULL: any), as two of its arms. *session is a new string, or NULL when there is none.
 * `new_kernel` NULL: one arm is enough. With `calls` only a session in which they were followed,
 * with `cache` one with a model of caches.
 */
int db_profiled_session(struct db *db, const char *base_kernel, const char *new_kernel,
			const char *workload, const char *target, bool calls, bool cache,
			char **session, int64_t *base_arm, int64_t *new_arm);

/* A node of the call graph of a side's first boot: see call_node in the schema. */
struct db_node {
	int64_t parent; /* index of another item, which comes before; -1: none */
	char *name, *object;
	bool user;
	double instructions, calls; /* its own */
};

struct db_calls {
	struct db_node *items;
	size_t count; /* 0: calls were not followed */
};

int db_calls(struct db *db, const struct db_side *side, const char *workload, struct db_calls *out);
void db_calls_release(struct db_calls *c);

/*
 * Figures over sessions: one line per plan, target, kernel spec, workload and metric, with all
 * values of every session ("night") in which it has any. A spec that a session has twice, for
 * an A/A comparison, counts once, with its first arm; what the second one has is its twin.
 */
struct db_night { /* all borrowed from the lines */
	const char *session;
	const char *started; /* its first run */
	const char *release; /* of the kernel */
	const char *kernel;  /* its identity */
	const char *machine; /* the version of QEMU, or "" */
	double *values;	     /* by boot; behind them those of the twin */
	size_t count, twins;
};

struct db_line {
	char *plan, *target, *clock, *spec, *workload, *metric, *unit;
	enum better better;
	bool headline;		 /* in its newest night */
	struct db_night *nights; /* by time */
	size_t count;
	double *values; /* of all nights */
};

struct db_lines {
	struct db_line *items;
	size_t count;
	struct strvec texts; /* of the nights */
};

struct db_session;

/* Of these sessions, which come by time. `all`: also of metrics that are not headline. */
int db_lines(struct db *db, const struct db_session *const *sessions, size_t count, bool all,
	     struct db_lines *out);
void db_lines_release(struct db_lines *l);

/* A session as a whole: what pages are made of. */
struct db_session {
	char *id, *plan, *target, *clock;
	char *started;	 /* of its first run */
	char *ladder;	 /* the name of the ladder that it is, or NULL */
	char *bisection; /* the key of the bisection that it is a part of, or NULL */
	size_t runs, failed_runs;
	struct hash_hex content; /* of all that is stored of it: what is the same has the same */
};

struct db_session_list {
	struct db_session *items; /* the newest first */
	size_t count;
};

/* Nights of plans, and what is no night: ladders, and parts of bisections (`others` may be NULL). */
int db_session_list(struct db *db, struct db_session_list *nights, struct db_session_list *others);
void db_session_list_release(struct db_session_list *l);

/* One boot. */
struct db_run {
	char *id;
	int64_t arm, boot;
	char *started;
	char *workloads; /* names, in the order of the plan, joined by spaces */
	bool failed;
};

struct db_runs {
	struct db_run *items; /* in the order in which they were made */
	size_t count;
};

int db_runs(struct db *db, const char *session, struct db_runs *out);
void db_runs_release(struct db_runs *r);

/* Sessions, newest first: ids in `out`. */
int db_sessions(struct db *db, struct strvec *out);

#endif
