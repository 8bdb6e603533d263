// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs an unmodified fio job file.
 *
 * Options that kab adds (percentiles always, runtime on wall-clock targets) come before the job
 * file on the command line: there they are defaults for every job of the file, and what the
 * file itself says wins. Seen with fio 3.33: a second job file with a [global] section in front
 * does nothing, as each file begins with fresh defaults; options behind the file are ignored.
 * time_based overrides a fixed amount of I/O (size, io_size), which stays in the file.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "child.h"
#include "device.h"
#include "driver.h"
#include "file.h"
#include "lib/alloc.h"

#define FIO	  "/usr/bin/fio"
#define JOB_FILE  "/tmp/job.fio"
#define JSON_FILE "/tmp/fio.json"
#define OUTPUT	  "/tmp/fio.out"
#define ARGS_MAX  64

/* What fio's JSON says, as far as it is checked here. */
struct fio_result {
	int64_t errors;		/* jobs that ended with an error */
	uint64_t read, written; /* bytes over all jobs */
	uint64_t expected;	/* bytes that the job file asks for; 0 when it does not say */
	bool direct;		/* all jobs bypass the page cache */
};

/* The driver's own part of a task. */
struct fio {
	const struct device_kind *kind; /* NULL: the job file names what it reads and writes */
	struct moved before;		/* the measured part */
};

static int open_device(struct task *t, struct json_object *device)
{
	struct fio *fio = t->state;

	fio->kind = device_find(device);
	if (!fio->kind)
		return task_fail(t, "workload-failed", "no device '%s' in the guest",
				 spec_str(device, "type", ""));
	if (fio->kind->open(t, device) < 0)
		return -1;
	if (fio->kind->count(t, &fio->before) < 0)
		return task_fail(t, "check-failed", "no counters of '%s'", t->device);
	return 0;
}

static int prepare(struct task *t)
{
	struct json_object *device = spec_get(t->spec, "device", json_type_object);
	struct json_object *file = spec_get(t->spec, "fio", json_type_string);

	if (!file)
		return task_fail(t, "workload-failed", "the job has no fio job file");
	if (write_file(JOB_FILE, json_object_get_string(file),
		       (size_t)json_object_get_string_len(file)) < 0)
		return task_fail(t, "workload-failed", "'" JOB_FILE "': %s", strerror(errno));
	/* What an earlier workload of this boot left must not be taken for this one's. */
	(void)remove(JSON_FILE);
	t->state = xcalloc(1, sizeof(struct fio));
	return device ? open_device(t, device) : 0;
}

/* A growing argument vector of the fixed kind: too many options are an error, not an overrun. */
struct args {
	char *items[ARGS_MAX];
	size_t count;
};

static void add(struct args *args, const char *format, const char *name, const char *value)
{
	struct strbuf arg = STRBUF_INIT;

	if (args->count == ARGS_MAX - 1)
		return;
	strbuf_adds(&arg, format);
	if (name)
		strbuf_addf(&arg, "%s=%s", name, value);
	args->items[args->count++] = strbuf_detach(&arg);
}

static void add_options(struct args *args, struct json_object *options)
{
	struct json_object_iterator it = json_object_iter_begin(options);
	struct json_object_iterator end = json_object_iter_end(options);

	for (; !json_object_iter_equal(&it, &end); json_object_iter_next(&it))
		add(args, "--", json_object_iter_peek_name(&it),
		    json_object_get_string(json_object_iter_peek_value(&it)));
}

static int measure(struct task *t)
{
	struct json_object *wall = spec_get(t->spec, "wall_clock", json_type_object);
	struct args args = { .count = 0 };
	int ret;

	add(&args, FIO, NULL, NULL);
	add(&args, "--output-format=json+", NULL, NULL);
	add(&args, "--output=" JSON_FILE, NULL, NULL);
	add(&args, "--eta=never", NULL, NULL);
	add(&args, "--", "slat_percentiles", "1");
	add(&args, "--", "clat_percentiles", "1");
	add(&args, "--", "lat_percentiles", "1");
	if (t->wall_clock && wall)
		add_options(&args, wall);
	add(&args, JOB_FILE, NULL, NULL);

	ret = child_run((const char *const *)args.items, *t->device ? t->device : NULL, OUTPUT,
			&t->status);
	if (ret < 0)
		(void)task_fail(t, "workload-failed", "cannot run '" FIO "': %s", strerror(errno));
	for (size_t i = 0; i < args.count; i++)
		free(args.items[i]);
	return ret;
}

/* "2g", "64MiB", "1048576" in bytes; 0 for anything else, such as a percentage. */
static uint64_t parse_size(const char *s)
{
	static const char units[] = "kmgt";
	char *end;
	uint64_t n = strtoull(s, &end, 10);
	const char *unit;

	if (*end == '\0')
		return n;
	unit = strchr(units, *end | 0x20);
	if (!unit || (end[1] != '\0' && strcasecmp(end + 1, "ib") != 0))
		return 0;
	return n << (10 * (unit - units + 1));
}

/* An option of a job, or of the global section, as fio repeats it. */
static const char *job_option(struct json_object *root, struct json_object *job, const char *name)
{
	struct json_object *own = spec_get(job, "job options", json_type_object);
	struct json_object *global = spec_get(root, "global options", json_type_object);
	const char *value = own ? spec_str(own, name, NULL) : NULL;

	return !value && global ? spec_str(global, name, NULL) : value;
}

static uint64_t side_bytes(struct json_object *job, const char *side)
{
	struct json_object *object = spec_get(job, side, json_type_object);

	return object ? (uint64_t)spec_int(object, "io_bytes", 0) : 0;
}

/* False when this is not fio's output. */
static bool read_result(struct json_object *root, struct fio_result *result)
{
	struct json_object *jobs = spec_get(root, "jobs", json_type_array);
	bool says = true;

	*result = (struct fio_result){ .direct = true };
	if (!jobs || !json_object_array_length(jobs))
		return false;
	for (size_t i = 0; i < json_object_array_length(jobs); i++) {
		struct json_object *job = json_object_array_get_idx(jobs, i);
		const char *amount = job_option(root, job, "io_size");
		const char *direct = job_option(root, job, "direct");
		uint64_t bytes;

		if (!amount)
			amount = job_option(root, job, "size");
		bytes = amount ? parse_size(amount) : 0;
		/* With a run time, or a job in several copies, the amount is not that of the file. */
		if (!bytes || job_option(root, job, "runtime") || job_option(root, job, "loops") ||
		    job_option(root, job, "numjobs") || job_option(root, job, "do_verify"))
			says = false;
		/* What is written to be verified is read back as well. */
		result->expected += job_option(root, job, "verify") ? 2 * bytes : bytes;
		result->read += side_bytes(job, "read");
		result->written += side_bytes(job, "write");
		result->errors += spec_int(job, "error", 0) != 0;
		if (!direct || strcmp(direct, "0") == 0)
			result->direct = false;
	}
	if (!says)
		result->expected = 0;
	return true;
}

static int check_moved(struct task *t, const char *verb, uint64_t fio, uint64_t device)
{
	if (fio == device)
		return 0;
	return task_fail(t, "check-failed", "fio %s %" PRIu64 " bytes, but of '%s' it was %" PRIu64,
			 verb, fio, t->device, device);
}

/* That what ran is what was asked for, by fio's own figures and by the device's. */
static int check(struct task *t, const struct fio_result *r)
{
	const struct fio *fio = t->state;
	struct moved now;

	if (r->errors)
		return task_fail(t, "workload-failed", "fio: %" PRId64 " jobs failed", r->errors);
	if (!t->wall_clock && r->expected && r->read + r->written != r->expected)
		return task_fail(t, "check-failed",
				 "fio moved %" PRIu64 " bytes, the job file asks for %" PRIu64,
				 r->read + r->written, r->expected);
	/* Through the page cache the device may see less than fio moved, or later. */
	if (!fio->kind || !r->direct)
		return 0;
	if (fio->kind->count(t, &now) < 0)
		return task_fail(t, "check-failed", "no counters of '%s'", t->device);
	if (check_moved(t, "wrote", r->written, now.written - fio->before.written) < 0)
		return -1;
	return check_moved(t, "read", r->read, now.read - fio->before.read);
}

/*
 * Sends fio's JSON and what else it said. fio prints remarks into its output file in front of
 * the JSON: they go where its other words are. Leaves `json` as the JSON alone.
 */
static int send_output(struct task *t, struct strbuf *json, struct strbuf *said)
{
	const char *begin;

	(void)read_file(JSON_FILE, json);
	(void)read_file(OUTPUT, said);
	begin = json->data[0] == '{' ? json->data : strstr(json->data, "\n{\n");
	if (begin && begin > json->data)
		begin++;
	strbuf_add(said, json->data, begin ? (size_t)(begin - json->data) : json->len);
	strbuf_consume(json, begin ? (size_t)(begin - json->data) : json->len);
	if (said->len && send_file(t->out, t->name, "fio.stderr", said->data, said->len) < 0)
		return -1;
	return json->len ? send_file(t->out, t->name, "fio.json", json->data, json->len) : 0;
}

static int report(struct task *t)
{
	struct strbuf json = STRBUF_INIT, said = STRBUF_INIT, words = STRBUF_INIT;
	struct json_object *root = NULL;
	struct fio_result result;
	int ret = -1;

	if (send_output(t, &json, &said) < 0)
		goto out;
	if (!child_ok(t->status)) {
		strbuf_adds(&words, "fio: ");
		child_describe(t->status, &words);
		strbuf_adds(&words, said.len ? ": " : "");
		child_words(said.data, &words);
		ret = task_fail(t,
				WIFSIGNALED(t->status) && WTERMSIG(t->status) == 9
					? "oom"
					: "workload-failed",
				"%s", words.data);
		goto out;
	}
	root = json_tokener_parse(json.data);
	if (!root || !read_result(root, &result))
		ret = task_fail(t, "check-failed", "fio's output is not its JSON");
	else
		ret = check(t, &result);
out:
	json_object_put(root);
	strbuf_release(&json);
	strbuf_release(&said);
	strbuf_release(&words);
	return ret;
}

static void finish(struct task *t)
{
	struct fio *fio = t->state;

	if (fio && fio->kind)
		fio->kind->close(t);
	free(fio);
	t->state = NULL;
}

const struct driver fio_driver = {
	.name = "fio",
	.prepare = prepare,
	.measure = measure,
	.report = report,
	.finish = finish,
};
