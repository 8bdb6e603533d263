// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code whose instructions are known by reading it: what counting in QEMU is checked with. Each
 * function is of assembly, so that no compiler changes it, and says what it must count.
 */
#include <linux/linkage.h>
#include <linux/module.h>

#include "kab.h"

static uint turns = 1000;
module_param(turns, uint, 0444);
MODULE_PARM_DESC(turns, "turns of the loop, calls of the leaf");

void kab_counts_loop(u64 turns);
void kab_counts_leaf(void);
void kab_counts_caller(u64 turns);
void kab_counts_tail(void);

/*
 * loop		nothing; 2 instructions a turn; return
 * leaf		1
 * caller	push, move; call, decrement, jump a turn; pop, return
 * tail		1, which jumps to the leaf
 */
asm(".pushsection .text, \"ax\"\n"
    ".macro kab_function name\n"
    ".globl \\name\n"
    ".type \\name, @function\n"
    ".balign 16\n"
    "\\name:\n"
    ".endm\n"
    "kab_function kab_counts_loop\n"
    "	nop\n"
    "1:	dec %rdi\n"
    "	jnz 1b\n"
    "	" ASM_RET
    ".size kab_counts_loop, . - kab_counts_loop\n"
    "kab_function kab_counts_leaf\n"
    "	" ASM_RET
    ".size kab_counts_leaf, . - kab_counts_leaf\n"
    "kab_function kab_counts_caller\n"
    "	push %rbx\n"
    "	mov %rdi, %rbx\n"
    "1:	call kab_counts_leaf\n"
    "	dec %rbx\n"
    "	jnz 1b\n"
    "	pop %rbx\n"
    "	" ASM_RET
    ".size kab_counts_caller, . - kab_counts_caller\n"
    "kab_function kab_counts_tail\n"
    "	jmp kab_counts_leaf\n"
    ".size kab_counts_tail, . - kab_counts_tail\n"
    ".purgem kab_function\n"
    ".popsection\n");

/* What is expected: "INSTRUCTIONS CALLS". */
static void expect(const char *function, u64 instructions, u64 calls)
{
	kab_fact(function, "%llu %llu", instructions, calls);
}

static void bench(void)
{
	kab_fact("operation", "turn %u", turns);
	kab_counts_loop(turns);
	kab_counts_caller(turns);
	for (uint i = 0; i < turns; i++)
		kab_counts_tail();
	expect("kab_counts_loop", 2 * (u64)turns + 2, 1);
	expect("kab_counts_caller", 4 + 3 * (u64)turns, 1);
	expect("kab_counts_tail", turns, turns);
	expect("kab_counts_leaf", 2 * (u64)turns, 2 * (u64)turns);
	kab_result("turns", "1", "higher", turns, 1);
}

static int __init counts_init(void)
{
	return turns ? kab_run(bench) : -EINVAL;
}

static void __exit counts_exit(void)
{
	kab_end();
}

module_init(counts_init);
module_exit(counts_exit);

MODULE_DESCRIPTION("kab: code with known numbers of instructions");
MODULE_LICENSE("GPL");
