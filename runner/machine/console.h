/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's serial console, followed while the machine writes it to a file: it is only a log, but
 * a kernel that dies can say so nowhere else.
 */
#ifndef KAB_RUNNER_MACHINE_CONSOLE_H
#define KAB_RUNNER_MACHINE_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/strbuf.h"
#include "outcome.h"

struct console {
	int fd;
	int64_t bytes; /* so far */
	struct strbuf line;
	bool dying; /* the kernel has said that it will not go on */
};

/* Creates the file when it is missing. 0, or -1 with an error printed. */
int console_open(struct console *c, const char *path);
void console_close(struct console *c);
/* Reads some of what is new; a panic, an oops or a kill for lack of memory becomes a finding. The
 * number of bytes, 0 when there is nothing, -1 with an error printed. */
int64_t console_follow(struct console *c, struct outcome *o);
/* Appends the last lines of a console's file, each after a newline; fewer when there are fewer. */
void console_tail(const char *path, int lines, struct strbuf *out);

#endif
