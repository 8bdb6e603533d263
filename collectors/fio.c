// SPDX-License-Identifier: GPL-2.0-or-later
#include "fio.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "collect.h"
#include "jsontext.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strbuf.h"

/* fio's last bin: what takes longer is counted here as well. */
#define BIN_LAST_NS UINT64_C(17112760320)
#define SHOWN_MAX   200

enum { KIND_COUNT = 3, DIRECTION_COUNT = 4 };

static const struct {
	const char *key, *name;
} kinds[KIND_COUNT] = {
	{ "slat_ns", "slat" },
	{ "clat_ns", "clat" },
	{ "lat_ns", "lat" },
};

/* "mixed" is there instead of the others with unified_rw_reporting. */
static const char *const directions[DIRECTION_COUNT] = { "read", "write", "trim", "mixed" };

static const struct {
	double percent;
	const char *name;
} percentiles[] = {
	{ 50, "p50" }, { 90, "p90" },	  { 95, "p95" },
	{ 99, "p99" }, { 99.9, "p99_9" }, { 99.99, "p99_99" },
};

struct pair {
	uint64_t ns, count;
};

struct latency {
	uint64_t n;
	double min, max, mean;
	double squares; /* sum of squared distances from the mean */
	struct pair *bins;
	size_t bin_count;
	uint64_t binned; /* sum of the bins' counts */
};

/* A job's time in one direction. */
struct span {
	uint64_t group;
	uint64_t runtime_ms;
};

struct direction {
	uint64_t ios, bytes;
	struct span *spans;
	size_t span_count;
	struct latency latencies[KIND_COUNT];
};

/* All jobs of one output, while they are added up. */
struct result {
	const char *workload;
	struct observations *o;
	struct direction directions[DIRECTION_COUNT];
	uint64_t switches;
	/* Where the reader is, for messages. */
	size_t job;
	const char *direction, *kind;
};

static void result_release(struct result *r)
{
	for (size_t d = 0; d < DIRECTION_COUNT; d++) {
		free(r->directions[d].spans);
		for (size_t k = 0; k < KIND_COUNT; k++)
			free(r->directions[d].latencies[k].bins);
	}
}

/* The whole output is refused: a part of it would be a wrong figure. */
static int malformed(const struct result *r, const char *key)
{
	observe_finding(r->o, r->workload, "malformed-results", SEVERITY_FAILURE,
			"fio.json: jobs[%zu]%s%s%s%s.%s is missing or not a sensible value", r->job,
			r->direction ? "." : "", r->direction ? r->direction : "",
			r->kind ? "." : "", r->kind ? r->kind : "", key);
	return -1;
}

static int read_count(const struct result *r, struct json_object *object, const char *key,
		      uint64_t *value)
{
	return jsontext_count(object, key, value) ? 0 : malformed(r, key);
}

static int read_number(const struct result *r, struct json_object *object, const char *key,
		       double *value)
{
	return jsontext_number(object, key, value) ? 0 : malformed(r, key);
}

/* Sums stay below the bound of the values themselves. */
static int add_count(const struct result *r, const char *key, uint64_t *sum, uint64_t value)
{
	*sum += value;
	return *sum <= (uint64_t)JSONTEXT_MAX ? 0 : malformed(r, key);
}

static int read_bin(const struct result *r, struct latency *l, const char *key,
		    struct json_object *value)
{
	uint64_t ns, count;
	char *end;

	errno = 0;
	ns = strtoull(key, &end, 10);
	if (key[0] < '0' || key[0] > '9' || *end || errno || ns > (uint64_t)JSONTEXT_MAX)
		return malformed(r, "bins");
	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0 ||
	    json_object_get_int64(value) > JSONTEXT_MAX)
		return malformed(r, "bins");
	count = (uint64_t)json_object_get_int64(value);
	l->bins[l->bin_count++] = (struct pair){ ns, count };
	return add_count(r, "bins", &l->binned, count);
}

static int read_bins(const struct result *r, struct latency *l, struct json_object *object)
{
	struct json_object *bins = jsontext_object(object, "bins");

	if (!bins || json_object_object_length(bins) == 0)
		return 0;
	l->bins = xreallocarray(l->bins, l->bin_count + (size_t)json_object_object_length(bins),
				sizeof(*l->bins));
	json_object_object_foreach(bins, key, value) if (read_bin(r, l, key, value) < 0) return -1;
	return 0;
}

/* Joins the moments of two sets (Chan, Golub and LeVeque, 1979). */
static void latency_join(struct latency *l, const struct latency *more)
{
	double n = (double)l->n, m = (double)more->n;
	double distance = more->mean - l->mean;

	if (!l->n) {
		l->min = more->min;
		l->max = more->max;
		l->mean = more->mean;
		l->squares = more->squares;
	} else {
		l->min = fmin(l->min, more->min);
		l->max = fmax(l->max, more->max);
		l->mean += distance * m / (n + m);
		l->squares += more->squares + distance * distance * n * m / (n + m);
	}
	l->n += more->n;
}

static int read_latency(struct result *r, struct latency *l, struct json_object *object)
{
	struct latency one = { 0 };
	double deviation = 0;

	if (read_count(r, object, "N", &one.n) < 0)
		return -1;
	if (!one.n)
		return 0;
	if (read_number(r, object, "min", &one.min) < 0 ||
	    read_number(r, object, "max", &one.max) < 0 ||
	    read_number(r, object, "mean", &one.mean) < 0 ||
	    read_number(r, object, "stddev", &deviation) < 0)
		return -1;
	one.squares = deviation * deviation * (double)(one.n - 1);
	latency_join(l, &one);
	if (l->n > (uint64_t)JSONTEXT_MAX)
		return malformed(r, "N");
	return read_bins(r, l, object);
}

static int read_direction(struct result *r, struct direction *d, uint64_t group,
			  struct json_object *object)
{
	uint64_t ios, bytes, runtime;

	if (read_count(r, object, "total_ios", &ios) < 0 ||
	    read_count(r, object, "io_bytes", &bytes) < 0 ||
	    read_count(r, object, "runtime", &runtime) < 0)
		return -1;
	if (!ios)
		return 0;
	if (add_count(r, "total_ios", &d->ios, ios) < 0 ||
	    add_count(r, "io_bytes", &d->bytes, bytes) < 0)
		return -1;
	d->spans = xreallocarray(d->spans, d->span_count + 1, sizeof(*d->spans));
	d->spans[d->span_count++] = (struct span){ group, runtime };
	for (size_t k = 0; k < KIND_COUNT; k++) {
		struct json_object *latency = jsontext_object(object, kinds[k].key);

		r->kind = kinds[k].key;
		if (latency && read_latency(r, &d->latencies[k], latency) < 0)
			return -1;
	}
	r->kind = NULL;
	return 0;
}

/*
 * Of fio's figures about the CPU only the context switches: the shares of user and system time are
 * sampled by the timer tick, which is far too coarse for a run of seconds.
 */
static int read_switches(struct result *r, struct json_object *job)
{
	uint64_t switches;

	if (read_count(r, job, "ctx", &switches) < 0)
		return -1;
	return add_count(r, "ctx", &r->switches, switches);
}

static int read_job(struct result *r, struct json_object *job)
{
	const char *name = jsontext_string(job, "jobname");
	uint64_t code, group;

	if (read_count(r, job, "error", &code) < 0 || read_count(r, job, "groupid", &group) < 0)
		return -1;
	if (code)
		observe_finding(r->o, r->workload, "fio-error", SEVERITY_FAILURE,
				"job \"%s\" ended with error %" PRIu64 " (%s)", name ? name : "",
				code, strerror(code < INT32_MAX ? (int)code : 0));
	if (read_switches(r, job) < 0)
		return -1;
	for (size_t d = 0; d < DIRECTION_COUNT; d++) {
		struct json_object *direction = jsontext_object(job, directions[d]);

		r->direction = directions[d];
		if (direction && read_direction(r, &r->directions[d], group, direction) < 0)
			return -1;
	}
	r->direction = NULL;
	return 0;
}

static int by_group(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return (x->group > y->group) - (x->group < y->group);
}

/* The longest job of each group, added up over the groups. */
static double runtime_ms(struct direction *d)
{
	double sum = 0;
	uint64_t longest;
	size_t i = 0;

	qsort(d->spans, d->span_count, sizeof(*d->spans), by_group);
	while (i < d->span_count) {
		uint64_t group = d->spans[i].group;

		for (longest = 0; i < d->span_count && d->spans[i].group == group; i++)
			if (d->spans[i].runtime_ms > longest)
				longest = d->spans[i].runtime_ms;
		sum += (double)longest;
	}
	return sum;
}

static int by_ns(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

/* Sorts the bins of all jobs and adds up those of the same latency; empty ones go. */
static void merge_bins(struct latency *l)
{
	size_t kept = 0;

	if (l->bin_count)
		qsort(l->bins, l->bin_count, sizeof(*l->bins), by_ns);
	for (size_t i = 0; i < l->bin_count; i++) {
		if (!l->bins[i].count)
			continue;
		if (kept && l->bins[kept - 1].ns == l->bins[i].ns)
			l->bins[kept - 1].count += l->bins[i].count;
		else
			l->bins[kept++] = l->bins[i];
	}
	l->bin_count = kept;
}

/* The arithmetic of fio's own percentiles, so that the two agree also when a bin ends on one. */
static uint64_t percentile_ns(const struct latency *l, double percent)
{
	long double rank = (long double)percent / 100.0L * (long double)l->binned;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < l->bin_count; i++) {
		sum += l->bins[i].count;
		if ((long double)sum >= rank)
			break;
	}
	return l->bins[i].ns;
}

/* Values were checked when they were read, so that none can be refused here. */
static void sample(const struct result *r, const char *prefix, const char *name, const char *unit,
		   enum better better, double value)
{
	char *metric = xasprintf("%s%s%s", prefix, *prefix ? "_" : "", name);

	observe_sample(r->o, r->workload, metric, unit, better, value);
	free(metric);
}

static void sample_ns(const struct result *r, const char *kind, const char *statistic, double ns)
{
	char *name = xasprintf("%s_ns", statistic);

	sample(r, kind, name, "ns", BETTER_LOWER, ns);
	free(name);
}

static void observe_bins(const struct result *r, const char *kind, struct latency *l)
{
	const struct pair *last;

	merge_bins(l);
	if (!l->bin_count)
		return;
	if (l->binned != l->n) {
		observe_finding(r->o, r->workload, "partial-bins", SEVERITY_WARNING,
				"fio's bins hold %" PRIu64 " of %" PRIu64
				" %s latencies: no percentiles",
				l->binned, l->n, kind);
		return;
	}
	for (size_t i = 0; i < l->bin_count; i++)
		observe_bin(r->o, r->workload, kind, l->bins[i].ns, l->bins[i].count);
	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++)
		sample_ns(r, kind, percentiles[i].name,
			  (double)percentile_ns(l, percentiles[i].percent));
	last = &l->bins[l->bin_count - 1];
	if (last->ns >= BIN_LAST_NS)
		observe_finding(r->o, r->workload, "saturated-latency", SEVERITY_NOTE,
				"%" PRIu64 " of %" PRIu64
				" %s latencies are in fio's last bin (17 s and more): percentiles "
				"there are lower bounds",
				last->count, l->binned, kind);
}

static void observe_latency(const struct result *r, const char *direction, const char *name,
			    struct latency *l)
{
	char *kind = xasprintf("%s_%s", direction, name);

	sample_ns(r, kind, "min", l->min);
	sample_ns(r, kind, "max", l->max);
	sample_ns(r, kind, "mean", l->mean);
	sample_ns(r, kind, "stddev", l->n > 1 ? sqrt(l->squares / (double)(l->n - 1)) : 0);
	observe_bins(r, kind, l);
	free(kind);
}

static void observe_direction(struct result *r, const char *name, struct direction *d)
{
	double ms = runtime_ms(d);

	sample(r, name, "total_ios", "1", BETTER_HIGHER, (double)d->ios);
	sample(r, name, "runtime_ms", "ms", BETTER_LOWER, ms);
	if (ms > 0) {
		sample(r, name, "iops", "1/s", BETTER_HIGHER, (double)d->ios * 1000 / ms);
		sample(r, name, "bw_kib", "KiB/s", BETTER_HIGHER,
		       (double)d->bytes / 1024 * 1000 / ms);
	} else {
		observe_finding(r->o, r->workload, "too-short", SEVERITY_WARNING,
				"%" PRIu64 " %s I/Os took less than fio's millisecond: no rate",
				d->ios, name);
	}
	for (size_t k = 0; k < KIND_COUNT; k++)
		if (d->latencies[k].n)
			observe_latency(r, name, kinds[k].name, &d->latencies[k]);
}

static void observe_result(struct result *r)
{
	bool any = false;

	for (size_t d = 0; d < DIRECTION_COUNT; d++) {
		if (!r->directions[d].ios)
			continue;
		any = true;
		observe_direction(r, directions[d], &r->directions[d]);
	}
	if (!any)
		observe_finding(r->o, r->workload, "no-io", SEVERITY_FAILURE,
				"fio did not a single I/O");
	sample(r, "", "ctx_switches", "1", BETTER_LOWER, (double)r->switches);
}

static void read_jobs(struct result *r, struct json_object *root)
{
	struct json_object *jobs = jsontext_array(root, "jobs");
	size_t count = jobs ? json_object_array_length(jobs) : 0;

	if (!count) {
		observe_finding(r->o, r->workload, "malformed-results", SEVERITY_FAILURE,
				"fio.json: no jobs");
		return;
	}
	for (r->job = 0; r->job < count; r->job++) {
		struct json_object *job = json_object_array_get_idx(jobs, r->job);

		if (!json_object_is_type(job, json_type_object)) {
			malformed(r, "jobname");
			return;
		}
		if (read_job(r, job) < 0)
			return;
	}
	observe_result(r);
}

/* What fio says goes to standard output too, before and after the JSON. */
static void observe_message(const char *workload, const char *text, size_t len,
			    struct observations *o)
{
	char *message = clean_text(text, len, SHOWN_MAX);

	if (*message)
		observe_finding(o, workload, "fio-message", SEVERITY_NOTE, "%s", message);
	free(message);
}

/* The first '{' that starts a line, or the end. */
static const char *find_json(const char *text, size_t len)
{
	const char *end = text + len, *p = text;

	while (p < end && *p != '{') {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : end;
	}
	return p;
}

void fio_read(const char *workload, const char *text, size_t len, struct observations *o)
{
	const char *json = find_json(text, len);
	size_t left = len - (size_t)(json - text);
	struct result r = { .workload = workload, .o = o };
	struct json_object *root;
	const char *why = NULL;
	size_t used;

	observe_message(workload, text, (size_t)(json - text), o);
	root = jsontext_parse(json, left, &used, &why);
	if (!root) {
		observe_finding(o, workload, "malformed-results", SEVERITY_FAILURE, "fio.json: %s",
				why);
		return;
	}
	observe_message(workload, json + used, left - used, o);
	read_jobs(&r, root);
	result_release(&r);
	json_object_put(root);
}

/* fio's standard error: what it warns of, or why it did not start. */
static int collect_stderr(const struct rundir *run, const char *workload, struct observations *o)
{
	struct strbuf text = STRBUF_INIT;
	char *path = rundir_file(run, workload, "fio.stderr");
	int ret = file_read_optional(path, &text);

	if (ret == 0)
		observe_message(workload, text.data, text.len, o);
	strbuf_release(&text);
	free(path);
	return ret < 0 ? -1 : 0;
}

static int collect_workload(const struct rundir *run, const char *workload, struct observations *o)
{
	struct strbuf text = STRBUF_INIT;
	char *path = rundir_file(run, workload, "fio.json");
	int ret = file_read_optional(path, &text);

	if (ret == 0)
		fio_read(workload, text.data, text.len, o);
	strbuf_release(&text);
	free(path);
	return ret < 0 ? -1 : collect_stderr(run, workload, o);
}

static int fio_collect(const struct rundir *run, struct observations *o)
{
	for (size_t i = 0; i < run->workload_count; i++)
		if (collect_workload(run, run->workloads[i].name, o) < 0)
			return -1;
	return 0;
}

const struct collector fio_collector = { "fio", fio_collect };
