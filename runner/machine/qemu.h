/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's command line, for the targets that boot with it.
 */
#ifndef KAB_RUNNER_MACHINE_QEMU_H
#define KAB_RUNNER_MACHINE_QEMU_H

#include "target.h"

#define QEMU_PROGRAM "qemu-system-x86_64"

extern const struct target target_det, target_kvm, target_tcg;

/* What a target asks of QEMU. */
struct qemu_model {
	const char *args;   /* accelerator, machine, CPU, clock; separated by spaces */
	const char *append; /* its additions to the kernel command line */
};

/* Pushes program and arguments. */
void qemu_command(const struct qemu_model *model, const struct machine *m, struct strvec *argv);
/* -1 with an error printed when the workload wants a device of the host's; for targets that emulate. */
int qemu_refuse_passthrough(const struct machine *m, const char *target);
/* Pushes "-plugin FILE,KEY=VALUE,..."; the values may be paths. */
void qemu_push_plugin(struct strvec *argv, const char *file, const struct strvec *options);
/* "7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)"; a new string, NULL when there is no QEMU. */
char *qemu_version(void);
/* qemu_version() as the answer of a target's usable(): false and the reason when there is none. */
bool qemu_usable(struct strbuf *why);

#endif
