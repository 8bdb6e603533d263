/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one door to other programs: argument vectors only, never a shell.
 * A child gets its own process group, which dies with kab, so that neither Ctrl-C nor kill -9 of
 * kab leaves a process behind; nor does its own end: what is left of the group is killed then.
 * A failed exec is told from an exit status of 127: it comes back through a pipe as errno.
 *
 * All descriptors that kab opens are close-on-exec; `in`, `out` and `err` are what a child sees,
 * and whatever `setup` makes inheritable.
 */
#ifndef KAB_LIB_PROC_H
#define KAB_LIB_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "strbuf.h"

enum {
	PROC_INHERIT = -1, /* kab's own stream */
	PROC_NULL = -2,	   /* /dev/null; for `in` the default (0 means this too) */
	PROC_PIPE = -3,	   /* a pipe; proc_start() stores kab's end in the same field */
	PROC_STDOUT = -4,  /* for `err` only: the same as `out` */
};

struct proc {
	/* Set before proc_start(): */
	char *const *argv;	 /* borrowed; argv[0] is searched in PATH */
	const char *dir;	 /* working directory or NULL */
	char *const *env;	 /* "NAME=value" additions, NULL-terminated, or NULL */
	int in, out, err;	 /* descriptor to use (not consumed) or PROC_*; 0 means PROC_NULL
				  * for `in` and PROC_INHERIT for `out` and `err` */
	int (*setup)(void *ctx); /* runs in the child before exec; returns -1 with errno */
	void *setup_ctx;
	/* Set by proc_start(): */
	pid_t pid;
	int pidfd; /* readable once the child has ended; -1 when not running */
	/* Set once it has ended: */
	int status; /* as from waitpid() */
	/* proc.c's own: a second member of the group, which kills it when kab dies. */
	pid_t guard;
	int leash;
};

/*
 * Starts the child. Returns 0, or -1 with an error printed: program not found, setup failed.
 */
int proc_start(struct proc *p);
/*
 * Waits until the child has ended, at most timeout_ms (negative: for ever).
 * Returns 0 when it has ended, 1 on time-out or when interrupted() became true, -1 on error.
 */
int proc_wait(struct proc *p, int timeout_ms);
/* TERM to the group, KILL after grace_ms, and reaps. Safe on a child that has ended. */
void proc_stop(struct proc *p, int grace_ms);
/* True when it ended by itself with exit status 0. */
bool proc_ok(const struct proc *p);
/* Appends "exit status 1" or "killed by signal 9 (Killed)". */
void proc_describe(const struct proc *p, struct strbuf *out);

/*
 * Starts, waits, and stops the child when kab is interrupted or timeout_ms is over.
 * Returns 0 when it exited with 0. Otherwise -1: silently when it ran and failed (see
 * proc_describe()), with an error printed when it could not start or ran out of time.
 */
int proc_run(struct proc *p, int timeout_ms);
/*
 * Runs argv and collects standard output (and standard error into `err`, if not NULL;
 * otherwise it is dropped). Same results as proc_run().
 */
int proc_capture(char *const *argv, struct strbuf *out, struct strbuf *err, int timeout_ms);
/* True when a program of this name can be executed from PATH. */
bool proc_available(const char *name);

/*
 * SIGINT and SIGTERM set a flag and wake interrupt_fd(); long loops look at it and wind down.
 * A second signal ends kab at once (children die with it).
 */
int interrupt_setup(void);
bool interrupted(void);
int interrupt_fd(void); /* readable when interrupted, for poll(); -1 before interrupt_setup() */

#endif
