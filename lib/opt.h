/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command line options as data. One table per command serves the parser, --help and the
 * manual page, so that the three cannot disagree.
 */
#ifndef KAB_LIB_OPT_H
#define KAB_LIB_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strvec.h"

enum opt_type {
	OPT_FLAG,  /* bool */
	OPT_STR,   /* const char *: points into argv */
	OPT_INT,   /* int64_t within [min, max] */
	OPT_NUM,   /* double within [min, max] */
	OPT_LIST,  /* struct strvec: may be repeated */
	OPT_CHOICE /* const char *: one of `choices` */
};

struct opt {
	char letter; /* 0: none */
	const char *name;
	const char *arg; /* "N", "DIR"; NULL for flags */
	const char *help;
	enum opt_type type;
	size_t offset; /* of the destination in the command's option struct */
	int64_t min, max;
	const char *choices; /* "text|json|html" */
};

#define OPT_ANY SIZE_MAX /* of operands */

/* What a command is, for its help and its page in the manual. */
struct opt_usage {
	const char *name;     /* "compare" */
	const char *synopsis; /* of the operands: "BASE NEW" */
	size_t least, most;   /* how many operands: opt_parse() refuses another number */
	const char *summary;  /* one line */
	const char *details;  /* paragraphs, or NULL */
	const struct opt *opts;
	size_t count;
};

enum opt_result {
	OPT_RUN = 0,  /* go on; operands are in `operands` */
	OPT_DONE = 1, /* --help was printed */
	OPT_BAD = -1, /* an error was printed */
};

/*
 * Parses argv[1..]; `operands` are pushed in order, when they are as many as `usage` says. -h,
 * --help, -q and -v are understood everywhere. `dest` is the command's option struct.
 */
enum opt_result opt_parse(const struct opt_usage *usage, int argc, char **argv, void *dest,
			  struct strvec *operands);
void opt_print_help(const struct opt_usage *usage);
/* The command's section of kab(1), in mdoc, on standard output. */
void opt_print_man(const struct opt_usage *usage);

#endif
