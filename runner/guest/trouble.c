// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The driver `trouble`: guests that go wrong on purpose, for the tests of the supervisor. The
 * workload's key `trouble` names the way.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "driver.h"
#include "file.h"

#define EAT_BLOCK (1u << 20)

static int trouble_fail(struct task *t)
{
	return task_fail(t, "workload-failed", "as asked");
}

/* The end of PID 1 is a panic. */
static int trouble_exit(struct task *t)
{
	(void)t;
	_exit(1);
}

static int trouble_panic(struct task *t)
{
	/* Without CONFIG_MAGIC_SYSRQ the panic is the one of PID 1. */
	(void)write_file("/proc/sysrq-trigger", "c", 1);
	return trouble_exit(t);
}

_Noreturn static int trouble_hang(struct task *t)
{
	(void)t;
	for (;;)
		pause();
}

_Noreturn static int trouble_spin(struct task *t)
{
	(void)t;
	for (volatile unsigned int i = 0;; i++)
		;
}

static int trouble_poweroff(struct task *t)
{
	(void)t;
	agent_power_off();
}

/* The first half of a frame, then silence. */
static int trouble_truncate(struct task *t)
{
	static const char text[] = "what was to follow never came, and the checksum is behind it";
	struct strbuf frame = STRBUF_INIT;

	record_write(&frame, t->out->sequence, RECORD_FILE, t->name, text, sizeof(text));
	(void)write_all(t->out->fd, frame.data, frame.len / 2);
	strbuf_release(&frame);
	agent_power_off();
}

static int trouble_garbage(struct task *t)
{
	unsigned char bytes[4096];
	unsigned int state = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		state = state * 1103515245u + 12345u;
		bytes[i] = (unsigned char)(state >> 16);
	}
	return write_all(t->out->fd, bytes, sizeof(bytes));
}

/* Takes memory until it is killed. */
_Noreturn static void eat_memory(void)
{
	for (;;) {
		char *block = malloc(EAT_BLOCK);

		if (!block)
			_exit(1);
		memset(block, 1, EAT_BLOCK);
	}
}

/* In a child: the kernel does not kill PID 1. */
static int trouble_oom(struct task *t)
{
	pid_t pid = fork();

	if (pid < 0)
		return task_fail(t, "workload-failed", "cannot fork");
	if (pid == 0)
		eat_memory();
	return waitpid(pid, &t->status, 0) == pid ? 0 : -1;
}

/* Words of a kernel in distress in its log: no oops can be had from a healthy one. */
static int log_words(struct task *t, const char *const *lines)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return task_fail(t, "workload-failed", "no /dev/kmsg");
	for (; *lines; lines++)
		(void)write_all(fd, *lines, strlen(*lines));
	close(fd);
	return 0;
}

static int trouble_warn(struct task *t)
{
	static const char *const lines[] = {
		"<4>------------[ cut here ]------------\n",
		"<4>WARNING: CPU: 0 PID: 1 at mm/page_alloc.c:5530 kab_trouble+0x12/0x34\n",
		"<4>---[ end trace 0000000000000000 ]---\n",
		NULL,
	};

	return log_words(t, lines);
}

static int trouble_oops(struct task *t)
{
	static const char *const lines[] = {
		"<1>BUG: kernel NULL pointer dereference, address: 0000000000000008\n",
		"<4>Oops: 0002 [#1] PREEMPT SMP\n",
		"<4>RIP: 0010:kab_trouble+0x12/0x34\n",
		"<4>---[ end trace 0000000000000000 ]---\n",
		NULL,
	};

	return log_words(t, lines);
}

static const struct trouble {
	const char *name;
	int (*make)(struct task *t);
} troubles[] = {
	{ "fail", trouble_fail },	  { "exit", trouble_exit },
	{ "panic", trouble_panic },	  { "hang", trouble_hang },
	{ "spin", trouble_spin },	  { "poweroff", trouble_poweroff },
	{ "truncate", trouble_truncate }, { "garbage", trouble_garbage },
	{ "oom", trouble_oom },		  { "warn", trouble_warn },
	{ "oops", trouble_oops },
};

static int measure(struct task *t)
{
	const char *name = spec_str(t->spec, "trouble", "");

	for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++)
		if (strcmp(troubles[i].name, name) == 0)
			return troubles[i].make(t);
	return task_fail(t, "workload-failed", "no trouble '%s'", name);
}

const struct driver trouble_driver = {
	.name = "trouble",
	.measure = measure,
};
