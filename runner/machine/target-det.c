// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * det: QEMU counts instructions and takes each for a nanosecond of guest time. Nothing of the host
 * reaches the guest: not its clock, its load, or its random numbers.
 */
#include "qemu.h"

/*
 * The CPU is part of the result. Without erms and fsrm the kernel copies with rep movsq, of which
 * QEMU counts each round as an instruction: eight times fewer than with rep movsb. rdrand draws from
 * QEMU's generator, which -seed makes the same in every boot: with it the kernel has good random
 * numbers at once and always the same, where it would otherwise wait a second for noise.
 *
 * What a boot spends its time on here is waiting in loops of pause instructions, each of which
 * leaves QEMU's translated code. Without these a boot takes four times as long:
 *	noapictimer	no calibration of the local APIC's timer, 100 ms of guest time; the PIT ticks
 *	no_timer_check	no check that the PIT does
 *	pci=noacpi	no interpreting of how interrupts are wired
 * The TSC's frequency is known; measuring it would only round it.
 */
static const struct qemu_model model = {
	.args = "-accel tcg -icount shift=0,sleep=off -machine pc,hpet=off "
		"-cpu max,-erms,-fsrm -smp 1 "
		"-rtc base=2026-01-01,clock=vm -seed 1",
	.append = "noapictimer no_timer_check pci=noacpi tsc_early_khz=1000000 random.trust_cpu=on",
};

static bool usable(const char *image, struct strbuf *why)
{
	(void)image;
	return qemu_usable(why);
}

static int command(const struct machine *m, struct strvec *argv)
{
	if (qemu_refuse_passthrough(m, "det") < 0)
		return -1;
	qemu_command(&model, m, argv);
	return 0;
}

const struct target target_det = {
	.name = "det",
	.clock = "instruction",
	.summary = "QEMU, instruction clock: the same kernel gives the same digits on any host",
	.usable = usable,
	.command = command,
};
