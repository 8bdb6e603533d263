/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration of "kab nightly" (docs/formats.md). Strings are owned; paths in it are relative
 * to its folder.
 */
#ifndef KAB_RUNNER_SESSION_NIGHTCONFIG_H
#define KAB_RUNNER_SESSION_NIGHTCONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the site is published; what is NULL or 0 is as with "kab publish". */
struct night_destination {
	char *to;
	char *credentials, *ca_file, *endpoint, *region, *identity, *known_hosts;
	int64_t stall_s, tries;
};

struct nightconfig {
	char *path; /* of the file, absolute */
	char *plan;
	char *site; /* NULL: report/ in the data directory */
	struct night_destination *destinations;
	size_t destination_count;
	char *notify;		      /* a configuration of "kab notify", or NULL */
	int64_t keep_days;	      /* run directories; 0: for ever */
	int64_t keep_mib;	      /* 0: all */
	bool gate_worse, gate_failed; /* what makes the exit status 1 */
};

/* 0, or -1 with the errors printed; nightconfig_release() is safe after both. */
int nightconfig_load(struct nightconfig *c, const char *path);
void nightconfig_release(struct nightconfig *c);

#endif
