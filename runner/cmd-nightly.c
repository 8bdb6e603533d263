// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab nightly: all of a night by one command that can be given again.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "pruning.h"
#include "publishing.h"
#include "reports/judge.h"
#include "results.h"
#include "runner/session/night.h"
#include "runner/session/nightconfig.h"
#include "runner/session/plan.h"
#include "runner/session/session.h"
#include "telling.h"

struct nightly_options {
	bool fresh, again;
};

#define AT(field) offsetof(struct nightly_options, field)

static const struct opt options[] = {
	{ 0, "fresh", NULL, "another night, though there was one today or one is not complete",
	  OPT_FLAG, AT(fresh), 0, 0, NULL },
	{ 0, "again", NULL, "another night when that of today is complete", OPT_FLAG, AT(again), 0,
	  0, NULL },
};

const struct opt_usage cmd_nightly_usage = {
	.name = "nightly",
	.synopsis = "CONFIG",
	.least = 1,
	.most = 1,
	.summary = "a whole night: fetch, run a plan, report, publish, tell, prune",
	.details =
		"CONFIG is a JSON file (docs/formats.md): a plan, with the branches that it fetches,\n"
		"where the site is published, who is told, and how long run directories are kept.\n"
		"Interrupted or killed, the same command goes on; what failed is tried again by the\n"
		"next call. A night that is complete is not run again on the same day. Two at once:\n"
		"the second says so and fails.\n"
		"\n"
		"The exit status is the worst of the parts: 3 when a stage failed, otherwise 0. That\n"
		"something got worse or a boot failed is a result, not a failure of the night; with\n"
		"\"gate\" in CONFIG it is 1.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

struct nightly {
	struct nightconfig config;
	struct plan plan;
	struct notify_config notify;
	struct night night;
	struct results results;
	bool fresh, again;
	size_t failures; /* stages that could not be done, of this call */
	struct strbuf summary;
};

/*
 * What was done, for the end: a line per stage.
 */
__attribute__((format(printf, 3, 4))) static void tell_stage(struct nightly *n, const char *stage,
							     const char *fmt, ...)
{
	va_list ap;

	strbuf_addf(&n->summary, "  %-8s ", stage);
	va_start(ap, fmt);
	strbuf_vaddf(&n->summary, fmt, ap);
	va_end(ap);
	strbuf_addch(&n->summary, '\n');
}

static int stage_done(struct nightly *n, const char *stage)
{
	return night_finish_stage(&n->night, stage);
}

static void stage_failed(struct nightly *n, const char *stage, const char *what)
{
	n->failures++;
	tell_stage(n, stage, "%s%s", what, interrupted() ? "interrupted" : "FAILED");
}

/* Branches. When they cannot be had, the night is that of what is there. */
static bool do_fetch(struct nightly *n)
{
	if (!n->plan.fetch_count || night_has(&n->night, "fetch") || night_has(&n->night, "run"))
		return true;
	if (plan_fetch_all(&n->plan) == 0 && stage_done(n, "fetch") == 0)
		tell_stage(n, "fetch", "%zu branches", n->plan.fetch_count);
	else
		stage_failed(n, "fetch", "");
	return true;
}

/*
 * The run: kernels, boots, database.
 */

/* The session is remembered from its first run on, so that a complete one is not run again. */
static int on_stored(const char *run_path, void *ctx)
{
	struct nightly *n = ctx;
	struct rundir run = { 0 };

	if (!n->night.session && rundir_open(&run, run_path) == 0) {
		n->night.session = xstrdup(run.session);
		rundir_close(&run);
		if (night_save(&n->night) < 0)
			return -1;
	}
	return results_store(run_path, &n->results);
}

static bool session_is_complete(const char *session)
{
	char *sessions = path_data("sessions");
	char *path = sessions && session ? xasprintf("%s/%s", sessions, session) : NULL;
	bool complete = path && rundir_is_complete(path);

	free(path);
	free(sessions);
	return complete;
}

static int run_session(struct nightly *n)
{
	const struct session_events events = { .stored = on_stored, .ctx = n };
	struct session_result result = { 0 };
	int ret = session_run(&n->plan, n->fresh, &events, &result);

	if (ret == 0) {
		free(n->night.session);
		n->night.session = xstrdup(result.id);
	}
	session_result_release(&result);
	return ret;
}

static int count_runs(struct nightly *n, size_t *runs)
{
	struct db_sides sides = { 0 };
	int ret = db_sides(n->results.db, n->night.session, &sides);

	n->night.failed = 0;
	for (size_t i = 0; i < sides.count; i++) {
		*runs += sides.items[i].runs;
		n->night.failed += (int64_t)sides.items[i].failed_runs;
	}
	db_sides_release(&sides);
	return ret;
}

static bool do_run(struct nightly *n)
{
	int64_t began = clock_ms();
	size_t runs = 0;
	bool complete = session_is_complete(n->night.session);

	if (night_has(&n->night, "run"))
		return true;
	if ((!complete && (plan_check(&n->plan) < 0 || run_session(n) < 0)) ||
	    count_runs(n, &runs) < 0 || stage_done(n, "run") < 0) {
		stage_failed(n, "run", "");
		return false;
	}
	tell_stage(n, "run", "%zu runs, %" PRId64 " failed, in %.0f s", runs, n->night.failed,
		   (double)(clock_ms() - began) / 1000);
	return true;
}

/*
 * The site.
 */
static void print_verdicts(const struct judgements *list)
{
	for (size_t i = 0; i < list->count; i++) {
		char *sentence = judgement_sentence(&list->items[i]);

		puts(sentence);
		free(sentence);
	}
}

static char *site_of(const struct nightly *n)
{
	return n->config.site ? xstrdup(n->config.site) : path_data("report");
}

static int report(struct nightly *n, const char *dir)
{
	struct judgements list = { 0 };
	int ret = judge_session(n->results.db, n->night.session, -1, &list);

	if (ret == 0) {
		print_verdicts(&list);
		n->night.worse = 0;
		for (size_t i = 0; i < list.count; i++)
			n->night.worse += (int64_t)judgement_regressions(&list.items[i]);
		ret = results_report(n->results.db, 0, dir);
	}
	judgements_release(&list);
	return ret;
}

static bool do_report(struct nightly *n)
{
	char *dir = site_of(n);
	bool ok = true;

	if (!night_has(&n->night, "report")) {
		ok = dir && report(n, dir) == 0 && stage_done(n, "report") == 0;
		if (ok)
			tell_stage(n, "report", "%s/index.html", dir);
		else
			stage_failed(n, "report", "");
	}
	free(dir);
	return ok;
}

/*
 * Publishing and telling: what fails is for the next call, and does not keep the others.
 */
static void publish_to(struct nightly *n, const char *site, const struct night_destination *d)
{
	struct publishing p = PUBLISHING_INIT;
	char *stage = xasprintf("publish %s", d->to), *what = xasprintf("%s: ", d->to);

	p.publish.site = site;
	p.publish.destination = d->to;
	p.publish.endpoint = d->endpoint;
	p.publish.region = d->region;
	p.publish.transfer.ca_file = d->ca_file;
	p.publish.transfer.identity = d->identity;
	p.publish.transfer.known_hosts = d->known_hosts;
	p.credentials = d->credentials;
	if (d->stall_s)
		p.publish.transfer.stall_s = d->stall_s;
	if (d->tries)
		p.publish.transfer.tries = d->tries;
	if (night_has(&n->night, stage))
		goto out;
	if (publishing_run(&p) == 0 && stage_done(n, stage) == 0)
		tell_stage(n, "publish", "%s", d->to);
	else
		stage_failed(n, "publish", what);
out:
	free(what);
	free(stage);
}

static bool do_publish(struct nightly *n)
{
	char *site = site_of(n);

	for (size_t i = 0; site && i < n->config.destination_count && !interrupted(); i++)
		publish_to(n, site, &n->config.destinations[i]);
	free(site);
	return true;
}

static bool do_notify(struct nightly *n)
{
	struct telling t = TELLING_INIT;

	if (!n->config.notify || night_has(&n->night, "notify"))
		return true;
	t.session = n->night.session;
	if (telling_run(&t, &n->notify) == 0 && stage_done(n, "notify") == 0)
		tell_stage(n, "notify", "%s", n->config.notify);
	else
		stage_failed(n, "notify", "");
	return true;
}

static bool do_prune(struct nightly *n)
{
	const struct retention r = { n->config.keep_days, n->config.keep_mib << 20 };
	struct pruned pruned = { 0 };

	if ((!r.days && !r.bytes) || night_has(&n->night, "prune"))
		return true;
	if (prune_runs(&r, false, NULL, &pruned) == 0 && stage_done(n, "prune") == 0)
		tell_stage(n, "prune", "%zu sessions, %zu runs, %.1f MiB", pruned.sessions,
			   pruned.runs, (double)pruned.bytes / (1 << 20));
	else
		stage_failed(n, "prune", "");
	return true;
}

static const struct {
	const char *name;
	bool (*run)(struct nightly *n); /* false: what comes after it would be wrong */
} stages[] = {
	{ "fetch", do_fetch },	   { "run", do_run },	    { "report", do_report },
	{ "publish", do_publish }, { "notify", do_notify }, { "prune", do_prune },
};

/*
 * The night.
 */
static bool is_complete(const struct nightly *n)
{
	if (!night_has(&n->night, "run") || !night_has(&n->night, "report"))
		return false;
	for (size_t i = 0; i < n->config.destination_count; i++) {
		char *stage = xasprintf("publish %s", n->config.destinations[i].to);
		bool done = night_has(&n->night, stage);

		free(stage);
		if (!done)
			return false;
	}
	if (n->config.notify && !night_has(&n->night, "notify"))
		return false;
	return (!n->config.keep_days && !n->config.keep_mib) || night_has(&n->night, "prune");
}

static enum status verdict(const struct nightly *n)
{
	if (interrupted())
		return STATUS_INTERRUPTED;
	if (n->failures)
		return STATUS_FAILED;
	if ((n->config.gate_worse && n->night.worse) || (n->config.gate_failed && n->night.failed))
		return STATUS_REGRESSION;
	return STATUS_OK;
}

static void print_summary(const struct nightly *n, enum status status)
{
	printf("night of %s, session %s\n%s", n->night.day,
	       n->night.session ? n->night.session : "none", n->summary.data);
	printf("  %-8s %" PRId64 " headline figures proven worse, %" PRId64
	       " runs failed; exit status %d\n",
	       "result", n->night.worse, n->night.failed, status);
}

/* A message that could not be sent yet is not lost with the next night. */
static void catch_up(struct nightly *n)
{
	if (n->night.day && night_has(&n->night, "run") && !night_has(&n->night, "notify"))
		(void)do_notify(n);
}

static int choose_night(struct nightly *n)
{
	struct hash_hex plan;
	time_t now = time(NULL);
	struct tm tm = { 0 };
	char today[32];

	localtime_r(&now, &tm);
	strftime(today, sizeof(today), "%Y-%m-%d", &tm);
	if (hash_file(n->config.plan, &plan) < 0)
		return -1;
	if (!n->fresh && night_continues(&n->night, today, now, plan.s) &&
	    !(n->again && is_complete(n))) {
		if (is_complete(n))
			note("the night of %s is complete (--fresh runs another)", n->night.day);
		else
			note("continuing the night of %s", n->night.day);
	} else {
		catch_up(n);
		if (interrupted())
			return -1;
		night_begin(&n->night, today, now, plan.s);
		note("night of %s", n->night.day);
	}
	n->night.ended = false;
	return night_save(&n->night);
}

static enum status run_night(struct nightly *n)
{
	enum status status;

	if (results_open(&n->results) < 0 || choose_night(n) < 0)
		return interrupted() ? STATUS_INTERRUPTED : STATUS_FAILED;
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]) && !interrupted(); i++) {
		verbose("nightly: %s", stages[i].name);
		if (!stages[i].run(n))
			break;
	}
	n->night.ended = !interrupted();
	if (night_save(&n->night) < 0)
		n->failures++;
	status = verdict(n);
	print_summary(n, status);
	return status;
}

/* DATA/nights/HASH: each configuration has its own nights. */
static char *state_path(const struct nightconfig *c, const char *suffix)
{
	char *nights = path_data("nights/");
	struct hash_hex hash;
	char *path = NULL;

	hash_buffer(c->path, strlen(c->path), &hash);
	if (nights)
		path = xasprintf("%s%.16s.%s", nights, hash.s, suffix);
	free(nights);
	return path;
}

static enum status run_locked(struct nightly *n)
{
	char *state = state_path(&n->config, "json"), *lock_path = state_path(&n->config, "lock");
	enum status status = STATUS_FAILED;
	int lock = lock_path ? file_lock(lock_path, "the night", true) : -1;

	if (lock == -2)
		error("another kab is at the night of \"%s\"", n->config.path);
	if (lock >= 0 && state && night_load(&n->night, state) == 0)
		status = run_night(n);
	results_close(&n->results);
	if (lock >= 0)
		close(lock);
	free(lock_path);
	free(state);
	return status;
}

/*
 * What is the user's to mend is found before anything is built; but kernels in a repository only when
 * its branches were fetched.
 */
static int load(struct nightly *n, const char *path)
{
	if (nightconfig_load(&n->config, path) < 0 || plan_load(&n->plan, n->config.plan) < 0)
		return -1;
	if (!n->plan.fetch_count && plan_check(&n->plan) < 0)
		return -1;
	if (n->plan.kernels.count < 2)
		return error("plan \"%s\" has nothing to compare", n->plan.name);
	return n->config.notify ? notify_load(&n->notify, n->config.notify) : 0;
}

int cmd_nightly(int argc, char **argv)
{
	struct nightly_options o = { 0 };
	struct strvec operands = STRVEC_INIT;
	struct nightly n = { .summary = STRBUF_INIT };
	enum opt_result parsed = opt_parse(&cmd_nightly_usage, argc, argv, &o, &operands);
	int status = STATUS_USAGE;

	if (parsed == OPT_DONE)
		status = STATUS_OK;
	if (parsed != OPT_RUN)
		goto out;
	n.fresh = o.fresh;
	n.again = o.again;
	if (load(&n, operands.items[0]) == 0)
		status = run_locked(&n);
out:
	strbuf_release(&n.summary);
	night_release(&n.night);
	notify_release(&n.notify);
	plan_release(&n.plan);
	nightconfig_release(&n.config);
	strvec_release(&operands);
	return status;
}
