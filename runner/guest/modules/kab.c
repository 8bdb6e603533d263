// SPDX-License-Identifier: GPL-2.0-only
#include "kab.h"

#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#define NAME "kab-results"
#define ROOM (64 << 10)

static char *text;
static size_t len;

/* What does not fit is cut off in the middle of a line, which the reader refuses. */
static void vadd(const char *fmt, va_list ap)
{
	len += vscnprintf(text + len, ROOM - len, fmt, ap);
}

static __printf(1, 2) void add(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vadd(fmt, ap);
	va_end(ap);
}

void kab_result(const char *metric, const char *unit, const char *better, u64 num, u64 den)
{
	add("result %s %s %s %llu %llu\n", metric, unit, better, num, den);
}

void kab_check(const char *name, u64 got, u64 want)
{
	add("check %s %llu %llu\n", name, got, want);
}

void kab_lap(const char *metric)
{
	add("lap %s\n", metric);
}

void kab_fact(const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add("fact %s ", key);
	vadd(fmt, ap);
	add("\n");
	va_end(ap);
}

void kab_failed(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add("failed ");
	vadd(fmt, ap);
	add("\n");
	va_end(ap);
}

static int show(struct seq_file *m, void *unused)
{
	seq_write(m, text, len);
	return 0;
}

int kab_run(void (*bench)(void))
{
	text = kmalloc(ROOM, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (!proc_create_single(NAME, 0400, NULL, show)) {
		kfree(text);
		return -ENOMEM;
	}
	bench();
	return 0;
}

void kab_end(void)
{
	remove_proc_entry(NAME, NULL);
	kfree(text);
}
