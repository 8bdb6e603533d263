/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's test protocol (docs/devel/qtest.rst), of which one command is used: a write of 32 bits
 * to guest-physical memory, which is what an MSI is. It works beside any accelerator. One line
 * each way: "writel 0xfee01004 0x26", "OK".
 */
#ifndef KAB_RUNNER_HBA_QTEST_H
#define KAB_RUNNER_HBA_QTEST_H

#include <stdint.h>

/* Writes, and waits until QEMU has done it. 0, or -1 with an error printed. */
int qtest_writel(int fd, uint64_t address, uint32_t value);

#endif
