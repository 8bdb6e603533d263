// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab: the command table.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "commands.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/proc.h"
#include "lib/version.h"

/* In the order in which a newcomer needs them. */
static const struct command commands[] = {
	{ &cmd_compare_usage, cmd_compare }, { &cmd_explain_usage, cmd_explain },
	{ &cmd_profile_usage, cmd_profile }, { &cmd_ladder_usage, cmd_ladder },
	{ &cmd_bisect_usage, cmd_bisect },   { &cmd_bisect_step_usage, cmd_bisect_step },
	{ &cmd_run_usage, cmd_run },	     { &cmd_report_usage, cmd_report },
	{ &cmd_history_usage, cmd_history }, { &cmd_collect_usage, cmd_collect },
	{ &cmd_publish_usage, cmd_publish }, { &cmd_notify_usage, cmd_notify },
	{ &cmd_kernels_usage, cmd_kernels }, { &cmd_list_usage, cmd_list },
	{ &cmd_doctor_usage, cmd_doctor },   { &cmd_nightly_usage, cmd_nightly },
	{ &cmd_prune_usage, cmd_prune },     { &cmd_hba_usage, cmd_hba },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *out)
{
	fputs("usage: kab COMMAND [OPTION...] [OPERAND...]\n\n"
	      "kernel A/B: does this kernel change make that workload better or worse, by how\n"
	      "much, how sure are we, and which function did it?\n\n"
	      "commands:\n",
	      out);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-11s %s\n", commands[i].usage->name, commands[i].usage->summary);
	fputs("\n'kab COMMAND --help' tells the rest.\n\n"
	      "exit status: 0 done, 1 regression (--gate), 2 usage or bad configuration,\n"
	      "3 a run or a step failed, 4 bisect: no difference is proven,\n"
	      "130 interrupted (the same command continues)\n",
	      out);
}

static int unknown_command(const char *name)
{
	char *names[COMMAND_COUNT + 1] = { NULL };
	const char *near;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = (char *)commands[i].usage->name;
	near = nearest(name, names);
	if (near)
		error("unknown command \"%s\", did you mean \"%s\"? (see 'kab --help')", name,
		      near);
	else
		error("unknown command \"%s\" (see 'kab --help')", name);
	return STATUS_USAGE;
}

/* docs/kab.1 is docs/kab.1.in with the line "@COMMANDS@" replaced by this. */
static int print_man(void)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		opt_print_man(commands[i].usage);
	return STATUS_OK;
}

/* A result that could not be written to standard output must not look like success. */
static int flushed(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	error("standard output:");
	return STATUS_FAILED;
}

/* Under -v: what kab itself took, without the programs that it ran. */
static void say_usage(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) == 0)
		verbose("kab: %.1f MiB resident at most", (double)usage.ru_maxrss / 1024);
}

static int run_command(const struct command *c, int argc, char **argv)
{
	int status;

	if (interrupt_setup() < 0)
		return STATUS_FAILED;
	status = c->run(argc, argv);
	say_usage();
	return flushed(status);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "--help";

	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		print_help(argc > 1 ? stdout : stderr);
		return argc > 1 ? flushed(STATUS_OK) : STATUS_USAGE;
	}
	if (!strcmp(name, "--version")) {
		puts("kab " KAB_VERSION);
		return flushed(STATUS_OK);
	}
	if (!strcmp(name, "--man"))
		return flushed(print_man());
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(name, commands[i].usage->name))
			return run_command(&commands[i], argc - 1, argv + 1);
	return unknown_command(name);
}
