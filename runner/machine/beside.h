/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other things that kab is built as: the guest's agent and the plugin for QEMU.
 */
#ifndef KAB_RUNNER_MACHINE_BESIDE_H
#define KAB_RUNNER_MACHINE_BESIDE_H

/*
 * The path of a file that is beside kab, above a unit test, or where "make install" puts it. A new
 * string, or NULL with an error printed.
 */
char *beside_find(const char *name);

#endif
