/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's one way to run a program: an argument vector, a fixed environment, no shell. The
 * host supervises how long it takes.
 */
#ifndef KAB_GUEST_CHILD_H
#define KAB_GUEST_CHILD_H

#include <stdbool.h>

#include "lib/strbuf.h"

/*
 * Runs argv[0] (a path) until it has ended, with /tmp as working directory and both output
 * streams in the file `output`, which is emptied first. `device` becomes KAB_DEVICE; NULL: none.
 * Returns 0 with *status as from waitpid(), or -1 with errno when it could not be started.
 */
int child_run(const char *const *argv, const char *device, const char *output, int *status);
bool child_ok(int status);
/* Appends "exit status 1" or "killed by signal 9". */
void child_describe(int status, struct strbuf *out);
/* Appends what a program printed as one line of a message: its lines joined by "; ", cut short. */
void child_words(const char *text, struct strbuf *out);

#endif
