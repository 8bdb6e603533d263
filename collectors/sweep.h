/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many run directories, read on all CPUs at once, and handed over one by one in their order.
 */
#ifndef KAB_COLLECTORS_SWEEP_H
#define KAB_COLLECTORS_SWEEP_H

#include <stdbool.h>

#include "lib/strvec.h"
#include "observations.h"
#include "runner/machine/rundir.h"

enum swept_state {
	SWEPT_READ,	  /* run and observations are there */
	SWEPT_UNWANTED,	  /* the run is there */
	SWEPT_INCOMPLETE, /* neither */
	SWEPT_DAMAGED,	  /* neither; an error was printed */
};

/* Owned by the sweep. */
struct swept {
	const char *path;
	enum swept_state state;
	struct rundir run;
	struct observations o;
};

struct sweep_events {
	/* On any thread: whether to read this one. NULL: all. */
	bool (*wanted)(const struct rundir *run, const void *ctx);
	/* On the caller's thread: 0, or -1 to stop. */
	int (*take)(const struct swept *s, void *ctx);
	void *ctx;
};

/* 0, also when interrupted() ended it early; -1 when take() did. */
int sweep(const struct strvec *paths, const struct sweep_events *events);

#endif
