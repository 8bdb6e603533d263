/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for people, all on standard error; standard output belongs to results.
 * An error is reported once, where the context is; the caller only passes the -1 on.
 * Messages are lower case, without a full stop, with the subject in quotes.
 * A format that ends in ':' gets strerror(errno) appended.
 */
#ifndef KAB_LIB_LOG_H
#define KAB_LIB_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_QUIET,   /* -q: errors only */
	LOG_NORMAL,  /* errors, warnings, progress, one line per step */
	LOG_VERBOSE, /* -v: commands that are run and why something is rebuilt */
};

void log_level_set(enum log_level level);
enum log_level log_level_get(void);

/* Prints "kab: error: ..." (red on a terminal) and returns -1. */
int error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One line of what is going on; silent under -q. */
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Only under -v. */
void verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* True when the file descriptor is a terminal, NO_COLOR is unset and TERM is not "dumb". */
bool log_colour(int fd);

#endif
