// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "looks.h"
#include "manifest.h"
#include "matrix.h"
#include "profile.h"
#include "runner/kernel/symbols.h"
#include "runner/machine/host.h"
#include "runner/machine/layout.h"
#include "runner/machine/outcome.h"
#include "runner/machine/supervise.h"
#include "sessiondir.h"

#define RUN_BYTES  (8LL << 20) /* what a run directory may take on the disk */
#define PATIENCE   5
#define HBA_REPORT "hba.json"
/* What the model of caches may make of the time that a workload is given. */
#define CACHE_SLOWDOWN 8
#define TRIES	       3	     /* of a boot on a wall clock, until the host was quiet */
#define QEMU_BYTES     (512LL << 20) /* what QEMU takes beside the guest's memory */

/* A guest archive with its job, shared by all boots of a pair. */
struct job {
	char *archive;
	struct hash_hex sha256;
};

/* One cell on its way through supervise(). */
struct task {
	struct cell cell;
	struct layout layout;
	char *archive; /* padded, while it runs; NULL for the pair's own */
	char *path;    /* of the run directory */
	char *label;
	char *append;
	struct strvec argv;
	char *workloads[2];
	int64_t timeout_ms;
};

struct execution {
	struct matrix matrix;
	struct sessiondir dir;
	struct job *jobs; /* by pair */
	char **symbols;	  /* by pair, files to be copied into its runs; NULL without a profile */
	struct task *tasks;
	struct guest *guests; /* guests[i] is of tasks[i] */
	size_t count;
	size_t total; /* cells, with those that were complete before */
	size_t look;  /* 0: the plan is run whole */
	const struct session_events *events;
	int64_t started_ms;
	struct session_result *result;
};

/*
 * Jobs.
 */
static int write_job(struct execution *x, size_t index)
{
	const struct pair *pair = &x->matrix.pairs[index];
	const struct workload *w = &x->matrix.workloads[pair->workload];
	struct job *job = &x->jobs[index];
	struct json_object *json = workload_job(&w, 1, x->matrix.target->clock);
	int result = -1;

	job->archive = xasprintf("%s/%zu.cpio", x->dir.scratch, index);
	if (initramfs_for_job(&x->matrix.base, json, &pair->provision, job->archive) == 0)
		result = hash_file(job->archive, &job->sha256);
	json_object_put(json);
	return result;
}

static int write_jobs(struct execution *x)
{
	x->jobs = xcalloc(x->matrix.pair_count, sizeof(*x->jobs));
	for (size_t i = 0; i < x->matrix.pair_count; i++)
		if (!x->matrix.pairs[i].provision.lack && write_job(x, i) < 0)
			return -1;
	return 0;
}

/*
 * Symbols of a kernel, and of the modules that it gets for a workload.
 */
static int pack_symbols(const struct execution *x, size_t index)
{
	const struct pair *pair = &x->matrix.pairs[index];
	const struct strvec *const lists[] = { &pair->provision.machine, &pair->provision.loaded,
					       &pair->provision.workload };
	struct strvec modules = STRVEC_INIT;
	int result;

	for (size_t list = 0; list < sizeof(lists) / sizeof(lists[0]); list++)
		for (size_t i = 0; i < lists[list]->count; i++)
			if (!strvec_has(&modules, lists[list]->items[i]))
				strvec_push(&modules, lists[list]->items[i]);
	result = symbols_pack(&x->matrix.arms[pair->arm], &modules, x->symbols[index]);
	strvec_release(&modules);
	return result;
}

static int write_symbols(struct execution *x)
{
	if (!x->matrix.plugin)
		return 0;
	x->symbols = xcalloc(x->matrix.pair_count, sizeof(*x->symbols));
	for (size_t i = 0; i < x->matrix.pair_count; i++) {
		x->symbols[i] = xasprintf("%s/%zu.symbols", x->dir.scratch, i);
		if (x->matrix.pairs[i].profile.functions && !x->matrix.pairs[i].provision.lack &&
		    pack_symbols(x, i) < 0)
			return -1;
	}
	return 0;
}

static int copy_symbols(const struct execution *x, const struct task *t)
{
	const struct pair *pair = &x->matrix.pairs[t->cell.pair];
	char *to;
	int result;

	if (!pair->profile.functions || pair->provision.lack)
		return 0;
	to = xasprintf("%s/" PROFILE_SYMBOLS, t->path);
	result = file_copy(x->symbols[t->cell.pair], to);
	free(to);
	return result;
}

/*
 * Tasks.
 */
static char *join_words(const struct strvec *words)
{
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < words->count; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", words->items[i]);
	return strbuf_detach(&text);
}

static char *label_of(const struct execution *x, const struct cell *c)
{
	const char *kernel = x->matrix.arms[c->arm].spec;
	const char *workload = x->matrix.workloads[c->workload].name;

	if (x->matrix.boots == 1)
		return xasprintf("%s %s", kernel, workload);
	return xasprintf("%s %s boot %" PRId64, kernel, workload, c->boot);
}

static int command_of(const struct execution *x, struct task *t)
{
	char *console = xasprintf("%s/console.log", t->path);
	char *records = xasprintf("%s/records.bin", t->path);
	char *hba_log = xasprintf("%s/files/" HBA_REPORT, t->path);
	struct strvec options = STRVEC_INIT;
	struct profile_options profile = x->matrix.pairs[t->cell.pair].profile;
	const struct variant *v = &x->matrix.arms[t->cell.arm];
	const struct job *job = &x->jobs[t->cell.pair];
	const struct machine machine = {
		.image = x->matrix.arms[t->cell.arm].image,
		/* A cell that is skipped has none. */
		.initrd = t->archive	 ? t->archive
			  : job->archive ? job->archive
					 : "",
		.append = t->append,
		.memory_mib = t->layout.memory_mib,
		.console = console,
		.records = records,
		.devices = &x->matrix.workloads[t->cell.workload].devices,
		.hba_log = hba_log,
		.plugin = profile.functions ? x->matrix.plugin : NULL,
		.plugin_options = &options,
	};
	int result = 0;

	if (profile.functions)
		result = profile_push(&options, profile, &x->matrix.caches, t->path, v);
	if (result == 0)
		result = x->matrix.target->command(&machine, &t->argv);

	strvec_release(&options);
	free(hba_log);
	free(records);
	free(console);
	return result;
}

static int64_t tries(const struct execution *x)
{
	return x->matrix.plan->tries ? x->matrix.plan->tries : TRIES;
}

static int add_task(struct execution *x, const struct cell *c)
{
	const struct workload *w = &x->matrix.workloads[c->workload];
	struct guest *g = &x->guests[x->count];
	struct task *t = &x->tasks[x->count++];

	*t = (struct task){ .cell = *c };
	t->layout = layout_make(x->matrix.plan->layouts ? c->boot : 1, w->memory_mib);
	t->path = sessiondir_run(&x->dir, c->number);
	if (t->layout.padding_kib)
		t->archive = xasprintf("%s/padded-%zu.cpio", x->dir.scratch, c->number);
	t->label = label_of(x, c);
	t->append = join_words(&w->append);
	t->workloads[0] = w->name;
	t->timeout_ms =
		w->timeout_s * 1000 * (x->matrix.pairs[c->pair].profile.cache ? CACHE_SLOWDOWN : 1);
	if (command_of(x, t) < 0)
		return -1;
	*g = (struct guest){ .run_path = t->path,
			     .label = t->label,
			     .argv = t->argv.items,
			     .boot_timeout_ms = x->matrix.boot_timeout_s * 1000,
			     .workloads = t->workloads,
			     .timeout_ms = &t->timeout_ms,
			     .shared_bytes = w->devices.sas3008 ? t->layout.memory_mib << 20 : 0,
			     .last_try = tries(x) == 1,
			     .wall_clock = !target_exact(x->matrix.target),
			     .patience = target_exact(x->matrix.target) ? PATIENCE : 0 };
	return 0;
}

static int make_run(const struct execution *x, const struct task *t)
{
	const struct job *job = &x->jobs[t->cell.pair];
	struct json_object *manifest = manifest_new(&x->dir, &x->matrix, &t->cell, &t->layout,
						    t->append, job->sha256.s, &t->argv);
	char *environment = xasprintf("%s/environment.json", t->path);
	int result = -1;

	matrix_set_kernel_facts(&x->matrix, t->cell.arm);
	if (x->look) {
		char *look = xasprintf("%zu", x->look);

		json_set_str(x->matrix.facts, "session.look", look);
		free(look);
	}
	/* An earlier execution may have left half of it. */
	if (dir_remove(t->path) == 0 && rundir_create(t->path, manifest) == 0)
		result = json_write(environment, x->matrix.facts);
	if (result == 0 && t->archive && job->archive)
		result = layout_pad(&t->layout, job->archive, t->archive);
	if (result == 0)
		result = copy_symbols(x, t);
	free(environment);
	json_object_put(manifest);
	return result;
}

/*
 * Runs.
 */

/* Counts a complete run, shows its findings, and hands it on. */
static int take_in(struct execution *x, const char *path, const char *label)
{
	int failures = outcome_show(path, label);
	int stored = 0;

	if (failures >= 0 && x->events->stored)
		stored = x->events->stored(path, x->events->ctx);
	if (failures < 0 || stored < 0)
		return -1;
	x->result->runs++;
	x->result->failed += failures > 0 || stored > 0;
	return 0;
}

static struct task *task_of(const struct execution *x, const struct guest *g)
{
	return &x->tasks[g - x->guests];
}

static int on_start(struct guest *g, void *ctx)
{
	const struct execution *x = ctx;

	return make_run(x, task_of(x, g));
}

static int on_end(struct guest *g, void *ctx)
{
	struct execution *x = ctx;

	if (task_of(x, g)->archive)
		(void)unlink(task_of(x, g)->archive);
	if (g->disturbed && !g->last_try) {
		note("run %s: the host was not quiet, to be repeated", g->label);
		return dir_remove(g->run_path);
	}
	note("run %zu/%zu %s: %s in %.1f s", x->result->runs + 1, x->total, g->label,
	     g->state == GUEST_OK ? "ok" : "failed", (double)g->wall_ms / 1000);
	return take_in(x, g->run_path, g->label);
}

/* A kernel that lacks what the workload needs, or does not build, is not booted. */
static int skip_cell(struct execution *x, const struct cell *c, const char *lack)
{
	const char *workload = x->matrix.workloads[c->workload].name;
	bool fault = x->matrix.arms[c->arm].fault != NULL;
	struct task *t = &x->tasks[x->count];
	struct outcome outcome;
	int result = -1;

	/* As a task it has all that a manifest needs. */
	if (add_task(x, c) < 0)
		return -1;
	outcome_init(&outcome);
	outcome.skipped = !fault;
	if (fault)
		outcome_add(&outcome, workload, "build-failed", "failure", "%s", lack);
	else
		outcome_add(&outcome, workload, "skipped", "warning", "%s", lack);
	if (make_run(x, t) == 0 && outcome_write(&outcome, t->path) == 0 &&
	    rundir_complete(t->path) == 0) {
		note("run %zu/%zu %s: %s", x->result->runs + 1, x->total, t->label,
		     fault ? "not built" : "skipped");
		result = take_in(x, t->path, t->label);
	}
	outcome_release(&outcome);
	return result;
}

static void drop_task(struct task *t)
{
	free(t->archive);
	free(t->path);
	free(t->label);
	free(t->append);
	strvec_release(&t->argv);
	*t = (struct task){ 0 };
}

/* Sorts a cell: complete already, impossible, or to be run. */
static int plan_cell(struct execution *x, const struct cell *c)
{
	char *path = sessiondir_run(&x->dir, c->number);
	const char *lack = x->matrix.pairs[c->pair].provision.lack;
	int result;

	x->result->skipped += lack && !x->matrix.arms[c->arm].fault;

	if (rundir_is_complete(path)) {
		char *label = label_of(x, c);

		x->result->resumed++;
		result = take_in(x, path, label);
		free(label);
	} else if (lack) {
		result = skip_cell(x, c, lack);
		drop_task(&x->tasks[--x->count]);
	} else {
		result = add_task(x, c);
	}
	free(path);
	return result;
}

/* Side by side as far as CPUs and memory reach. */
static int parallel(const struct execution *x)
{
	int guests = target_parallel(x->matrix.target);
	int64_t memory = host_memory();
	int64_t each = QEMU_BYTES;

	for (size_t i = 0; i < x->matrix.workload_count; i++)
		if (x->matrix.workloads[i].memory_mib * (1LL << 20) + QEMU_BYTES > each)
			each = x->matrix.workloads[i].memory_mib * (1LL << 20) + QEMU_BYTES;
	if (memory && memory / each < guests)
		guests = (int)(memory / each);
	return guests > 0 ? guests : 1;
}

/* The disturbed ones of these once more; what is disturbed at the last try stands, and says so. */
static int repeat(struct execution *x, size_t first, bool last)
{
	const struct supervise_events events = { on_start, on_end, x };
	int result = 0;

	for (size_t i = first; i < x->count && result == 0; i++) {
		struct guest *g = &x->guests[i];

		if (!g->disturbed || g->last_try)
			continue;
		g->disturbed = false;
		g->last_try = last;
		result = supervise(g, 1, 1, &events);
	}
	return result;
}

/* Runs the cells up to this number of boots, from where it stopped. */
static int run_boots(struct execution *x, int64_t boots)
{
	const struct supervise_events events = { on_start, on_end, x };
	size_t first = x->count, done = x->total;

	x->total = x->matrix.pair_count * (size_t)boots;
	for (size_t number = done + 1; number <= x->total; number++) {
		struct cell c = matrix_cell(&x->matrix, number);

		if (plan_cell(x, &c) < 0)
			return -1;
	}
	if (supervise(x->guests + first, x->count - first, parallel(x), &events) != 0)
		return -1;
	for (int64_t try = 2; try <= tries(x); try++)
		if (repeat(x, first, try == tries(x)) != 0)
			return -1;
	return 0;
}

/* Whether the boots up to the next look fit into the budget, as long as those so far took. */
static bool is_affordable(const struct execution *x, int64_t boots, int64_t next)
{
	int64_t budget_ms = x->matrix.plan->budget_s * 1000;
	int64_t spent = clock_ms() - x->started_ms;

	return !budget_ms || spent + spent * (next - boots) / boots <= budget_ms;
}

/* Look by look, until the owner is content, or boots or time are used up. */
static int run_until_proven(struct execution *x)
{
	int64_t boots = 0;

	for (x->look = 1;; x->look++) {
		int64_t next = looks_boots(x->look, x->matrix.boots);
		int proven;

		if (next == boots) {
			note("not proven with %" PRId64 " boots of each kernel", boots);
			return 0;
		}
		if (boots && !is_affordable(x, boots, next)) {
			note("not proven with %" PRId64 " boots of each kernel; the next look at "
			     "%" PRId64 " is beyond the budget",
			     boots, next);
			return 0;
		}
		boots = next;
		if (run_boots(x, boots) < 0)
			return -1;
		proven = x->events->proven(x->dir.id, x->events->ctx);
		if (proven != 0)
			return proven < 0 ? -1 : 0;
	}
}

/* Better no session than one that ends in the middle of the night. */
static int check_space(const struct execution *x)
{
	int64_t archive = file_size(x->matrix.base.path);
	int64_t need = (int64_t)matrix_cell_count(&x->matrix) * RUN_BYTES;
	int64_t left = disk_free(x->dir.path);

	if (archive > 0)
		need += (int64_t)x->matrix.pair_count * archive;
	if (left < 0 || left >= need)
		return 0;
	return error("\"%s\" needs %" PRId64 " MiB, and %" PRId64 " MiB are free", x->dir.path,
		     need >> 20, left >> 20);
}

static int run_cells(struct execution *x)
{
	size_t cells = matrix_cell_count(&x->matrix);
	int result;

	x->started_ms = clock_ms();
	x->tasks = xcalloc(cells, sizeof(*x->tasks));
	x->guests = xcalloc(cells, sizeof(*x->guests));
	if (x->dir.resumed)
		note("continuing session %s", x->dir.id);
	else
		note("session %s", x->dir.id);
	if (check_space(x) < 0 || write_jobs(x) < 0 || write_symbols(x) < 0)
		return -1;
	if (x->matrix.plan->until_proven)
		result = run_until_proven(x);
	else
		result = run_boots(x, x->matrix.boots);
	return result < 0 ? -1 : sessiondir_complete(&x->dir);
}

static void release(struct execution *x)
{
	for (size_t i = 0; i < x->count; i++)
		drop_task(&x->tasks[i]);
	free(x->tasks);
	free(x->guests);
	for (size_t i = 0; x->jobs && i < x->matrix.pair_count; i++)
		free(x->jobs[i].archive);
	free(x->jobs);
	for (size_t i = 0; x->symbols && i < x->matrix.pair_count; i++)
		free(x->symbols[i]);
	free(x->symbols);
	sessiondir_close(&x->dir);
	matrix_release(&x->matrix);
}

int session_run(const struct plan *p, bool fresh, const struct session_events *events,
		struct session_result *result)
{
	struct execution x = { .dir.lock = -1, .events = events, .result = result };
	int ran = -1;

	*result = (struct session_result){ 0 };
	if (matrix_resolve(&x.matrix, p) < 0)
		goto out;
	if (events->resolved && events->resolved(&x.matrix, events->ctx) < 0)
		goto out;
	if (sessiondir_open(&x.dir, &x.matrix, fresh) < 0)
		goto out;
	x.matrix.seed = x.dir.seed;
	result->id = xstrdup(x.dir.id);
	result->path = xstrdup(x.dir.path);
	ran = run_cells(&x);
out:
	result->interrupted = ran < 0 && interrupted();
	if (result->interrupted)
		note("interrupted; the same command continues");
	release(&x);
	return ran;
}

void session_result_release(struct session_result *r)
{
	free(r->id);
	free(r->path);
	*r = (struct session_result){ 0 };
}
