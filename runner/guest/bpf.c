// SPDX-License-Identifier: GPL-2.0-or-later
#include "bpf.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOG_SIZE 4096

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Instructions, after the forms in the kernel's documentation of the instruction set. */
#define INSN(c, d, s, o, i)                                                                  \
	(struct bpf_insn)                                                                    \
	{                                                                                    \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (int32_t)(i) \
	}
#define MOV(dst, src)	       INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define MOV_IMM(dst, imm)      INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define ADD_IMM(dst, imm)      INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define LOAD(size, d, s, off)  INSN(BPF_LDX | BPF_MEM | (size), d, s, off, 0)
#define STORE(size, d, off, s) INSN(BPF_STX | BPF_MEM | (size), d, s, off, 0)
#define JUMP_IF_ZERO(r, n)     INSN(BPF_JMP | BPF_JEQ | BPF_K, r, 0, n, 0)
#define JUMP_IF_GT(a, b, n)    INSN(BPF_JMP | BPF_JGT | BPF_X, a, b, n, 0)
#define CALL(function)	       INSN(BPF_JMP | BPF_CALL, 0, 0, 0, function)
#define EXIT()		       INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
/* Two slots: a 64-bit load of the map that the descriptor stands for. */
#define LOAD_MAP(dst, fd) \
	INSN(BPF_LD | BPF_DW | BPF_IMM, dst, BPF_PSEUDO_MAP_FD, 0, fd), INSN(0, 0, 0, 0, 0)

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static uint64_t address(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

int bpf_counter(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_ARRAY;
	attr.key_size = sizeof(uint32_t);
	attr.value_size = sizeof(uint64_t);
	attr.max_entries = 1;
	return bpf(BPF_MAP_CREATE, &attr);
}

static int load(const struct bpf_insn *insns, size_t count, struct strbuf *why)
{
	static const char licence[] = "GPL";
	char log[LOG_SIZE] = "";
	union bpf_attr attr;
	int fd, saved;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.insns = address(insns);
	attr.insn_cnt = (uint32_t)count;
	attr.license = address(licence);
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd >= 0)
		return fd;
	/* The verifier writes its log only when asked, and fails when the buffer is too small:
	 * what fits is there all the same. */
	saved = errno;
	attr.log_level = 1;
	attr.log_buf = address(log);
	attr.log_size = sizeof(log);
	fd = bpf(BPF_PROG_LOAD, &attr);
	log[sizeof(log) - 1] = '\0';
	strbuf_adds(why, log);
	errno = saved;
	return fd;
}

int bpf_load_action(enum xdp_action action, struct strbuf *why)
{
	const struct bpf_insn insns[] = { MOV_IMM(BPF_REG_0, action), EXIT() };

	return load(insns, COUNT(insns), why);
}

int bpf_load_redirect(unsigned int ifindex, struct strbuf *why)
{
	const struct bpf_insn insns[] = {
		MOV_IMM(BPF_REG_1, ifindex),
		MOV_IMM(BPF_REG_2, 0),
		CALL(BPF_FUNC_redirect),
		EXIT(),
	};

	return load(insns, COUNT(insns), why);
}

int bpf_load_stamp(unsigned int ifindex, int counter, unsigned int offset, struct strbuf *why)
{
	const struct bpf_insn insns[] = {
		MOV(BPF_REG_6, BPF_REG_1),
		/* r3 = ++*lookup(counter, &(uint32_t){ 0 }) */
		MOV_IMM(BPF_REG_1, 0),
		STORE(BPF_W, BPF_REG_10, -4, BPF_REG_1),
		MOV(BPF_REG_2, BPF_REG_10),
		ADD_IMM(BPF_REG_2, -4),
		LOAD_MAP(BPF_REG_1, counter),
		CALL(BPF_FUNC_map_lookup_elem),
		JUMP_IF_ZERO(BPF_REG_0, 13),
		LOAD(BPF_DW, BPF_REG_3, BPF_REG_0, 0),
		ADD_IMM(BPF_REG_3, 1),
		STORE(BPF_DW, BPF_REG_0, 0, BPF_REG_3),
		/* the bounds of the packet, then the stamp */
		LOAD(BPF_W, BPF_REG_1, BPF_REG_6, offsetof(struct xdp_md, data)),
		LOAD(BPF_W, BPF_REG_2, BPF_REG_6, offsetof(struct xdp_md, data_end)),
		MOV(BPF_REG_4, BPF_REG_1),
		ADD_IMM(BPF_REG_4, offset + sizeof(uint64_t)),
		JUMP_IF_GT(BPF_REG_4, BPF_REG_2, 5),
		STORE(BPF_DW, BPF_REG_1, (int16_t)offset, BPF_REG_3),
		MOV_IMM(BPF_REG_1, ifindex),
		MOV_IMM(BPF_REG_2, 0),
		CALL(BPF_FUNC_redirect),
		EXIT(),
		/* a packet too short, or no counter */
		MOV_IMM(BPF_REG_0, XDP_ABORTED),
		EXIT(),
	};

	return load(insns, COUNT(insns), why);
}

int bpf_attach(int program, unsigned int ifindex)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.link_create.prog_fd = (uint32_t)program;
	attr.link_create.target_ifindex = ifindex;
	attr.link_create.attach_type = BPF_XDP;
	return bpf(BPF_LINK_CREATE, &attr);
}

int bpf_run_live(int program, const void *packet, size_t len, uint32_t repeat, uint32_t batch)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (uint32_t)program;
	attr.test.data_in = address(packet);
	attr.test.data_size_in = (uint32_t)len;
	attr.test.repeat = repeat;
	attr.test.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
	attr.test.batch_size = batch;
	return bpf(BPF_PROG_TEST_RUN, &attr);
}
