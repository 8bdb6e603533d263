// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "collectors/collect.h"
#include "db/query.h"
#include "db/store.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strbuf.h"

#define COMMITTED_RUNS "tests/data/runs"

/* A folder of its own for each test, and the database in it. */
struct place {
	char dir[64];
	char *db;
};

static int setup(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));

	snprintf(p->dir, sizeof(p->dir), "/tmp/kab-test-store-XXXXXX");
	if (!mkdtemp(p->dir))
		return -1;
	p->db = xasprintf("%s/kab.db", p->dir);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	int ret = dir_remove(p->dir);

	free(p->db);
	free(p);
	return ret;
}

static void make_run(struct rundir *run, struct rundir_workload *workload, const char *id,
		     int64_t arm)
{
	*workload =
		(struct rundir_workload){ .name = (char *)"dmcrypt-1m", .title = (char *)"1 MiB" };
	*run = (struct rundir){
		.path = (char *)"run",
		.id = (char *)id,
		.session = (char *)"S",
		.plan = (char *)"nightly",
		.started = (char *)"2026-11-20T19:00:00Z",
		.target = (char *)"det",
		.clock = (char *)"instruction",
		.arm = arm,
		.boot = 1,
		.kernel_spec = (char *)(arm ? "linux-6.1+x" : "linux-6.1"),
		.kernel_id = (char *)(arm ? "bb" : "aa"),
		.kernel_release = (char *)"6.1.192",
		.image_sha256 = (char *)"cc",
		.config_sha256 = (char *)"dd",
		.compiler = (char *)"gcc",
		.source = (char *)"linux-6.1 (6.1.192-2)",
		.series = (char *)(arm ? "x" : ""),
		.workloads = workload,
		.workload_count = 1,
	};
}

static void make_observations(struct observations *o, double iops)
{
	*o = (struct observations){ 0 };
	assert_int_equal(observe_sample(o, "dmcrypt-1m", "write_iops", "1/s", BETTER_HIGHER, iops),
			 0);
	observe_bin(o, "dmcrypt-1m", "write_clat", 1000, 5);
	observe_bin(o, "dmcrypt-1m", "write_clat", 2000, UINT64_C(1) << 40);
	observe_finding(o, "", "warning", SEVERITY_WARNING, "WARNING: '; DROP TABLE run; --");
	observe_fact(o, "host.cpu", "first");
	observe_fact(o, "host.cpu", "second");
}

static int store(struct db *db, const char *id, int64_t arm, double iops)
{
	struct rundir_workload workload;
	struct observations o;
	struct rundir run;
	int ret;

	make_run(&run, &workload, id, arm);
	make_observations(&o, iops);
	ret = db_store_run(db, &run, &o);
	observations_release(&o);
	return ret;
}

/* Every row of every table, in the order of the tables' names and of the rows' text. */
static char *dump(const char *path)
{
	struct strbuf out = STRBUF_INIT;
	sqlite3_stmt *tables, *rows;
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT name FROM sqlite_schema WHERE type = 'table'"
					    " ORDER BY name",
					    -1, &tables, NULL),
			 SQLITE_OK);
	while (sqlite3_step(tables) == SQLITE_ROW) {
		char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", sqlite3_column_text(tables, 0));

		strbuf_addf(&out, "%s\n", (const char *)sqlite3_column_text(tables, 0));
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &rows, NULL), SQLITE_OK);
		while (sqlite3_step(rows) == SQLITE_ROW) {
			for (int i = 0; i < sqlite3_column_count(rows); i++)
				strbuf_addf(&out, "\t%s",
					    (const char *)sqlite3_column_text(rows, i));
			strbuf_addch(&out, '\n');
		}
		sqlite3_finalize(rows);
		sqlite3_free(sql);
	}
	sqlite3_finalize(tables);
	sqlite3_close(db);
	return strbuf_detach(&out);
}

static int64_t count(const char *path, const char *sql)
{
	sqlite3_stmt *stmt;
	sqlite3 *db;
	int64_t n;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return n;
}

static void exec(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_store(void **state)
{
	struct place *p = *state;
	struct db *db = db_open(p->db);

	assert_non_null(db);
	assert_false(db_has_run(db, "S/001"));
	assert_int_equal(store(db, "S/001", 0, 4000.0 / 3), 0);
	assert_true(db_has_run(db, "S/001"));
	db_close(db);
	assert_int_equal(count(p->db, "PRAGMA user_version"), 6);
	assert_int_equal(count(p->db, "PRAGMA application_id"), 0x4b414231);
	assert_int_equal(count(p->db, "SELECT count(*) FROM run"), 1);
	/* To the last bit. */
	assert_int_equal(count(p->db, "SELECT count(*) FROM sample"
				      " WHERE value * 3 = 4000.0 AND better = 'higher'"),
			 1);
	assert_int_equal(count(p->db, "SELECT value * 1099511627776 FROM sample"),
			 (int64_t)(4000.0 / 3 * 1099511627776));
	assert_int_equal(count(p->db, "SELECT count FROM histogram WHERE ns = 2000"),
			 INT64_C(1) << 40);
	assert_int_equal(count(p->db, "SELECT count(*) FROM finding WHERE message LIKE '%DROP%'"),
			 1);
	assert_int_equal(count(p->db, "SELECT value = 'first' FROM environment"), 1);
}

/* The content depends on what is stored, not on the order, nor on what was there before. */
static void test_order_does_not_matter(void **state)
{
	struct place *p = *state;
	char *other = xasprintf("%s/other.db", p->dir);
	struct db *db = db_open(p->db);
	char *one, *two;

	assert_non_null(db);
	assert_int_equal(store(db, "S/001", 0, 1), 0);
	assert_int_equal(store(db, "S/002", 1, 2), 0);
	assert_int_equal(store(db, "S/003", 0, 3), 0);
	db_close(db);
	db = db_open(other);
	assert_non_null(db);
	assert_int_equal(store(db, "S/003", 0, 99), 0);
	assert_int_equal(store(db, "S/002", 0, 99), 0); /* in the wrong arm, at first */
	assert_int_equal(store(db, "S/003", 0, 3), 0);
	assert_int_equal(store(db, "S/002", 1, 2), 0);
	assert_int_equal(store(db, "S/001", 0, 1), 0);
	db_close(db);
	one = dump(p->db);
	two = dump(other);
	assert_string_equal(one, two);
	assert_true(strlen(one) > 500);
	free(one);
	free(two);
	free(other);
}

/* Equal rows have one hash, another digit another one; what others wrote is hashed when it is opened. */
static void test_content(void **state)
{
	static const char same[] =
		"SELECT count(DISTINCT content) FROM run WHERE length(content) = 64";
	struct place *p = *state;
	struct db *db = db_open(p->db);
	char *first, *again;

	assert_non_null(db);
	assert_int_equal(store(db, "S/001", 0, 4000.0 / 3), 0);
	assert_int_equal(store(db, "S/002", 0, 4000.0 / 3), 0);
	db_close(db);
	assert_int_equal(count(p->db, same), 2); /* the id is part of it */
	first = dump(p->db);
	exec(p->db, "UPDATE run SET content = ''");
	assert_int_equal(count(p->db, same), 0);
	db = db_open(p->db);
	db_close(db);
	again = dump(p->db);
	assert_string_equal(first, again);
	free(again);
	/* The last bit counts. */
	db = db_open(p->db);
	assert_non_null(db);
	assert_int_equal(store(db, "S/001", 0, nextafter(4000.0 / 3, 0)), 0);
	db_close(db);
	again = dump(p->db);
	assert_string_not_equal(first, again);
	free(first);
	free(again);
}

static void test_rebuild(void **state)
{
	struct place *p = *state;
	struct db *db = db_open(p->db), *new;
	char *old, *text;
	struct capture c;

	assert_int_equal(store(db, "S/001", 0, 1), 0);
	/* Not while another kab writes. */
	capture_begin(&c, STDERR_FILENO);
	new = db_create_beside(p->db);
	text = capture_end(&c);
	assert_null(new);
	assert_non_null(strstr(text, "in use"));
	free(text);
	db_close(db);

	old = dump(p->db);
	new = db_create_beside(p->db);
	assert_non_null(new);
	assert_int_equal(store(new, "S/001", 0, 1), 0);
	text = dump(p->db);
	assert_string_equal(text, old); /* still the old one */
	free(text);
	assert_int_equal(db_install(new, true), 0);
	text = dump(p->db);
	assert_string_equal(text, old);
	free(text);
	free(old);

	new = db_create_beside(p->db);
	assert_non_null(new);
	db_close(new);
	assert_int_equal(count(p->db, "SELECT count(*) FROM run"), 1);
	text = xasprintf("%s.new", p->db);
	assert_false(file_exists(text));
	free(text);
	text = xasprintf("%s.old", p->db);
	assert_true(file_exists(text));
	free(text);
}

/* A process that was killed leaves its log behind, which must not get into the new database. */
static void test_rebuild_over_a_log(void **state)
{
	struct place *p = *state;
	char *wal = xasprintf("%s-wal", p->db);
	struct db *db;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		db = db_open(p->db);
		if (db && store(db, "S/001", 0, 1) == 0)
			raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_true(file_size(wal) > 0);
	/* What was stored is there. */
	db = db_open(p->db);
	assert_true(db_has_run(db, "S/001"));
	db_close(db);

	pid = fork();
	if (pid == 0) {
		db = db_open(p->db);
		if (db && store(db, "S/002", 1, 1) == 0)
			raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(file_size(wal) > 0);
	db = db_create_beside(p->db);
	assert_int_equal(store(db, "S/007", 0, 7), 0);
	assert_int_equal(db_install(db, true), 0);
	assert_false(file_exists(wal));
	assert_int_equal(count(p->db, "SELECT count(*) FROM run WHERE id = 'S/007'"), 1);
	assert_int_equal(count(p->db, "SELECT count(*) FROM run"), 1);
	free(wal);
}

static void test_contradiction(void **state)
{
	struct place *p = *state;
	struct db *db = db_open(p->db);
	struct rundir_workload workload, twice[2];
	struct observations o = { 0 };
	struct rundir run;
	struct capture c;
	char *before, *after;
	int other_kernel, other_clock, bad_clock, same_workload;

	assert_int_equal(store(db, "S/001", 0, 1), 0);
	before = dump(p->db);
	capture_begin(&c, STDERR_FILENO);
	make_run(&run, &workload, "S/002", 0);
	run.kernel_id = (char *)"ee";
	other_kernel = db_store_run(db, &run, &o);
	make_run(&run, &workload, "S/002", 0);
	run.clock = (char *)"wall";
	other_clock = db_store_run(db, &run, &o);
	run.clock = (char *)"sundial";
	bad_clock = db_store_run(db, &run, &o);
	make_run(&run, &workload, "S/002", 0);
	twice[0] = twice[1] = workload;
	run.workloads = twice;
	run.workload_count = 2;
	same_workload = db_store_run(db, &run, &o);
	free(capture_end(&c));
	assert_int_equal(other_kernel, 1);
	assert_int_equal(other_clock, 1);
	assert_int_equal(bad_clock, 1);
	assert_int_equal(same_workload, 1);
	after = dump(p->db);
	assert_string_equal(before, after);
	/* The last run of an arm may change what it says of it. */
	make_run(&run, &workload, "S/001", 0);
	run.kernel_id = (char *)"ee";
	assert_int_equal(db_store_run(db, &run, &o), 0);
	free(before);
	free(after);
	db_close(db);
}

/* Opens it both ways and expects both to complain of the same. */
static void assert_refused(const char *path, const char *why)
{
	struct capture c;
	struct db *db, *readonly;
	char *text;

	capture_begin(&c, STDERR_FILENO);
	readonly = db_open_readonly(path);
	text = capture_end(&c);
	assert_null(readonly);
	assert_non_null(strstr(text, why));
	free(text);
	capture_begin(&c, STDERR_FILENO);
	db = db_open(path);
	text = capture_end(&c);
	assert_null(db);
	assert_non_null(strstr(text, why));
	free(text);
}

static void test_not_a_database(void **state)
{
	struct place *p = *state;
	char junk[8192];

	memset(junk, 'x', sizeof(junk));
	assert_int_equal(file_write(p->db, junk, sizeof(junk)), 0);
	assert_refused(p->db, "kab collect --rebuild");
	assert_int_equal(file_size(p->db), sizeof(junk));
	/* That is the way out. */
	struct db *db = db_create_beside(p->db);

	assert_non_null(db);
	assert_int_equal(store(db, "S/001", 0, 1), 0);
	assert_int_equal(db_install(db, false), 0);
	assert_int_equal(count(p->db, "SELECT count(*) FROM run"), 1);
}

static void test_other_databases(void **state)
{
	struct place *p = *state;

	exec(p->db, "CREATE TABLE t (x)");
	assert_refused(p->db, "not one of kab");
	exec(p->db, "PRAGMA user_version = 999");
	assert_refused(p->db, "newer kab");
	assert_int_equal(count(p->db, "PRAGMA user_version"), 999);
}

static void fill(struct place *p, int runs)
{
	struct db *db = db_open(p->db);

	for (int i = 0; i < runs; i++) {
		char *id = xasprintf("S/%03d", i);

		assert_int_equal(store(db, id, 0, i), 0);
		free(id);
	}
	db_close(db);
}

static void test_truncated(void **state)
{
	struct place *p = *state;

	fill(p, 50);
	assert_true(file_size(p->db) > 8192);
	assert_int_equal(truncate(p->db, file_size(p->db) - 4096), 0);
	assert_refused(p->db, "damaged");
	assert_int_equal(truncate(p->db, 4096), 0);
	assert_refused(p->db, "damaged");
	assert_int_equal(truncate(p->db, 50), 0);
	assert_refused(p->db, "kab collect --rebuild");
}

/* Damage inside is met when it is read, and told in the same words. */
static void test_damaged_inside(void **state)
{
	struct place *p = *state;
	char junk[4096];
	struct capture c;
	struct db *db;
	int fd, ret;
	char *text;

	fill(p, 50);
	memset(junk, 0xa5, sizeof(junk));
	fd = open(p->db, O_WRONLY | O_CLOEXEC);
	for (off_t at = 4096; at < file_size(p->db); at += 4096)
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
	close(fd);
	capture_begin(&c, STDERR_FILENO);
	db = db_open(p->db);
	ret = db ? store(db, "S/new", 0, 1) : -1;
	db_close(db);
	text = capture_end(&c);
	assert_int_equal(ret, -1);
	assert_non_null(strstr(text, "is damaged; \"kab collect --rebuild\""));
	free(text);
}

/* A file system that takes no more: nothing is half stored, and what was there stays. */
static void test_no_space(void **state)
{
	struct place *p = *state;
	struct rlimit small = { 0 };
	int status;
	pid_t pid;
	char *before, *after;

	fill(p, 3);
	before = dump(p->db);
	pid = fork();
	if (pid == 0) {
		struct db *db = db_open(p->db);
		int stored = 0, ret = 0;

		small.rlim_cur = small.rlim_max = (rlim_t)file_size(p->db);
		close(STDERR_FILENO);
		if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &small) < 0)
			_exit(100);
		for (; ret == 0 && stored < 100; stored++) {
			char *id = xasprintf("S/9%02d", stored);

			ret = store(db, id, 0, 1);
			free(id);
		}
		db_close(db);
		_exit(ret == -1 ? stored : 101);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 100);
	/* One fewer than were tried, each with all of its rows. */
	assert_int_equal(count(p->db, "SELECT count(*) FROM run") - 3, WEXITSTATUS(status) - 1);
	assert_int_equal(count(p->db, "SELECT count(*) FROM histogram"),
			 2 * count(p->db, "SELECT count(*) FROM run"));
	exec(p->db, "PRAGMA foreign_keys = ON; DELETE FROM run WHERE id LIKE 'S/9%'");
	after = dump(p->db);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

/* Several kab processes at once, from before the database exists. */
static void test_concurrent(void **state)
{
	enum { PROCESSES = 6, RUNS = 5 };
	struct place *p = *state;
	pid_t pids[PROCESSES];
	int status;

	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct db *db = db_open(p->db);
			int ret = db ? 0 : -1;

			for (int k = 0; ret == 0 && k < RUNS; k++) {
				char *id = xasprintf("S/%d%02d", i, k);

				ret = store(db, id, i % 2, i);
				free(id);
			}
			db_close(db);
			_exit(ret ? 1 : 0);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	assert_int_equal(count(p->db, "SELECT count(*) FROM run"), PROCESSES * RUNS);
	assert_int_equal(count(p->db, "SELECT count(*) FROM histogram"), 2 * PROCESSES * RUNS);
}

static void test_missing_and_unreachable(void **state)
{
	struct place *p = *state;
	char *nowhere = xasprintf("%s/no/such/kab.db", p->dir);
	struct capture c;
	struct db *db, *readonly;
	char *text;

	capture_begin(&c, STDERR_FILENO);
	readonly = db_open_readonly(p->db);
	db = db_open(nowhere);
	text = capture_end(&c);
	assert_null(readonly);
	assert_null(db);
	assert_non_null(strstr(text, "no results yet"));
	assert_non_null(strstr(text, "No such file or directory"));
	assert_false(file_exists(p->db));
	free(text);
	free(nowhere);
}

/* The committed run directories give the same content in any order. */
static void replay(struct db *db, const char *path)
{
	struct observations o = { 0 };
	struct rundir run;

	assert_int_equal(rundir_open(&run, path), 0);
	assert_int_equal(collect(&run, &o), 0);
	assert_false(observations_failed(&o));
	assert_int_equal(db_store_run(db, &run, &o), 0);
	observations_release(&o);
	rundir_close(&run);
}

static void test_replay(void **state)
{
	struct place *p = *state;
	char *two = xasprintf("%s/two.db", p->dir);
	struct strvec paths = STRVEC_INIT;
	struct db_metrics metrics;
	struct db_sides sides;
	struct db *db;
	char *a, *b;

	assert_int_equal(rundir_list(COMMITTED_RUNS, &paths), 0);
	assert_true(paths.count >= 2);
	db = db_open(p->db);
	for (size_t i = 0; i < paths.count; i++)
		replay(db, paths.items[i]);
	assert_int_equal(db_sides(db, NULL, &sides), 0);
	assert_true(sides.count >= 2);
	for (size_t i = 0; i < sides.count; i++) {
		assert_int_equal(db_metrics(db, &sides.items[i], &metrics), 0);
		assert_true(metrics.count > 20);
		assert_true(metrics.items[0].headline);
		db_metrics_release(&metrics);
	}
	db_sides_release(&sides);
	db_close(db);
	/* A rebuild, in the other order. */
	db = db_create_beside(two);
	for (size_t i = paths.count; i > 0; i--)
		replay(db, paths.items[i - 1]);
	assert_int_equal(db_install(db, false), 0);
	a = dump(p->db);
	b = dump(two);
	assert_string_equal(a, b);
	free(a);
	free(b);
	free(two);
	strvec_release(&paths);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_store),
		TEST(test_order_does_not_matter),
		TEST(test_content),
		TEST(test_rebuild),
		TEST(test_rebuild_over_a_log),
		TEST(test_contradiction),
		TEST(test_not_a_database),
		TEST(test_other_databases),
		TEST(test_truncated),
		TEST(test_damaged_inside),
		TEST(test_no_space),
		TEST(test_concurrent),
		TEST(test_missing_and_unreachable),
		TEST(test_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
