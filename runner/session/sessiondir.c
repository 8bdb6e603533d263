// SPDX-License-Identifier: GPL-2.0-or-later
#include "sessiondir.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "runner/machine/rundir.h"

#define FORMAT 1

static struct tm now(void)
{
	time_t seconds = time(NULL);
	struct tm tm = { 0 };

	gmtime_r(&seconds, &tm);
	return tm;
}

char *utc_now(void)
{
	struct tm tm = now();
	char text[32];

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return xstrdup(text);
}

/* Sorts by time, and is not given out twice in a second. */
static char *new_id(void)
{
	struct tm tm = now();
	unsigned int salt = 0;
	char stamp[32];

	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
		salt = (unsigned int)getpid();
	return xasprintf("%s-%08x", stamp, salt);
}

static char *join(const char *dir, const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

/* As a run directory has it: rundir_is_complete() reads it. */
static int write_status(const char *path, const char *text)
{
	char *name = join(path, "status");
	int result = file_write_str(name, text);

	free(name);
	return result;
}

static struct json_object *describe(const struct sessiondir *s, const struct matrix *m)
{
	struct json_object *root = json_new_object();
	struct json_object *kernels = json_new_array();
	struct json_object *workloads = json_new_array();
	char *started = utc_now();

	json_set_int(root, "format", FORMAT);
	json_set_str(root, "session", s->id);
	json_set_str(root, "plan", m->plan->name);
	json_set_str(root, "started", started);
	json_set_str(root, "identity", m->identity.s);
	json_set_str(root, "target", m->target->name);
	json_set_str(root, "clock", m->target->clock);
	json_set_int(root, "boots", m->boots);
	json_set_int(root, "seed", (int64_t)s->seed);
	for (size_t i = 0; i < m->arm_count; i++) {
		struct json_object *kernel = json_new_object();

		json_set_str(kernel, "spec", m->arms[i].spec);
		json_set_str(kernel, "id", m->arms[i].id);
		json_append(kernels, kernel);
	}
	json_set(root, "kernels", kernels);
	for (size_t i = 0; i < m->workload_count; i++) {
		struct json_object *workload = json_new_object();

		json_set_str(workload, "name", m->workloads[i].name);
		json_set_str(workload, "sha256", m->workload_ids[i]);
		json_append(workloads, workload);
	}
	json_set(root, "workloads", workloads);
	free(started);
	return root;
}

/* Small enough to be typed. */
static uint64_t new_seed(const struct matrix *m)
{
	uint32_t seed = 1;

	if (m->plan->seed)
		return (uint64_t)m->plan->seed;
	if (target_exact(m->target))
		return 0; /* the order cannot matter, and stays the plan's */
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		seed = (uint32_t)time(NULL);
	return seed;
}

/* Damaged or foreign files in the folder are no session of ours: quietly passed over. */
static bool has_identity(struct sessiondir *s, const struct matrix *m)
{
	char *name = join(s->path, "session.json");
	struct json_doc doc = { 0 };
	bool same = false;

	if (file_exists(name) && json_load(&doc, name) == 0) {
		struct json_at root = json_root(&doc);
		struct json_at identity = json_member(&root, "identity");

		struct json_at seed = json_member(&root, "seed");

		same = identity.value &&
		       !strcmp(json_object_get_string(identity.value), m->identity.s);
		/* The first sessions had none: theirs is 0. */
		s->seed = seed.value ? (uint64_t)json_object_get_int64(seed.value) : 0;
	}
	json_release(&doc);
	free(name);
	return same;
}

/* 0 with the lock, 1 when another process has it, -1 with an error printed. */
static int lock(struct sessiondir *s)
{
	char *name = join(s->path, "lock");

	s->lock = file_lock(name, "the session", true);
	free(name);
	if (s->lock >= 0)
		return 0;
	return s->lock == -2 ? 1 : -1;
}

static void set_place(struct sessiondir *s, const char *sessions, const char *id)
{
	s->id = xstrdup(id);
	s->path = join(sessions, id);
	s->scratch = join(s->path, "scratch");
}

static void clear(struct sessiondir *s)
{
	if (s->lock >= 0)
		close(s->lock);
	free(s->id);
	free(s->path);
	free(s->scratch);
	*s = (struct sessiondir){ .lock = -1 };
}

/* 0 when it is ours now, 1 when it is not to be continued, -1 with an error printed. */
static int take(struct sessiondir *s, const struct matrix *m)
{
	int result;

	if (rundir_is_complete(s->path) || !has_identity(s, m))
		return 1;
	result = lock(s);
	/* Whoever had the lock may have finished it meanwhile. */
	if (result == 0 && rundir_is_complete(s->path))
		return 1;
	return result;
}

/* 0 when one was found, 1 when there is none, -1 with an error printed. */
static int resume(struct sessiondir *s, const char *sessions, const struct matrix *m)
{
	struct strvec ids = STRVEC_INIT;
	int result = dir_list(sessions, &ids) < 0 ? -1 : 1;

	/* Ids begin with the time: the last is the newest. */
	for (size_t i = ids.count; i > 0 && result == 1; i--) {
		set_place(s, sessions, ids.items[i - 1]);
		result = take(s, m);
		if (result != 0)
			clear(s);
	}
	strvec_release(&ids);
	return result;
}

static int create(struct sessiondir *s, const char *sessions, const struct matrix *m)
{
	struct json_object *description = NULL;
	char *id = new_id();
	char *runs, *name;
	int result = -1;

	set_place(s, sessions, id);
	s->seed = new_seed(m);
	runs = join(s->path, "runs");
	name = join(s->path, "session.json");
	/* session.json comes last: without it the folder is nobody's. */
	if (dir_make(runs) < 0 || lock(s) != 0 || write_status(s->path, "incomplete\n") < 0)
		goto out;
	description = describe(s, m);
	result = json_write(name, description);
out:
	json_object_put(description);
	free(name);
	free(runs);
	free(id);
	return result;
}

int sessiondir_open(struct sessiondir *s, const struct matrix *m, bool fresh)
{
	char *sessions = path_data("sessions/");
	int result = 1;

	*s = (struct sessiondir){ .lock = -1 };
	if (!sessions)
		return -1;
	sessions[strlen(sessions) - 1] = '\0'; /* the slash asked for the folder itself */
	if (!fresh)
		result = resume(s, sessions, m);
	s->resumed = result == 0;
	if (result == 1)
		result = create(s, sessions, m);
	free(sessions);
	if (result == 0 && (dir_remove(s->scratch) < 0 || dir_make(s->scratch) < 0))
		result = -1;
	return result;
}

void sessiondir_close(struct sessiondir *s)
{
	if (s->scratch && s->lock >= 0)
		(void)dir_remove(s->scratch);
	clear(s);
}

int sessiondir_complete(const struct sessiondir *s)
{
	return write_status(s->path, "complete\n");
}

char *sessiondir_run(const struct sessiondir *s, size_t number)
{
	return xasprintf("%s/runs/%03zu", s->path, number);
}
