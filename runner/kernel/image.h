/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ready kernel images for x86: bzImage, as in /boot/vmlinuz-*.
 */
#ifndef KAB_RUNNER_KERNEL_IMAGE_H
#define KAB_RUNNER_KERNEL_IMAGE_H

/*
 * Checks that the file is a bzImage. Returns its release ("6.1.0-40-amd64"), a new string, "" when
 * it does not tell; NULL with an error printed when it is no kernel.
 */
char *image_release(const char *path);

#endif
