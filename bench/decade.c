// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * decade DATABASE FIRST COUNT: adds nights number FIRST ... FIRST + COUNT - 1 to a database, as a
 * plan of three kernels and 60 metrics would leave them: small changes every night, as of a branch
 * that moves, a step in one metric of a hundred nights, and a failed boot now and then. The same
 * arguments give the same nights.
 */
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "db/store.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/random.h"

#define KERNELS	  3
#define WORKLOADS 4
#define METRICS	  15
#define DAY	  86400
#define EPOCH	  1451606400 /* 2016-01-01 */
#define FAILED	  97	     /* every so many nights */

static const char *const specs[KERNELS] = { "linux-6.1", "linux-6.1+mempool-bulk",
					    "linux-6.1+dmcrypt-compound" };
static const char *const workloads[WORKLOADS] = { "dmcrypt-1m", "dmcrypt-4k", "dmcrypt-1m-aes",
						  "dmcrypt-4k-aes" };
static const struct {
	const char *name, *unit, *better;
	double level;
	int headline;
} metrics[METRICS] = {
	{ "write_iops", "1/s", "higher", 1349, 1 },
	{ "write_bw_kib", "KiB/s", "higher", 1381000, 0 },
	{ "write_slat_mean_ns", "ns", "lower", 739000, 1 },
	{ "write_slat_p50_ns", "ns", "lower", 730000, 0 },
	{ "write_slat_p99_ns", "ns", "lower", 790000, 0 },
	{ "write_slat_p99_9_ns", "ns", "lower", 880000, 0 },
	{ "write_clat_mean_ns", "ns", "lower", 94000000, 1 },
	{ "write_clat_p50_ns", "ns", "lower", 93000000, 0 },
	{ "write_clat_p99_ns", "ns", "lower", 104000000, 0 },
	{ "write_clat_p99_9_ns", "ns", "lower", 121000000, 0 },
	{ "write_lat_mean_ns", "ns", "lower", 95000000, 0 },
	{ "write_lat_p50_ns", "ns", "lower", 94000000, 0 },
	{ "write_lat_p99_ns", "ns", "lower", 105000000, 0 },
	{ "write_lat_p99_9_ns", "ns", "lower", 122000000, 0 },
	{ "vm_pgalloc_normal", "pages", "lower", 262144, 0 },
};

static sqlite3 *sqlite;
static sqlite3_stmt *add_sample;

/* A tool of the benchmarks ends when something is wrong. */
#define die(...)                    \
	do {                        \
		error(__VA_ARGS__); \
		exit(1);            \
	} while (0)

static void sql(const char *statement)
{
	if (sqlite3_exec(sqlite, statement, NULL, NULL, NULL) != SQLITE_OK)
		die("sqlite: %s", sqlite3_errmsg(sqlite));
}

/* The level of a figure in a night: what all steps up to it have made of it. */
static double level(size_t night, size_t kernel, size_t workload, size_t metric)
{
	double v = metrics[metric].level * (1 + 0.07 * (double)workload) *
		   (kernel == 1 ? 0.91 : 1) * (kernel == 2 ? 0.95 : 1);

	for (size_t step = 1; step <= night / 100; step++) {
		struct random r = { .state = step * 7919 };

		if ((size_t)(random_uniform(&r) * WORKLOADS * METRICS) ==
		    workload * METRICS + metric)
			v *= random_uniform(&r) < 0.5 ? 0.96 : 1.03;
	}
	return v;
}

static void add_run(const char *run, size_t night, size_t kernel)
{
	struct random r = { .state = night * KERNELS + kernel };

	for (size_t w = 0; w < WORKLOADS; w++)
		for (size_t m = 0; m < METRICS; m++) {
			double noise = 0.0002 * (random_uniform(&r) + random_uniform(&r) - 1);

			sqlite3_bind_text(add_sample, 1, run, -1, SQLITE_STATIC);
			sqlite3_bind_text(add_sample, 2, workloads[w], -1, SQLITE_STATIC);
			sqlite3_bind_text(add_sample, 3, metrics[m].name, -1, SQLITE_STATIC);
			sqlite3_bind_text(add_sample, 4, metrics[m].unit, -1, SQLITE_STATIC);
			sqlite3_bind_text(add_sample, 5, metrics[m].better, -1, SQLITE_STATIC);
			sqlite3_bind_int(add_sample, 6, metrics[m].headline);
			sqlite3_bind_double(add_sample, 7,
					    level(night, kernel, w, m) * (1 + noise));
			if (sqlite3_step(add_sample) != SQLITE_DONE)
				die("sqlite: %s", sqlite3_errmsg(sqlite));
			sqlite3_reset(add_sample);
		}
}

static void add_kernel(const char *session, const char *started, size_t night, size_t kernel)
{
	char *run = xasprintf("%s/%03zu", session, kernel + 1);
	char *text = xasprintf(
		"INSERT INTO arm VALUES ('%s', %zu, '%s', '%064zx', '6.1.%zu', 'linux-6.1 (6.1.%zu-1)',"
		" '%s', 'gcc 12.2.0', '%064zx', '%064zx');"
		"INSERT INTO run (id, session, arm, boot, started)"
		" VALUES ('%s', '%s', %zu, 1, '%s');",
		session, kernel, specs[kernel], night / 14 * KERNELS + kernel + 1, night / 14,
		night / 14, kernel ? specs[kernel] + 10 : "", kernel + 1,
		night / 14 * KERNELS + kernel + 1, run, session, kernel, started);

	sql(text);
	free(text);
	for (size_t w = 0; w < WORKLOADS; w++) {
		text = xasprintf(
			"INSERT INTO workload VALUES ('%s', %zu, '%s', 'encrypted ramdisk');"
			"INSERT INTO comparison SELECT '%s', %zu, 0, '%s' WHERE %zu > 0;",
			run, w, workloads[w], session, kernel, workloads[w], kernel);
		sql(text);
		free(text);
	}
	text = xasprintf("INSERT INTO environment VALUES ('%s', 'qemu.version', '7.2.22')", run);
	sql(text);
	free(text);
	if (night % FAILED == FAILED - 1 && kernel == 2) {
		text = xasprintf("INSERT INTO finding VALUES ('%s', 0, '', 'panic', 'failure',"
				 " 'Kernel panic - not syncing: generated')",
				 run);
		sql(text);
		free(text);
	} else {
		add_run(run, night, kernel);
	}
	free(run);
}

static void add_night(size_t night)
{
	time_t at = EPOCH + (time_t)night * DAY + 3600;
	struct tm tm;
	char started[32], stamp[32], *session, *text;

	gmtime_r(&at, &tm);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	session = xasprintf("%s-%08zx", stamp, night);
	text = xasprintf("INSERT INTO session VALUES ('%s', 'decade', 'det', 'instruction')",
			 session);
	sql(text);
	for (size_t k = 0; k < KERNELS; k++)
		add_kernel(session, started, night, k);
	free(text);
	free(session);
}

int main(int argc, char **argv)
{
	struct db *db;

	if (argc != 4)
		die("decade DATABASE FIRST COUNT");
	db = db_open(argv[1]); /* makes the tables */
	if (!db)
		return 1;
	db_close(db);
	if (sqlite3_open(argv[1], &sqlite) != SQLITE_OK)
		die("cannot open \"%s\"", argv[1]);
	sql("PRAGMA synchronous = OFF; BEGIN");
	if (sqlite3_prepare_v2(sqlite, "INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?)", -1,
			       &add_sample, NULL) != SQLITE_OK)
		die("sqlite: %s", sqlite3_errmsg(sqlite));
	for (size_t i = 0; i < strtoul(argv[3], NULL, 10); i++)
		add_night(strtoul(argv[2], NULL, 10) + i);
	sqlite3_finalize(add_sample);
	sql("COMMIT");
	sqlite3_close(sqlite);
	db = db_open(argv[1]); /* completes what only the rows say */
	db_close(db);
	return db ? 0 : 1;
}
