/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kab's commands. Each has its table of options (for the parser, --help and the manual) and a
 * function that returns the exit status. A command is the top of the house: together with main.c
 * the cmd-*.c files are the only ones that may include every stage.
 */
#ifndef KAB_RUNNER_COMMANDS_H
#define KAB_RUNNER_COMMANDS_H

#include "lib/opt.h"

enum status {
	STATUS_OK = 0,
	STATUS_REGRESSION = 1, /* --gate: a headline metric is proven worse */
	STATUS_USAGE = 2,  /* unknown command, option, spec, workload, target; bad configuration */
	STATUS_FAILED = 3, /* a run failed, or something could not be done */
	STATUS_SAME = 4,   /* bisect: the ends are not proven to differ */
	STATUS_INTERRUPTED = 130, /* the same command continues */
};

struct command {
	const struct opt_usage *usage;
	int (*run)(int argc, char **argv);
};

extern const struct opt_usage cmd_compare_usage, cmd_explain_usage, cmd_profile_usage,
	cmd_run_usage, cmd_report_usage, cmd_collect_usage, cmd_publish_usage, cmd_notify_usage,
	cmd_kernels_usage, cmd_list_usage, cmd_doctor_usage, cmd_hba_usage, cmd_history_usage,
	cmd_nightly_usage, cmd_prune_usage, cmd_ladder_usage, cmd_bisect_usage,
	cmd_bisect_step_usage;

int cmd_bisect(int argc, char **argv);
int cmd_bisect_step(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_profile(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_collect(int argc, char **argv);
int cmd_publish(int argc, char **argv);
int cmd_notify(int argc, char **argv);
int cmd_kernels(int argc, char **argv);
int cmd_ladder(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_hba(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_nightly(int argc, char **argv);
int cmd_prune(int argc, char **argv);

#endif
