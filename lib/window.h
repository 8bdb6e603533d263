/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The marks around the measured part of a workload. The guest's agent executes them, and the
 * plugin in QEMU finds them when it translates the agent's code (collectors/plugin/).
 *
 * A mark is "nopl MAGIC(%rax)" and a jump to the next instruction. A long nop touches neither
 * memory nor registers, so that it does nothing on any x86-64 CPU, emulated or not; its four bytes
 * of displacement are the magic number. The jump ends the block of code that has the mark, so
 * that a window is made of whole blocks: from behind the first jump to the second one, with it.
 *
 * Windows are told apart by their order: one per workload of the job, also (empty) for a
 * workload that was not measured.
 *
 * Bench modules mark the parts of their window that they time, which must not nest: laps, told
 * apart by their order as well.
 */
#ifndef KAB_LIB_WINDOW_H
#define KAB_LIB_WINDOW_H

#define WINDOW_BEGIN 0x4b414201
#define WINDOW_END   0x4b414202
#define LAP_BEGIN    0x4b414203
#define LAP_END	     0x4b414204

/* The bytes in front of the magic number, which is little endian. */
#define WINDOW_PREFIX	  "\x0f\x1f\x80"
#define WINDOW_PREFIX_LEN 3
#define WINDOW_MARK_LEN	  7

/* clang-format off */
#define WINDOW_MARK(magic)                                                                   \
	__asm__ volatile(".byte 0x0f, 0x1f, 0x80\n\t.long %c0\n\tjmp 1f\n1:" : : "i"(magic) : "memory")
/* clang-format on */

#endif
