// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tcg: QEMU emulates and the wall clock runs: for trying things where there is no KVM.
 */
#include "qemu.h"

/*
 * Two CPUs: on one, the kernel patches the lock prefixes out. no_timer_check: on a busy host the
 * check that the timer interrupt works comes to its end before a tick, and the kernel panics.
 */
static const struct qemu_model model = { .args = "-accel tcg -machine q35 -cpu max -smp 2",
					 .append = "no_timer_check" };

static bool usable(const char *image, struct strbuf *why)
{
	(void)image;
	return qemu_usable(why);
}

static int command(const struct machine *m, struct strvec *argv)
{
	if (qemu_refuse_passthrough(m, "tcg") < 0)
		return -1;
	qemu_command(&model, m, argv);
	return 0;
}

const struct target target_tcg = {
	.name = "tcg",
	.clock = "wall",
	.summary = "QEMU, wall clock, emulated: for trying things",
	.usable = usable,
	.command = command,
};
