/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Open files. Nothing is printed: the caller knows what the file is.
 */
#ifndef KAB_LIB_FD_H
#define KAB_LIB_FD_H

#include <stddef.h>

/* All of it, however many writes that takes and signals interrupt. 0, or -1 with errno. */
int fd_write(int fd, const void *data, size_t len);
/* The same, then closes it, whatever the outcome. 0, or -1 with the errno of what failed first. */
int fd_write_close(int fd, const void *data, size_t len);

#endif
