/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a run directory is still what was read before: how many files it has, how long they are,
 * and when the last of them was written. The contents are not looked at.
 */
#ifndef KAB_RUNNER_MACHINE_FINGERPRINT_H
#define KAB_RUNNER_MACHINE_FINGERPRINT_H

/* A new string, with the version of kab in it: another kab may read more. NULL with an error printed. */
char *fingerprint_make(const char *path);

#endif
