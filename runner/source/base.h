/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a series is to be compared with when nobody says: the kernel that it is made for.
 *
 * Inside a kernel's git repository that is the commit after "base-commit:" in its mails, if the
 * repository has it and the series applies there; else the newest tag before HEAD on which it
 * applies. Elsewhere it is the newest source of configs/kernels on which it applies; those that are
 * another source in other dress ("linux-6.1-debug") are left out.
 *
 * Nothing is written to the repository: patches are applied to an index in the cache.
 */
#ifndef KAB_RUNNER_SOURCE_BASE_H
#define KAB_RUNNER_SOURCE_BASE_H

#include <stdbool.h>

#include "lib/strvec.h"

/* Whether an operand names a series and no kernel: a thread, a name of patches/, mails or patches. */
bool base_is_series(const char *operand);
/*
 * Makes a single operand that is a series two specs, BASE and BASE+SERIES, and says which base it
 * is. 0, also when there was nothing to do; -1 with an error printed that names the first file and
 * hunk that do not fit.
 */
int base_complete(struct strvec *operands);

#endif
