/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan: kernels x workloads x boots on a target, as the user writes it. In groups, where not
 * every kernel runs every workload or not all are compared with the same base; a kernel that
 * several groups name is one arm, and what they have in common runs once.
 */
#ifndef KAB_RUNNER_SESSION_PLAN_H
#define KAB_RUNNER_SESSION_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strvec.h"
#include "profile.h"

struct target;

struct plan_group {
	struct strvec kernels;	 /* the first is the base of the others */
	struct strvec workloads; /* names */
	size_t *arms;		 /* kernels as positions in the plan's list */
	size_t *places;		 /* workloads likewise */
	struct profile_options profile;
};

/* A branch that is fetched before the kernels are looked at. */
struct plan_fetch {
	char *repository; /* a folder of it */
	char *remote;
	char *branch;
};

/* What a command made the plan for; facts of its runs tell reports of it (docs/formats.md). */
struct plan_purpose {
	char *ladder;	       /* its name; NULL: it is none */
	struct strvec patches; /* of a ladder, by kernel but for the first: subjects */
	char *bisection;       /* the key of the bisection that it is a part of, or NULL */
};

struct plan {
	char *name;
	struct strvec kernels;	 /* specs, one per arm; without groups the first is the base */
	struct strvec workloads; /* names, each once */
	struct plan_group *groups;
	size_t group_count; /* 0: all kernels run all workloads */
	struct plan_fetch *fetches;
	size_t fetch_count;
	char *target;	 /* NULL: the default of this host */
	int64_t boots;	 /* per arm and workload; 0: the target's default */
	int64_t layouts; /* of memory, each in a boot; 0: one boot as it is */
	int64_t seed;	 /* of the order of boots; 0: a new one */
	struct profile_options profile;
	struct plan_purpose purpose;
	bool until_proven;	/* boots are added look by look, up to `boots` */
	bool faults;		/* what does not build is a finding; but for the first kernel */
	int64_t budget_s;	/* wall clock for that; 0: no limit */
	int64_t tries;		/* of a boot on a wall clock until the host was quiet; 0: 3 */
	int64_t boot_timeout_s; /* wall clock until the guest's first record; 0: the default */
};

/* From a file (docs/formats.md). 0, or -1 with an error printed; plan_release() is safe after
 * both. */
int plan_load(struct plan *p, const char *path);
/* Fetches what the plan says, before plan_check(). 0, or -1 with an error printed. */
int plan_fetch_all(const struct plan *p);
/*
 * That every kernel spec, workload and target in it exists and is well-formed: what fails here is
 * the user's to mend (exit status 2), what fails later is not. 0, or -1 with the errors printed.
 */
int plan_check(const struct plan *p);
/* That the target can do what the plan asks for. 0, or -1 with an error printed. */
int plan_fits(const struct plan *p, const struct target *t);
/* Whether the arm runs the workload (positions in the plan's lists). */
bool plan_has(const struct plan *p, size_t arm, size_t workload);
/* Whether it is then compared with the arm `base`. */
bool plan_compares(const struct plan *p, size_t base, size_t arm, size_t workload);
/* What is counted there: what the plan says, and every group that has it. */
struct profile_options plan_profile(const struct plan *p, size_t arm, size_t workload);
void plan_release(struct plan *p);

#endif
