// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads and unloads the mpt3sas driver, over and over: the chain pool is allocated at the one and
 * freed at the other, and 6.1 searches a list of its pages for each block that is freed.
 *
 * Parameters:
 *	loops			of loading and unloading (1)
 *	enough_ms		no further loop when unloading has taken so long in all of them
 *	max_sgl_entries		of the driver; left out when it is not given
 *	depths			max_queue_depth of the driver, one after the other, joined by commas:
 *				the metrics then carry the number of chain segments in their names
 *	max_queue_depth		of the driver; not together with depths
 *	chains			segments that the pool must hold; not checked when left out
 *	interrupts		that each load must take; likewise
 *	disks			that each load must find (0)
 *	reset			1: reset each disk, and then the adapter, before fio runs
 *	fragment_mib		memory to make holes of a page in before fio runs, so that its buffers
 *				lie scattered and requests need many segments
 *	leave			1: load once more at the end, and stay loaded for the shutdown
 * A workload with a fio job has it run in the last loop, over the disks as the job names them.
 *
 * A probe that half failed prints the same success as a whole one, so what the driver says, its
 * pool, its interrupts and its disks are checked at each load.
 */
#include "mpt3sas.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <scsi/sg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "driver.h"
#include "file.h"
#include "kmsg.h"
#include "modules.h"
#include "results.h"

#define MODULE	 "mpt3sas"
#define PATH	 MODULES_WORKLOAD "/" MODULE ".ko"
#define DEVICES	 "/sys/bus/pci/drivers/" MODULE
#define DISKS	 "/sys/class/block"
#define NS_IN_MS 1000000
#define PAGE	 4096

/* Arguments of SG_SCSI_RESET (include/scsi/sg.h of the kernel; glibc has but some), each without
 * going on to the next when it fails. */
enum {
	RESET_DEVICE = 0x101,
	RESET_HOST = 0x103,
	RESET_TARGET = 0x104,
};

/* One series of loops with the same parameters. */
struct series {
	struct task *task;
	struct json_object *parameters;
	const char *depth; /* or NULL */
	int kmsg;
	bool named; /* metrics carry the number of segments */
	bool run_fio;
	int64_t round;	   /* of loading and unloading */
	uint64_t spent_ns; /* in unloading */
	uint64_t blocks;   /* of the driver's pool that were allocated, in all rounds */
};

static int64_t parameter(const struct series *s, const char *name, int64_t otherwise)
{
	return spec_int(s->parameters, name, otherwise);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/*
 * Some of what a driver waits for when it is loaded or unloaded comes with the next tick of the
 * kernel's clock, so that a step takes whole ticks. With each round begun at another phase of the
 * tick, the median of the rounds is the time itself and half a tick.
 */
static void wait_for_phase(const struct series *s, int64_t round)
{
	const struct timespec short_time = { 0, 1000000 };
	struct timespec tick;
	uint64_t begin;

	if (parameter(s, "loops", 1) == 1 || clock_getres(CLOCK_MONOTONIC_COARSE, &tick) < 0)
		return;
	(void)nanosleep(&short_time, NULL); /* ends with a tick */
	begin = now_ns();
	while (now_ns() - begin <
	       (uint64_t)tick.tv_nsec * (uint64_t)round / (uint64_t)parameter(s, "loops", 1))
		;
}

/*
 * What the driver shows.
 */
int chain_pool_parse(const char *pools, struct chain_pool *p)
{
	static const char name[] = "\nchain pool ";
	uint64_t *const fields[] = { &p->used, &p->blocks, &p->size, &p->pages };
	const char *at = strstr(pools, name);
	char *end;

	if (!at)
		return -1;
	at += strlen(name);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++, at = end) {
		*fields[i] = strtoull(at, &end, 10);
		if (end == at)
			return -1;
	}
	return 0;
}

/* " 24:   21   0   PCI-MSI 32768-edge   mpt3sas0-msix0": the numbers behind the colon. */
static uint64_t line_interrupts(const char *line)
{
	uint64_t sum = 0;
	char *end;

	line += strcspn(line, ":\n");
	for (line += *line == ':'; *line == ' '; line = end) {
		line += strspn(line, " ");
		if (!isdigit((unsigned char)*line))
			break;
		sum += strtoull(line, &end, 10);
	}
	return sum;
}

uint64_t interrupts_parse(const char *interrupts, const char *driver)
{
	uint64_t sum = 0;

	for (const char *line = interrupts; *line;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		const char *name = strstr(line, driver);

		if (name && name < line + strcspn(line, "\n"))
			sum += line_interrupts(line);
	}
	return sum;
}

/* The pools of the first device that the driver has. */
static void read_pools(struct strbuf *out)
{
	struct strbuf path = STRBUF_INIT;
	DIR *dir = opendir(DEVICES);
	struct dirent *entry;

	while (dir && !path.len && (entry = readdir(dir)))
		if (strchr(entry->d_name, ':'))
			strbuf_addf(&path, DEVICES "/%s/pools", entry->d_name);
	if (dir)
		closedir(dir);
	if (path.len)
		(void)read_file(path.data, out);
	strbuf_release(&path);
}

static int is_disk(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "sd", 2);
}

static uint64_t count_disks(void)
{
	struct dirent **entries = NULL;
	int count = scandir(DISKS, &entries, is_disk, alphasort);

	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return count > 0 ? (uint64_t)count : 0;
}

/*
 * Checks of a load.
 */
static int check_words(struct series *s, const char *said)
{
	static const char *const once[] = { "FWVersion(", "port enable: SUCCESS" };
	int ret = 0;

	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++)
		if (kmsg_count(said, once[i]) != 1)
			ret = task_fail(s->task, "check-failed",
					"the driver said \"%s\" %u times instead of once", once[i],
					kmsg_count(said, once[i]));
	return ret;
}

/* A count against a parameter, if that is given. */
static int check_parameter(struct series *s, const char *name, uint64_t got)
{
	int64_t want = parameter(s, name, -1);

	return want < 0 ? 0 : result_check(s->task, name, got, (uint64_t)want);
}

static void add_metric(struct series *s, const char *name, const struct chain_pool *pool,
		       const char *unit, uint64_t num, uint64_t den)
{
	struct strbuf metric = STRBUF_INIT;

	strbuf_adds(&metric, name);
	if (s->named)
		strbuf_addf(&metric, "_%" PRIu64, pool->used);
	strbuf_addf(&metric, "%s%s", *unit ? "_" : "", unit);
	result_add(s->task, metric.data, *unit ? unit : "1", "lower", num, den);
	strbuf_release(&metric);
}

static int check_load(struct series *s, struct chain_pool *pool)
{
	struct strbuf said = STRBUF_INIT, pools = STRBUF_INIT, interrupts = STRBUF_INIT;
	int ret;

	kmsg_read(s->kmsg, &said);
	read_pools(&pools);
	(void)read_file("/proc/interrupts", &interrupts);
	ret = check_words(s, said.data);
	if (chain_pool_parse(pools.data, pool) < 0)
		ret = task_fail(s->task, "check-failed", "the driver shows no chain pool");
	else if (!s->depth && check_parameter(s, "chains", pool->used) < 0)
		ret = -1;
	if (check_parameter(s, "interrupts", interrupts_parse(interrupts.data, MODULE)) < 0 ||
	    result_check(s->task, "disks", count_disks(), (uint64_t)parameter(s, "disks", 0)) < 0)
		ret = -1;
	strbuf_release(&said);
	strbuf_release(&pools);
	strbuf_release(&interrupts);
	return ret;
}

/*
 * Steps of a loop.
 */
static void module_parameters(const struct series *s, struct strbuf *out)
{
	int64_t entries = parameter(s, "max_sgl_entries", 0);
	int64_t depth = parameter(s, "max_queue_depth", 0);

	if (entries)
		strbuf_addf(out, "max_sgl_entries=%" PRId64 " ", entries);
	if (s->depth)
		strbuf_addf(out, "max_queue_depth=%s", s->depth);
	else if (depth)
		strbuf_addf(out, "max_queue_depth=%" PRId64, depth);
}

static int load(struct series *s, struct chain_pool *pool)
{
	struct strbuf params = STRBUF_INIT, old = STRBUF_INIT;
	uint64_t begin, ns;
	int ret;

	module_parameters(s, &params);
	kmsg_read(s->kmsg, &old); /* what was said before is not this load's */
	wait_for_phase(s, s->round);
	begin = now_ns();
	ret = module_load(PATH, params.data);
	ns = now_ns() - begin;
	if (ret < 0)
		(void)task_fail(s->task, "workload-failed", "cannot load '" PATH "' with '%s': %s",
				params.data, strerror(errno));
	else
		ret = check_load(s, pool);
	if (ret == 0)
		add_metric(s, "modprobe", pool, "ms", ns, NS_IN_MS);
	strbuf_release(&params);
	strbuf_release(&old);
	return ret;
}

static int unload(struct series *s, const struct chain_pool *pool)
{
	uint64_t begin, ns;
	int ret;

	wait_for_phase(s, s->round);
	begin = now_ns();
	ret = module_unload(MODULE);
	ns = now_ns() - begin;
	if (ret < 0)
		return task_fail(s->task, "workload-failed", "cannot unload '" MODULE "': %s",
				 strerror(errno));
	s->spent_ns += ns;
	add_metric(s, "rmmod", pool, "ms", ns, NS_IN_MS);
	return 0;
}

/* The same task management and host reset that the SCSI layer's error handling would end with. */
static int reset_disk(struct series *s, const char *disk)
{
	static const int steps[] = { RESET_DEVICE, RESET_TARGET };
	struct strbuf path = STRBUF_INIT;
	int fd, ret = 0;

	strbuf_addf(&path, "/dev/%s", disk);
	fd = open(path.data, O_RDWR | O_CLOEXEC);
	for (size_t i = 0; fd >= 0 && ret == 0 && i < sizeof(steps) / sizeof(steps[0]); i++)
		ret = ioctl(fd, SG_SCSI_RESET, &steps[i]);
	if (fd < 0 || ret < 0)
		ret = task_fail(s->task, "check-failed", "'%s': reset: %s", path.data,
				strerror(errno));
	if (fd >= 0)
		close(fd);
	strbuf_release(&path);
	return ret;
}

static int reset_host(struct series *s)
{
	static const int step = RESET_HOST;
	int fd = open("/dev/sda", O_RDWR | O_CLOEXEC);
	int ret = fd < 0 ? -1 : ioctl(fd, SG_SCSI_RESET, &step);

	if (ret < 0)
		(void)task_fail(s->task, "check-failed", "reset of the adapter: %s",
				strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}

static int reset_all(struct series *s)
{
	struct dirent **entries = NULL;
	int count = scandir(DISKS, &entries, is_disk, alphasort), ret = 0;

	for (int i = 0; i < count; i++) {
		if (ret == 0)
			ret = reset_disk(s, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return ret == 0 ? reset_host(s) : ret;
}

/*
 * Every other page of a mapping is given back. The allocator cannot join them again, and hands
 * them out first: what is allocated next lies in single pages, as on a machine that has run long.
 */
static void *make_holes(size_t bytes)
{
	char *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	for (size_t at = 0; map != MAP_FAILED && at < bytes; at += 2 * (size_t)PAGE)
		(void)madvise(map + at, PAGE, MADV_DONTNEED);
	return map;
}

static int run_fio(struct series *s)
{
	size_t bytes = (size_t)parameter(s, "fragment_mib", 0) << 20;
	void *map = bytes ? make_holes(bytes) : MAP_FAILED;
	int ret;

	if (bytes && map == MAP_FAILED)
		return task_fail(s->task, "workload-failed", "no memory to make holes in: %s",
				 strerror(errno));
	ret = fio_driver.measure(s->task);
	if (map != MAP_FAILED)
		munmap(map, bytes);
	return ret;
}

static int loop(struct series *s, bool last)
{
	struct chain_pool pool = { 0 };

	if (load(s, &pool) < 0)
		return -1;
	s->blocks += pool.blocks;
	add_metric(s, "pool_pages", &pool, "", pool.pages, 1);
	add_metric(s, "pool_blocks", &pool, "", pool.blocks, 1);
	if (last && parameter(s, "reset", 0) && reset_all(s) < 0)
		return -1;
	if (last && s->run_fio && run_fio(s) < 0)
		return -1;
	return unload(s, &pool);
}

static int run_series(struct series *s)
{
	int64_t loops = parameter(s, "loops", 1);
	uint64_t enough_ns = (uint64_t)parameter(s, "enough_ms", INT32_MAX) * NS_IN_MS;

	s->spent_ns = 0;
	for (s->round = 0; s->round < loops && s->spent_ns < enough_ns; s->round++)
		if (loop(s, s->round == loops - 1) < 0)
			return -1;
	return 0;
}

static int run_depths(struct series *s, const char *depths)
{
	struct strbuf depth = STRBUF_INIT;
	int ret = 0;

	s->named = true;
	for (; ret == 0 && *depths; depths += *depths == ',') {
		strbuf_reset(&depth);
		strbuf_add(&depth, depths, strcspn(depths, ","));
		depths += depth.len;
		s->depth = depth.data;
		ret = run_series(s);
	}
	s->depth = NULL;
	strbuf_release(&depth);
	return ret;
}

/* What is loaded at the end is still there when the machine goes down. */
static int stay_loaded(struct series *s)
{
	struct chain_pool pool = { 0 };

	if (load(s, &pool) < 0)
		return -1;
	s->blocks += pool.blocks;
	result_fact(s->task, "shutdown", "with the driver loaded");
	return 0;
}

/*
 * The driver.
 */
static bool has_fio(const struct task *t)
{
	return spec_get(t->spec, "fio", json_type_string) != NULL;
}

static int prepare(struct task *t)
{
	return has_fio(t) ? fio_driver.prepare(t) : 0;
}

static int measure(struct task *t)
{
	struct series s = { .task = t,
			    .parameters = spec_get(t->spec, "parameters", json_type_object),
			    .kmsg = kmsg_open(),
			    .run_fio = has_fio(t) };
	const char *depths = spec_str(s.parameters, "depths", "");
	int ret;

	if (s.kmsg < 0)
		return task_fail(t, "workload-failed", "'/dev/kmsg': %s", strerror(errno));
	ret = *depths ? run_depths(&s, depths) : run_series(&s);
	if (ret == 0 && parameter(&s, "leave", 0))
		ret = stay_loaded(&s);
	/* What a loading and unloading is made of; fio counts its own operations. */
	if (ret == 0 && !s.run_fio && s.blocks)
		result_fact(t, "operation", "block %" PRIu64, s.blocks);
	close(s.kmsg);
	return ret;
}

static int report(struct task *t)
{
	int ret = 0;

	if (has_fio(t) && (!t->failure.len || t->status) && fio_driver.report(t) < 0)
		ret = -1;
	return results_send(t) < 0 ? -1 : ret;
}

/* After a failure the driver may be loaded still, and stays: its state is worth more. */
static void finish(struct task *t)
{
	if (has_fio(t))
		fio_driver.finish(t);
}

const struct driver mpt3sas_driver = {
	.name = "mpt3sas",
	.prepare = prepare,
	.measure = measure,
	.report = report,
	.finish = finish,
};
