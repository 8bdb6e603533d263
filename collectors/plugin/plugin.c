// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts the instructions of a guest in QEMU (docs/formats.md, "profile"): each block of
 * translated code counts its executions, and what was counted between the marks of a window
 * (lib/window.h) is written when the window ends. The guest cannot notice: its clock counts
 * instructions, of which the plugin adds none.
 *
 *	-plugin kab-plugin.so,out=FILE
 *	-plugin kab-plugin.so,out=FILE,calls=FILE	a call graph as well (calls.h)
 *	-plugin kab-plugin.so,out=FILE,line=BYTES,l1d=...	and a model of caches (cache.h)
 *	-plugin kab-plugin.so,probe=on	only shows that this QEMU takes it, and exits with 0
 *
 * With one virtual CPU, QEMU's translated code adds to the counter by itself; with several, which
 * run at the same time, each has counters of its own and a function is called.
 *
 * A block counts as a whole when it is entered. One that is left in its middle (a page fault, an
 * access to a device) is continued by another that begins there, so what follows the place
 * counts twice; that is below a thousandth of a workload (README, "what it measures").
 *
 * A machine with one CPU is left alone until its first program starts: nothing is measured
 * before, and the boot takes no longer than without the plugin.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "blocks.h"
#include "cache.h"
#include "calls.h"
#include "lib/window.h"
#include "qemu-plugin.h"

#define FORMAT	     1
#define PAGE	     4096
#define INSN_LEN_MAX 15

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int qemu_plugin_version = QEMU_PLUGIN_API;
EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
				 char **argv);

/* QEMU's callbacks of translation carry no data of ours. */
static struct plugin {
	pthread_mutex_t lock;
	FILE *out;
	const char *path; /* of it */
	struct blocks blocks;
	uint64_t windows; /* that have begun */
	bool open;	  /* the last of them has not ended */
	bool in_lap;
	uint64_t lap[1 + CACHE_EVENTS]; /* instructions and events before the lap, in this window */
} plugin = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int complain(const char *what, const char *subject)
{
	fprintf(stderr, "kab-plugin: %s \"%s\": %s\n", what, subject, strerror(errno));
	return -1;
}

/*
 * Windows.
 */

/* The blocks that a virtual CPU has executed; addresses as differences. */
static uint64_t write_blocks(struct block *const *sorted, unsigned int vcpu)
{
	uint64_t last = 0, total = 0;

	fprintf(plugin.out, "vcpu %u\n", vcpu);
	for (size_t i = 0; i < plugin.blocks.count; i++) {
		const struct block *b = sorted[i];
		const struct tally *now = &b->tally[vcpu], *before = &b->before[vcpu];
		uint64_t count = now->count - before->count;

		if (!count && !cache_used(now, before))
			continue;
		fprintf(plugin.out, "%" PRIx64 " %" PRIx32 " %" PRIx64, b->address - last, b->insns,
			count);
		if (cache_wanted())
			cache_write(plugin.out, now, before);
		fputc('\n', plugin.out);
		last = b->address;
		total += count * b->insns;
	}
	return total;
}

static void write_window(const char *state)
{
	struct block **sorted = blocks_sorted(&plugin.blocks);
	uint64_t total = 0;

	cache_settle();
	fprintf(plugin.out, "window %" PRIu64 "\n", plugin.windows - 1);
	for (unsigned int v = 0; v < plugin.blocks.vcpus; v++)
		total += write_blocks(sorted, v);
	calls_write(plugin.out);
	fprintf(plugin.out, "%s %" PRIu64 "\n", state, total);
	free(sorted);
}

/* What has happened in this window so far: instructions, then events of the caches. */
static void add_up(uint64_t *totals)
{
	const struct blocks *all = &plugin.blocks;

	cache_settle();
	memset(totals, 0, (1 + CACHE_EVENTS) * sizeof(*totals));
	for (size_t i = 0; i < all->bucket_count; i++) {
		for (const struct block *b = all->buckets[i]; b; b = b->next) {
			totals[0] += (b->tally[0].count - b->before[0].count) * b->insns;
			cache_add(&b->tally[0], &b->before[0], totals + 1);
		}
	}
}

static void on_lap_begin(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	plugin.in_lap = plugin.open;
	if (plugin.in_lap)
		add_up(plugin.lap);
}

static void on_lap_end(unsigned int vcpu, void *data)
{
	uint64_t totals[1 + CACHE_EVENTS];

	(void)vcpu;
	(void)data;
	if (!plugin.in_lap)
		return;
	plugin.in_lap = false;
	add_up(totals);
	fputs("lap", plugin.out);
	for (size_t i = 0; i < 1 + CACHE_EVENTS; i++)
		fprintf(plugin.out, " %" PRIx64, totals[i] - plugin.lap[i]);
	fputc('\n', plugin.out);
}

static void on_begin(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	pthread_mutex_lock(&plugin.lock);
	if (plugin.open)
		write_window("nested");
	plugin.open = true;
	plugin.in_lap = false;
	plugin.windows++;
	cache_settle();
	blocks_mark(&plugin.blocks);
	calls_begin();
	pthread_mutex_unlock(&plugin.lock);
}

static void on_end(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	pthread_mutex_lock(&plugin.lock);
	if (plugin.open)
		write_window("end");
	else
		fputs("stray\n", plugin.out);
	plugin.open = false;
	pthread_mutex_unlock(&plugin.lock);
}

/*
 * Translation.
 */
static void on_block(unsigned int vcpu, void *data)
{
	struct block *b = data;

	b->tally[vcpu].count++;
}

static const struct mark {
	void (*cb)(unsigned int vcpu, void *data);
	uint32_t magic;
	bool cache; /* only with the model of caches */
} marks[] = {
	{ on_begin, WINDOW_BEGIN, false },
	{ on_end, WINDOW_END, false },
	{ on_lap_begin, LAP_BEGIN, true },
	{ on_lap_end, LAP_END, true },
};

static void look_for_mark(struct qemu_plugin_insn *insn)
{
	const char *bytes = qemu_plugin_insn_data(insn);
	uint32_t magic;

	if (qemu_plugin_insn_size(insn) != WINDOW_MARK_LEN ||
	    memcmp(bytes, WINDOW_PREFIX, WINDOW_PREFIX_LEN) != 0)
		return;
	memcpy(&magic, bytes + WINDOW_PREFIX_LEN, sizeof(magic));
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (marks[i].magic == magic && (!marks[i].cache || cache_wanted()))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, marks[i].cb,
							       QEMU_PLUGIN_CB_NO_REGS, NULL);
}

/*
 * An instruction that crosses the end of a page is taken out of a block again, unless it is the
 * first, and begins one of its own; QEMU 7.2 still lists it. What is known of it then are the
 * bytes in front of the end of the page, so it cannot be told by its length.
 */
static bool may_be_dropped(const struct qemu_plugin_tb *tb, size_t count)
{
	uint64_t address;

	if (count < 2)
		return false;
	address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, count - 1));
	return address % PAGE > PAGE - INSN_LEN_MAX;
}

static struct block *get_block(uint64_t address, size_t insns, uint32_t hash)
{
	struct block *b;

	pthread_mutex_lock(&plugin.lock);
	b = blocks_get(&plugin.blocks, address, (uint32_t)insns, hash);
	pthread_mutex_unlock(&plugin.lock);
	return b;
}

/* Code that has been taken out of a block takes its counting with it. */
static void count_insn(struct qemu_plugin_insn *insn)
{
	uint32_t hash = blocks_hash(BLOCKS_HASH + 1, qemu_plugin_insn_data(insn),
				    qemu_plugin_insn_size(insn));
	struct block *b = get_block(qemu_plugin_insn_vaddr(insn), 1, hash);

	calls_count(insn);
	cache_translate_insn(insn, &b->tally[0]);
	if (plugin.blocks.vcpus == 1)
		qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64,
							   &b->tally[0].count, 1);
	else
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_block, QEMU_PLUGIN_CB_NO_REGS, b);
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	size_t count = qemu_plugin_tb_n_insns(tb);
	uint32_t hash = BLOCKS_HASH;
	struct block *b;

	(void)id;
	for (size_t i = 0; i < count; i++)
		look_for_mark(qemu_plugin_tb_get_insn(tb, i));
	/* The last one counts by itself where it is not certain that it belongs to the block. */
	if (may_be_dropped(tb, count))
		count_insn(qemu_plugin_tb_get_insn(tb, --count));
	for (size_t i = 0; i < count; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		hash = blocks_hash(hash, qemu_plugin_insn_data(insn), qemu_plugin_insn_size(insn));
	}
	b = get_block(qemu_plugin_tb_vaddr(tb), count, hash);
	calls_translate(tb, count);
	cache_translate(tb, count, &b->tally[0]);
	if (plugin.blocks.vcpus == 1)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
							 &b->tally[0].count, 1);
	else
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, b);
}

/*
 * Beginning and end.
 */

/* "done" tells a whole file from one that a full disk or a killed QEMU cut. */
static void on_exit_of_qemu(qemu_plugin_id_t id, void *data)
{
	(void)id;
	(void)data;
	pthread_mutex_lock(&plugin.lock);
	if (plugin.open)
		write_window("open");
	fputs("done\n", plugin.out);
	if (ferror(plugin.out) || fflush(plugin.out) != 0)
		(void)complain("cannot write", plugin.path);
	pthread_mutex_unlock(&plugin.lock);
}

static int open_output(const char *path)
{
	plugin.path = strdup(path);
	plugin.out = fopen(path, "we");
	if (!plugin.out)
		return complain("cannot create", path);
	fprintf(plugin.out, "kab-profile %d\n", FORMAT);
	return 0;
}

static void begin(qemu_plugin_id_t id)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
}

/*
 * The first code in the lower half of the addresses after the kernel's, which has the upper half,
 * is a program's; what runs there before are firmware and the kernel's decompressor. A reset
 * makes QEMU forget what it has translated.
 */
static void on_translate_early(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	static bool kernel, began;

	cache_find_memory(qemu_plugin_tb_get_insn(tb, 0));
	if (qemu_plugin_tb_vaddr(tb) >> 63) {
		kernel = true;
	} else if (kernel && !began) {
		began = true;
		qemu_plugin_reset(id, begin);
	}
}

/* Until then: a machine that ends before has an empty profile. */
static void wait_for_program(qemu_plugin_id_t id)
{
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate_early);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
}

static int take_option(const char *option)
{
	int taken = cache_option(option);

	if (taken != 0)
		return taken < 0 ? -1 : 0;
	if (!strncmp(option, "out=", 4))
		return open_output(option + 4);
	if (!strncmp(option, "calls=", 6))
		return calls_open(option + 6);
	fprintf(stderr, "kab-plugin: unknown option \"%s\"\n", option);
	return -1;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	if (!info->system_emulation || strcmp(info->target_name, "x86_64") != 0) {
		fputs("kab-plugin: it is for machines with x86-64\n", stderr);
		return -1;
	}
	if (argc == 1 && !strcmp(argv[0], "probe=on"))
		_exit(0);
	for (int i = 0; i < argc; i++)
		if (take_option(argv[i]) < 0)
			return -1;
	if (!plugin.out) {
		fputs("kab-plugin: it needs \"out=FILE\"\n", stderr);
		return -1;
	}
	plugin.blocks.vcpus = (unsigned int)info->system.smp_vcpus;
	if (cache_open() < 0)
		return -1;
	if ((calls_wanted() || cache_wanted()) && plugin.blocks.vcpus != 1) {
		fputs("kab-plugin: calls and caches need a machine with one CPU\n", stderr);
		return -1;
	}
	cache_write_model(plugin.out);
	/* The graph has to have seen where each stack begins. */
	if (calls_wanted() || plugin.blocks.vcpus != 1)
		begin(id);
	else
		wait_for_program(id);
	return 0;
}
