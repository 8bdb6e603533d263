// SPDX-License-Identifier: GPL-2.0-or-later
#include "rundir.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fingerprint.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"

#define FORMAT	   1
#define COMPLETE   "complete\n"
#define INCOMPLETE "incomplete\n"

static char *join(const char *dir, const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

/*
 * Reading the manifest.
 */

/* Sub-objects of the manifest on their way into struct rundir. */
struct manifest {
	int64_t format;
	struct json_at kernel, workloads, guest;
};

#define RUN(field)	((size_t)offsetof(struct rundir, field))
#define WORKLOAD(field) ((size_t)offsetof(struct rundir_workload, field))
#define PART(field)	((size_t)offsetof(struct manifest, field))

static const struct json_field part_fields[] = {
	{ "format", JSON_INT, PART(format), true, FORMAT, FORMAT },
	{ "kernel", JSON_OBJECT, PART(kernel), true, 0, 0 },
	{ "workloads", JSON_ARRAY, PART(workloads), true, 0, 0 },
	{ "guest", JSON_OBJECT, PART(guest), true, 0, 0 },
	{ "run", JSON_IGNORE, 0, true, 0, 0 },
	{ "session", JSON_IGNORE, 0, true, 0, 0 },
	{ "plan", JSON_IGNORE, 0, true, 0, 0 },
	{ "started", JSON_IGNORE, 0, true, 0, 0 },
	{ "arm", JSON_IGNORE, 0, true, 0, 0 },
	{ "boot", JSON_IGNORE, 0, true, 0, 0 },
	{ "seed", JSON_IGNORE, 0, false, 0, 0 },
	{ "target", JSON_IGNORE, 0, true, 0, 0 },
	{ "clock", JSON_IGNORE, 0, true, 0, 0 },
};

static const struct json_field run_fields[] = {
	{ "format", JSON_IGNORE, 0, true, 0, 0 },
	{ "kernel", JSON_IGNORE, 0, true, 0, 0 },
	{ "workloads", JSON_IGNORE, 0, true, 0, 0 },
	{ "guest", JSON_IGNORE, 0, true, 0, 0 },
	{ "run", JSON_STR, RUN(id), true, 0, 0 },
	{ "session", JSON_STR, RUN(session), true, 0, 0 },
	{ "plan", JSON_STR, RUN(plan), true, 0, 0 },
	{ "started", JSON_STR, RUN(started), true, 0, 0 },
	{ "arm", JSON_INT, RUN(arm), true, 0, 1e6 },
	{ "boot", JSON_INT, RUN(boot), true, 1, 1e6 },
	{ "seed", JSON_IGNORE, 0, false, 0, 0 },
	{ "target", JSON_STR, RUN(target), true, 0, 0 },
	{ "clock", JSON_STR, RUN(clock), true, 0, 0 },
};

static const struct json_field kernel_fields[] = {
	{ "spec", JSON_STR, RUN(kernel_spec), true, 0, 0 },
	{ "id", JSON_STR, RUN(kernel_id), true, 0, 0 },
	{ "release", JSON_STR, RUN(kernel_release), true, 0, 0 },
	{ "source", JSON_STR, RUN(source), true, 0, 0 },
	{ "series", JSON_STR, RUN(series), true, 0, 0 },
	{ "image_sha256", JSON_STR, RUN(image_sha256), true, 0, 0 },
	{ "config_sha256", JSON_STR, RUN(config_sha256), true, 0, 0 },
	{ "compiler", JSON_STR, RUN(compiler), true, 0, 0 },
};

static const struct json_field workload_fields[] = {
	{ "name", JSON_STR, WORKLOAD(name), true, 0, 0 },
	{ "title", JSON_STR, WORKLOAD(title), true, 0, 0 },
	{ "sha256", JSON_IGNORE, 0, true, 0, 0 },
	{ "headline", JSON_STRINGS, WORKLOAD(headline), true, 0, 0 },
	{ "bases", JSON_IGNORE, 0, false, 0, 0 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A manifest of the first kab does not say it: there, every arm was compared with the first. */
static int read_bases(struct rundir_workload *w, const struct json_at *item, int64_t arm)
{
	struct json_at bases = json_member(item, "bases");
	size_t count = bases.value ? json_length(&bases) : 0;

	w->bases = xcalloc(count + 1, sizeof(*w->bases));
	if (!bases.value && arm > 0)
		w->base_count = 1;
	for (size_t i = 0; i < count; i++) {
		struct json_at base = json_element(&bases, i);

		if (!json_object_is_type(base.value, json_type_int) ||
		    json_object_get_int64(base.value) < 0)
			return json_error(&base, "expected the number of an arm");
		w->bases[w->base_count++] = json_object_get_int64(base.value);
	}
	return 0;
}

static int read_workloads(struct rundir *run, const struct json_at *list)
{
	size_t count = json_length(list);
	int result = 0;

	run->workloads = xcalloc(count ? count : 1, sizeof(*run->workloads));
	run->workload_count = count;
	for (size_t i = 0; i < count; i++) {
		struct json_at item = json_element(list, i);

		if (json_read(&item, workload_fields, COUNT(workload_fields), &run->workloads[i]) ||
		    read_bases(&run->workloads[i], &item, run->arm) < 0)
			result = -1;
	}
	return result;
}

static int read_manifest(struct rundir *run)
{
	struct json_at root = json_root(&run->manifest);
	struct manifest m = { 0 };

	if (json_read(&root, part_fields, COUNT(part_fields), &m) < 0)
		return -1;
	if (json_read(&root, run_fields, COUNT(run_fields), run) < 0)
		return -1;
	if (json_read(&m.kernel, kernel_fields, COUNT(kernel_fields), run) < 0)
		return -1;
	return read_workloads(run, &m.workloads);
}

int rundir_open(struct rundir *run, const char *path)
{
	char *manifest;
	int result;

	*run = (struct rundir){ 0 };
	if (!rundir_is_complete(path))
		return 1;
	run->path = xstrdup(path);
	manifest = join(path, "manifest.json");
	result = json_load(&run->manifest, manifest);
	free(manifest);
	if (result == 0)
		result = read_manifest(run);
	if (result == 0) {
		run->fingerprint = fingerprint_make(path);
		result = run->fingerprint ? 0 : -1;
	}
	if (result < 0)
		rundir_close(run);
	return result;
}

void rundir_close(struct rundir *run)
{
	char *strings[] = { run->path,		 run->id,	    run->session,
			    run->plan,		 run->started,	    run->target,
			    run->clock,		 run->kernel_spec,  run->kernel_id,
			    run->kernel_release, run->image_sha256, run->config_sha256,
			    run->compiler,	 run->source,	    run->series,
			    run->fingerprint };

	for (size_t i = 0; i < COUNT(strings); i++)
		free(strings[i]);
	for (size_t i = 0; i < run->workload_count; i++) {
		free(run->workloads[i].name);
		free(run->workloads[i].title);
		strvec_release(&run->workloads[i].headline);
		free(run->workloads[i].bases);
	}
	free(run->workloads);
	json_release(&run->manifest);
	*run = (struct rundir){ 0 };
}

char *rundir_file(const struct rundir *run, const char *workload, const char *name)
{
	if (!workload)
		return xasprintf("%s/files/%s", run->path, name);
	return xasprintf("%s/files/%s/%s", run->path, workload, name);
}

char *rundir_place(const char *sessions_dir, const char *id)
{
	const char *slash = strchr(id, '/');

	if (!slash || slash == id || !slash[1] || strchr(slash + 1, '/') || *id == '.' ||
	    slash[1] == '.')
		return NULL;
	return xasprintf("%s/%.*s/runs/%s", sessions_dir, (int)(slash - id), id, slash + 1);
}

int rundir_list(const char *sessions_dir, struct strvec *paths)
{
	struct strvec sessions = STRVEC_INIT;
	int result = dir_list(sessions_dir, &sessions);

	for (size_t i = 0; result == 0 && i < sessions.count; i++) {
		struct strvec runs = STRVEC_INIT;
		char *dir = xasprintf("%s/%s/runs", sessions_dir, sessions.items[i]);

		result = dir_list(dir, &runs);
		for (size_t j = 0; j < runs.count; j++)
			strvec_pushf(paths, "%s/%s", dir, runs.items[j]);
		strvec_release(&runs);
		free(dir);
	}
	strvec_release(&sessions);
	return result;
}

/*
 * The status: a word and a newline, so that a file cut by a crash is not taken for a word.
 */
static int write_status(const char *path, const char *status)
{
	char *name = join(path, "status");
	int result = file_write_str(name, status);

	free(name);
	return result;
}

bool rundir_is_complete(const char *path)
{
	struct strbuf text = STRBUF_INIT;
	char *name = join(path, "status");
	bool complete = file_read_optional(name, &text) == 0 && !strcmp(text.data, COMPLETE);

	strbuf_release(&text);
	free(name);
	return complete;
}

int rundir_create(const char *path, struct json_object *manifest)
{
	char *files = join(path, "files");
	char *name = join(path, "manifest.json");
	int result = -1;

	if (dir_make(files) < 0)
		goto out;
	/* The status first: there is no moment at which the directory could pass for a run. */
	if (write_status(path, INCOMPLETE) < 0)
		goto out;
	result = json_write(name, manifest);
out:
	free(name);
	free(files);
	return result;
}

/* The guest is not trusted with paths: one or two components of plain characters, no dot files. */
static bool acceptable(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "._-+";
	size_t slashes = 0;

	for (const char *p = name;; p++) {
		size_t len = strspn(p, plain);

		if (!len || *p == '.')
			return false;
		p += len;
		if (!*p)
			return true;
		if (*p != '/' || ++slashes > 1)
			return false;
	}
}

int rundir_add_file(const char *path, const char *name, const void *data, size_t len)
{
	char *place, *dir;
	int result = 1;

	if (!acceptable(name))
		return 1;
	place = xasprintf("%s/files/%s", path, name);
	dir = xstrndup(place, (size_t)(strrchr(place, '/') - place));
	if (!file_exists(place))
		result = dir_make(dir) < 0 ? -1 : file_write(place, data, len);
	free(dir);
	free(place);
	return result;
}

static int sync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int result = 0;

	if (fd < 0)
		return error("cannot open \"%s\":", path);
	if (fsync(fd) < 0)
		result = error("cannot sync \"%s\":", path);
	close(fd);
	return result;
}

static int sync_tree(const char *path)
{
	struct strvec names = STRVEC_INIT;
	struct stat st;
	int result = 0;

	if (lstat(path, &st) < 0)
		return error("cannot look at \"%s\":", path);
	if (S_ISDIR(st.st_mode))
		result = dir_list(path, &names);
	for (size_t i = 0; result == 0 && i < names.count; i++) {
		char *child = join(path, names.items[i]);

		result = sync_tree(child);
		free(child);
	}
	strvec_release(&names);
	return result < 0 ? -1 : sync_path(path);
}

int rundir_complete(const char *path)
{
	return sync_tree(path) < 0 ? -1 : write_status(path, COMPLETE);
}
