// SPDX-License-Identifier: GPL-2.0-or-later
#include "opt.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "log.h"
#include "nearest.h"
#include "strbuf.h"

#define WIDTH	   80
#define COLUMN_MAX 30  /* where help starts; longer options get a line of their own */
#define LONG_FIRST 256 /* getopt's value of the first long option: no letter is that high */

/* Understood by every command. */
enum { COMMON_HELP, COMMON_QUIET, COMMON_VERBOSE, COMMON_COUNT };

static const struct opt common[COMMON_COUNT] = {
	[COMMON_HELP] = { .letter = 'h', .name = "help", .help = "show this help" },
	[COMMON_QUIET] = { .letter = 'q', .name = "quiet", .help = "print errors only" },
	[COMMON_VERBOSE] = { .letter = 'v',
			     .name = "verbose",
			     .help = "also print the commands that are run, and why" },
};

static size_t opt_count(const struct opt_usage *usage)
{
	return usage->count + COMMON_COUNT;
}

/* The command's own options, then the common ones. */
static const struct opt *opt_at(const struct opt_usage *usage, size_t i)
{
	return i < usage->count ? &usage->opts[i] : &common[i - usage->count];
}

/* What stands for the argument in help; NULL for flags. */
static const char *opt_arg(const struct opt *opt)
{
	if (opt->type == OPT_FLAG)
		return NULL;
	if (opt->arg)
		return opt->arg;
	return opt->type == OPT_CHOICE ? opt->choices : "ARG";
}

/*
 * Parsing.
 */
static enum opt_result bad(const struct opt_usage *usage, const struct strbuf *message)
{
	error("%s (see 'kab %s%s--help')", message->data, usage->name, *usage->name ? " " : "");
	return OPT_BAD;
}

/* The tables that getopt wants, made from ours. */
struct tables {
	struct strbuf letters;
	struct option *longs;
};

static void tables_init(struct tables *t, const struct opt_usage *usage)
{
	t->letters = (struct strbuf)STRBUF_INIT;
	/* A missing argument gives ':' instead of '?'. */
	strbuf_addch(&t->letters, ':');
	t->longs = xcalloc(opt_count(usage) + 1, sizeof(*t->longs));
	for (size_t i = 0; i < opt_count(usage); i++) {
		const struct opt *opt = opt_at(usage, i);
		bool takes = opt->type != OPT_FLAG;

		if (opt->letter)
			strbuf_addf(&t->letters, "%c%s", opt->letter, takes ? ":" : "");
		t->longs[i] = (struct option){ .name = opt->name,
					       .has_arg = takes ? required_argument : no_argument,
					       .val = LONG_FIRST + (int)i };
	}
}

static void tables_release(struct tables *t)
{
	strbuf_release(&t->letters);
	free(t->longs);
}

static const struct opt *opt_of_value(const struct opt_usage *usage, int value)
{
	if (value >= LONG_FIRST)
		return opt_at(usage, (size_t)(value - LONG_FIRST));
	for (size_t i = 0; i < opt_count(usage); i++)
		if (value && opt_at(usage, i)->letter == value)
			return opt_at(usage, i);
	return NULL;
}

/* One function per type: stores, or says in `message` what is wrong and returns -1. */
static int store_flag(const struct opt *opt, const char *arg, void *dest, struct strbuf *message)
{
	(void)opt;
	(void)arg;
	(void)message;
	*(bool *)dest = true;
	return 0;
}

static int store_str(const struct opt *opt, const char *arg, void *dest, struct strbuf *message)
{
	(void)opt;
	(void)message;
	*(const char **)dest = arg;
	return 0;
}

static int store_int(const struct opt *opt, const char *arg, void *dest, struct strbuf *message)
{
	bool bounded = opt->min || opt->max;
	int64_t value;
	char *end;

	errno = 0;
	value = strtoll(arg, &end, 10);
	/* strtoll() would skip blanks. */
	if (*end || end == arg || !strchr("+-0123456789", *arg)) {
		strbuf_addf(message, "--%s: \"%s\" is not a whole number", opt->name, arg);
		return -1;
	}
	if (errno || (bounded && (value < opt->min || value > opt->max))) {
		strbuf_addf(message, "--%s: %s is out of range", opt->name, arg);
		if (bounded)
			strbuf_addf(message, ": %" PRId64 " to %" PRId64, opt->min, opt->max);
		return -1;
	}
	*(int64_t *)dest = value;
	return 0;
}

static int store_num(const struct opt *opt, const char *arg, void *dest, struct strbuf *message)
{
	bool bounded = opt->min || opt->max;
	double value;
	char *end;

	value = strtod(arg, &end);
	/* strtod() would skip blanks, and take "nan" and "inf". */
	if (*end || end == arg || !strchr("+-.0123456789", *arg) || !isfinite(value)) {
		strbuf_addf(message, "--%s: \"%s\" is not a number", opt->name, arg);
		return -1;
	}
	if (bounded && (value < (double)opt->min || value > (double)opt->max)) {
		strbuf_addf(message, "--%s: %s is out of range: %" PRId64 " to %" PRId64, opt->name,
			    arg, opt->min, opt->max);
		return -1;
	}
	*(double *)dest = value;
	return 0;
}

static int store_list(const struct opt *opt, const char *arg, void *dest, struct strbuf *message)
{
	(void)opt;
	(void)message;
	strvec_push(dest, arg);
	return 0;
}

static int store_choice(const struct opt *opt, const char *arg, void *dest, struct strbuf *message)
{
	struct strvec choices = STRVEC_INIT;
	int result = 0;

	strvec_split(&choices, opt->choices, "|");
	if (strvec_has(&choices, arg)) {
		*(const char **)dest = arg;
	} else {
		const char *meant = nearest(arg, choices.items);

		strbuf_addf(message, "--%s: \"%s\" is none of %s", opt->name, arg, opt->choices);
		if (meant)
			strbuf_addf(message, ", did you mean \"%s\"?", meant);
		result = -1;
	}
	strvec_release(&choices);
	return result;
}

static int (*const stores[])(const struct opt *opt, const char *arg, void *dest,
			     struct strbuf *message) = {
	[OPT_FLAG] = store_flag, [OPT_STR] = store_str,	  [OPT_INT] = store_int,
	[OPT_NUM] = store_num,	 [OPT_LIST] = store_list, [OPT_CHOICE] = store_choice,
};

static enum opt_result take_common(const struct opt_usage *usage, const struct opt *opt)
{
	if (opt == &common[COMMON_HELP]) {
		opt_print_help(usage);
		return OPT_DONE;
	}
	log_level_set(opt == &common[COMMON_QUIET] ? LOG_QUIET : LOG_VERBOSE);
	return OPT_RUN;
}

static enum opt_result take(const struct opt_usage *usage, const struct opt *opt, char *dest)
{
	struct strbuf message = STRBUF_INIT;
	enum opt_result result = OPT_RUN;

	if (opt >= common && opt < common + COMMON_COUNT)
		return take_common(usage, opt);
	if (stores[opt->type](opt, optarg, dest + opt->offset, &message) < 0)
		result = bad(usage, &message);
	strbuf_release(&message);
	return result;
}

static void describe_unknown(const struct opt_usage *usage, const char *arg, struct strbuf *message)
{
	struct strvec names = STRVEC_INIT;
	char *name = xstrndup(arg + 2, strcspn(arg + 2, "="));
	const char *meant;

	for (size_t i = 0; i < opt_count(usage); i++)
		strvec_push(&names, opt_at(usage, i)->name);
	strbuf_addf(message, "unknown option \"--%s\"", name);
	meant = nearest(name, names.items);
	if (meant)
		strbuf_addf(message, ", did you mean \"--%s\"?", meant);
	free(name);
	strvec_release(&names);
}

/* `got` is ':' or '?'; optopt is the option, as far as getopt knows it. */
static enum opt_result refuse(const struct opt_usage *usage, int got, char **argv)
{
	struct strbuf message = STRBUF_INIT;
	const struct opt *opt = opt_of_value(usage, optopt);

	if (got == ':' && opt)
		strbuf_addf(&message, "--%s needs an argument (%s)", opt->name, opt_arg(opt));
	else if (opt)
		strbuf_addf(&message, "--%s takes no argument", opt->name);
	else if (optopt)
		strbuf_addf(&message, "unknown option \"-%c\"", optopt);
	else
		describe_unknown(usage, argv[optind - 1], &message);
	bad(usage, &message);
	strbuf_release(&message);
	return OPT_BAD;
}

static enum opt_result take_operands(const struct opt_usage *usage, size_t count, char **items,
				     struct strvec *operands)
{
	struct strbuf message = STRBUF_INIT;
	enum opt_result result = OPT_RUN;

	if (count < usage->least)
		strbuf_addf(&message, "%s needs %s", usage->name, usage->synopsis);
	else if (count > usage->most)
		strbuf_addf(&message, "\"%s\" is one operand too many", items[usage->most]);
	if (message.len)
		result = bad(usage, &message);
	else
		for (size_t i = 0; i < count; i++)
			strvec_push(operands, items[i]);
	strbuf_release(&message);
	return result;
}

enum opt_result opt_parse(const struct opt_usage *usage, int argc, char **argv, void *dest,
			  struct strvec *operands)
{
	enum opt_result result = OPT_RUN;
	struct tables t;
	int got;

	tables_init(&t, usage);
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while (result == OPT_RUN &&
	       (got = getopt_long(argc, argv, t.letters.data, t.longs, NULL)) != -1) {
		if (got == ':' || got == '?')
			result = refuse(usage, got, argv);
		else
			result = take(usage, opt_of_value(usage, got), dest);
	}
	if (result == OPT_RUN)
		result = take_operands(usage, (size_t)(argc - optind), argv + optind, operands);
	tables_release(&t);
	return result;
}

/*
 * Help.
 */

/* Prints words from `column` on, wrapped, continued at the same column, with a newline. */
static void print_wrapped(const char *text, size_t len, int column)
{
	const char *end = text + len;
	int at = column;

	for (;;) {
		const char *word = text + strspn(text, " \n");
		int width;

		if (word >= end)
			break;
		text = word + strcspn(word, " \n");
		if (text > end)
			text = end;
		width = (int)(text - word);
		if (at > column && at + 1 + width > WIDTH) {
			printf("\n%*s", column, "");
			at = column;
		} else if (at > column) {
			putchar(' ');
			at++;
		}
		printf("%.*s", width, word);
		at += width;
	}
	putchar('\n');
}

/* "  -j, --jobs=N" */
static void add_synopsis(struct strbuf *out, const struct opt *opt)
{
	const char *arg = opt_arg(opt);

	if (opt->letter)
		strbuf_addf(out, "  -%c, --%s", opt->letter, opt->name);
	else
		strbuf_addf(out, "      --%s", opt->name);
	if (arg)
		strbuf_addf(out, "=%s", arg);
}

static int help_column(const struct opt_usage *usage)
{
	size_t column = 0;

	for (size_t i = 0; i < opt_count(usage); i++) {
		struct strbuf s = STRBUF_INIT;

		add_synopsis(&s, opt_at(usage, i));
		if (s.len + 2 > column && s.len + 2 <= COLUMN_MAX)
			column = s.len + 2;
		strbuf_release(&s);
	}
	return (int)column;
}

static void print_option(const struct opt *opt, int column)
{
	struct strbuf s = STRBUF_INIT;

	add_synopsis(&s, opt);
	if ((int)s.len + 2 > column)
		printf("%s\n%*s", s.data, column, "");
	else
		printf("%-*s", column, s.data);
	print_wrapped(opt->help, strlen(opt->help), column);
	strbuf_release(&s);
}

/* A run of lines of the details: prose to be filled, or lines to be kept as they are. */
struct block {
	const char *text;
	size_t len; /* with the last newline, if any */
	bool kept;  /* indented: an example */
};

static bool indented(const char *line)
{
	return *line == ' ' || *line == '\t';
}

/* The next block of *text, which moves on; false at the end. */
static bool next_block(const char **text, struct block *block)
{
	const char *p = *text + strspn(*text, "\n");

	if (!*p)
		return false;
	*block = (struct block){ .text = p, .kept = indented(p) };
	while (*p && *p != '\n' && indented(p) == block->kept) {
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	block->len = (size_t)(p - block->text);
	*text = p;
	return true;
}

static void print_details(const char *details)
{
	struct block block;

	while (next_block(&details, &block)) {
		putchar('\n');
		if (!block.kept) {
			print_wrapped(block.text, block.len, 0);
			continue;
		}
		printf("%.*s", (int)block.len, block.text);
		if (block.text[block.len - 1] != '\n')
			putchar('\n');
	}
}

static void print_usage_line(const struct opt_usage *usage)
{
	printf("kab %s%s[options]%s%s\n", usage->name, *usage->name ? " " : "",
	       usage->synopsis && *usage->synopsis ? " " : "",
	       usage->synopsis ? usage->synopsis : "");
}

void opt_print_help(const struct opt_usage *usage)
{
	int column = help_column(usage);

	printf("usage: ");
	print_usage_line(usage);
	putchar('\n');
	print_wrapped(usage->summary, strlen(usage->summary), 0);
	printf("\noptions:\n");
	for (size_t i = 0; i < opt_count(usage); i++)
		print_option(opt_at(usage, i), column);
	if (usage->details)
		print_details(usage->details);
}

/*
 * Manual.
 */

/*
 * Text that roff shows as it is: no request, no escape, no hyphen where a minus was meant.
 * When it is filled, each sentence begins on a line of its own, as roff spaces sentences.
 */
static void roff(const char *s, size_t len, bool filled)
{
	bool line_start = true;

	for (; len && *s; s++, len--) {
		if (line_start && (*s == '.' || *s == '\''))
			printf("\\&");
		line_start = *s == '\n';
		if (filled && len > 1 && !strncmp(s, ". ", 2)) {
			printf(".\n");
			line_start = true;
			s++;
			len--;
			continue;
		}
		if (*s == '\\')
			printf("\\e");
		else if (*s == '-')
			printf("\\-");
		else
			putchar(*s);
	}
}

static void roff_line(const char *s)
{
	roff(s, strlen(s), true);
	putchar('\n');
}

static void man_option(const struct opt *opt)
{
	const char *arg = opt_arg(opt);

	printf(".It ");
	if (opt->letter)
		printf("Fl %c , ", opt->letter);
	printf("Fl \\-");
	roff(opt->name, strlen(opt->name), false);
	if (arg) {
		/* \& keeps an argument from being taken for a macro. */
		printf(" Ns = Ns Ar \\&");
		roff(arg, strlen(arg), false);
	}
	putchar('\n');
	roff_line(opt->help);
}

static void man_details(const char *details)
{
	struct block block;

	while (next_block(&details, &block)) {
		fputs(block.kept ? ".Bd -literal\n" : ".Pp\n", stdout);
		roff(block.text, block.len, !block.kept);
		if (block.text[block.len - 1] != '\n')
			putchar('\n');
		if (block.kept)
			printf(".Ed\n");
	}
}

void opt_print_man(const struct opt_usage *usage)
{
	printf(".Ss kab %s\n", usage->name);
	printf(".Bd -literal -compact\n");
	print_usage_line(usage); /* synopses are plain words: nothing in them to escape */
	printf(".Ed\n.Pp\n");
	roff_line(usage->summary);
	if (usage->details)
		man_details(usage->details);
	printf(".Bl -tag -width Ds\n");
	for (size_t i = 0; i < opt_count(usage); i++)
		man_option(opt_at(usage, i));
	printf(".El\n");
}
