// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files come from the run directory; they are copied beside the page, so that they stay when the run
 * directory is pruned.
 */
#include "page-run.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/record.h"
#include "page-compare.h"
#include "table.h"
#include "trend.h"
#include "units.h"

#define ROOT	 PAGE_RUN_ROOT
#define COPY_MAX ((size_t)512 * 1024) /* larger files are named only */

/* --- files ------------------------------------------------------------------------------------- */

static int read_source(const struct run_view *v, const char *file, struct strbuf *out)
{
	char *path = v->there ? xasprintf("%s/%s", v->source, file) : NULL;
	int ret = path && file_exists(path) ? file_read_optional(path, out) : 1;

	free(path);
	return ret;
}

/* "files/dmcrypt-1m/results" becomes "003/files-dmcrypt-1m-results.txt". */
static char *copy_name(const struct run_view *v, const char *file)
{
	char *flat = xstrdup(file), *stem, *name;
	bool json;

	for (char *p = flat; *p; p++)
		if (*p == '/')
			*p = '-';
	json = strlen(flat) > 5 && !strcmp(flat + strlen(flat) - 5, ".json");
	stem = gnuplot_stem(flat, NULL);
	name = xasprintf("%s/%s%s", v->name, stem, json ? "" : ".txt");
	free(stem);
	free(flat);
	return name;
}

/* Puts a copy beside the page, or keeps the one that is there. The name below the page's folder in
 * a new string, or NULL when there is none; *failed on an error. */
static char *copy_file(struct site *s, const struct run_view *v, const char *file,
		       const struct strbuf *bytes, bool *failed)
{
	char *name = copy_name(v, file), *path = xasprintf("%s/%s", v->dir, name);
	bool there = bytes->len && bytes->len <= COPY_MAX;

	if (there) {
		*failed |= folder_write(&s->folder, path, bytes->data, bytes->len) < 0;
	} else if (!v->there && folder_has(&s->folder, path)) {
		folder_keep(&s->folder, path);
		there = true;
	}
	free(path);
	if (there)
		return name;
	free(name);
	return NULL;
}

/* What the site still has of a log whose run directory is gone. */
static void read_copy(const struct site *s, const struct run_view *v, const char *file,
		      struct strbuf *out)
{
	char *name = copy_name(v, file);
	char *path = xasprintf("%s/%s/%s", s->folder.root, v->dir, name);

	if (!v->there && file_exists(path))
		(void)file_read_optional(path, out);
	free(path);
	free(name);
}

/* --- time -------------------------------------------------------------------------------------- */

/* In ns of the guest's clock; NAN where not known. */
struct times {
	double hello, begin, end;
	double wall_ms, first_record_ms; /* of the host */
};

/* The agent's first record has the guest's uptime. */
static double read_hello(const struct run_view *v)
{
	struct strbuf bytes = STRBUF_INIT;
	struct record record;
	const char *why;
	double hello = NAN;
	size_t used;

	if (read_source(v, "records.bin", &bytes) == 0 &&
	    record_read(bytes.data, bytes.len, 0, &record, &used, &why) == RECORD_OK &&
	    record.type == RECORD_HELLO) {
		char *text = xasprintf("%.*s", (int)(record.data_len < 30 ? record.data_len : 30),
				       record.data);

		hello = strtod(text, NULL);
		free(text);
	}
	strbuf_release(&bytes);
	return hello;
}

static void read_window(const struct run_view *v, const char *workload, struct times *t)
{
	char *file = xasprintf("files/%s/window", workload);
	struct strbuf text = STRBUF_INIT;
	char *next, *rest;

	if (!strstr(file, "..") && read_source(v, file, &text) == 0) {
		double begin = strtod(text.data, &next), end = strtod(next, &rest);

		if (next != text.data && rest != next) {
			if (isnan(t->begin))
				t->begin = begin;
			t->end = end;
		}
	}
	strbuf_release(&text);
	free(file);
}

static void read_times(const struct run_view *v, struct times *t)
{
	struct strvec workloads = STRVEC_INIT;
	struct strbuf text = STRBUF_INIT;
	struct json_object *root = NULL, *value;

	*t = (struct times){ NAN, NAN, NAN, NAN, NAN };
	t->hello = read_hello(v);
	strvec_split(&workloads, v->run->workloads, " ");
	for (size_t i = 0; i < workloads.count; i++)
		read_window(v, workloads.items[i], t);
	strvec_release(&workloads);
	if (read_source(v, "outcome.json", &text) == 0)
		root = json_tokener_parse(text.data);
	if (root && json_object_object_get_ex(root, "wall_ms", &value))
		t->wall_ms = json_object_get_double(value);
	if (root && json_object_object_get_ex(root, "first_record_ms", &value))
		t->first_record_ms = json_object_get_double(value);
	json_object_put(root);
	strbuf_release(&text);
}

static void time_row(struct table *t, const char *what, const char *clock, double from, double to)
{
	table_row(t, NULL);
	table_text(t, what);
	table_text(t, clock);
	table_figure(t, "ns", from);
	table_figure(t, "ns", to);
	table_figure(t, "ns", to - from);
}

/* A coloured share of the bar. */
static void bar_part(struct html *h, const char *name, const char *class, double from, double to,
		     double whole)
{
	char *x = xasprintf("%.2f", 1000 * from / whole);
	char *width = xasprintf("%.2f", 1000 * (to - from) / whole);

	html_open(h, "rect", "class", class, "x", x, "y", "0", "width", width, "height", "24");
	html_open(h, "title");
	html_text(h, name);
	html_close(h, "title");
	html_close(h, "rect");
	free(x);
	free(width);
}

/* The guest's clock from the start of its kernel to the end of what is measured. */
static void bar(struct html *h, const struct times *t)
{
	static const char *const names[] = { "boot", "set-up", "measured" };
	static const char *const classes[] = { "boot", "setup", "measured" };
	const double ends[] = { 0, t->hello, t->begin, t->end };

	html_open(h, "svg", "class", "time", "viewBox", "0 0 1000 24", "preserveAspectRatio",
		  "none", "role", "img", "aria-label",
		  "The boot on the guest's clock, as in the table");
	for (size_t i = 0; i < 3; i++)
		bar_part(h, names[i], classes[i], ends[i], ends[i + 1], t->end);
	html_close(h, "svg");
	html_open(h, "p", "class", "small");
	for (size_t i = 0; i < 3; i++) {
		html_open(h, "span", "class", classes[i], "aria-hidden", "true");
		html_text(h, "■");
		html_close(h, "span");
		html_textf(h, " %s  ", names[i]);
	}
	html_text(h, "on the guest's clock");
	html_close(h, "p");
}

static int timeline(struct site *s, struct html *h, const struct run_view *v)
{
	static const struct table_column columns[] = {
		{ "part", "part", true },	  { "clock", "clock", true },
		{ "from_ns", "from", false },	  { "to_ns", "to", false },
		{ "length_ns", "length", false },
	};
	char *name = xasprintf("%s-time", v->name), *path = xasprintf("%s/%s", v->dir, name);
	struct times t;
	struct table tb;
	int ret = 0;

	read_times(v, &t);
	table_init(&tb, columns, sizeof(columns) / sizeof(columns[0]));
	if (!isnan(t.hello))
		time_row(&tb, "boot, until the agent runs", "guest", 0, t.hello);
	if (!isnan(t.hello) && !isnan(t.begin))
		time_row(&tb, "set-up and prefill", "guest", t.hello, t.begin);
	if (!isnan(t.begin))
		time_row(&tb, "measured", "guest", t.begin, t.end);
	if (!isnan(t.first_record_ms))
		time_row(&tb, "QEMU's start to the first record", "host", 0,
			 t.first_record_ms * 1e6);
	if (!isnan(t.wall_ms))
		time_row(&tb, "the whole boot", "host", 0, t.wall_ms * 1e6);
	html_element(h, "h2", NULL, "Time");
	if (tb.count) {
		if (t.hello >= 0 && t.begin >= t.hello && t.end > t.begin)
			bar(h, &t);
		table_html(h, &tb, "Time", name);
		ret = table_files(&s->folder, &tb, path);
	} else {
		html_element(h, "p", NULL, "Not known: the run directory is gone or empty.");
	}
	table_release(&tb);
	free(path);
	free(name);
	return ret;
}

/* --- findings ---------------------------------------------------------------------------------- */

static void findings(struct html *h, const struct run_view *v)
{
	size_t found = 0;

	html_element(h, "h2", NULL, "Findings");
	for (size_t i = 0; i < v->findings->count; i++) {
		const struct db_finding *f = &v->findings->items[i];

		if (strcmp(f->run, v->run->id) != 0)
			continue;
		if (!found++)
			html_open(h, "ul", "class", "findings");
		html_open(h, "li");
		html_element(h, "strong", NULL, severity_name(f->severity));
		html_textf(h, ": %s%s%s: %s", f->workload, *f->workload ? ": " : "", f->kind,
			   f->message);
		html_close(h, "li");
	}
	if (found)
		html_close(h, "ul");
	else
		html_element(h, "p", NULL, "None.");
}

/* --- figures ----------------------------------------------------------------------------------- */

static bool is_counter(const char *metric)
{
	return !strncmp(metric, "vm_", 3);
}

static void figure_table(struct table *t, const struct run_view *v, bool counters)
{
	static const struct table_column columns[] = {
		{ "workload", "workload", true },
		{ "metric", "metric", true },
		{ "value", "value", false },
		{ "unit", NULL, false },
	};
	char *plan = gnuplot_stem(v->session->session->plan, NULL);

	table_init(t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < v->metrics->count; i++) {
		const struct db_series *m = &v->metrics->items[i];

		for (size_t k = 0; k < m->count; k++) {
			char *page, *href;

			if (strcmp(m->runs[k], v->run->id) != 0 ||
			    is_counter(m->metric) != counters)
				continue;
			page = site_trend_page(m->workload, m->metric);
			href = site_is_night(v->session->session)
				       ? xasprintf(ROOT "trends/%s/%s.html", plan, page)
				       : NULL;
			table_row(t, m->headline ? "headline" : NULL);
			table_text(t, m->workload);
			table_link(t, m->metric, href);
			table_figure(t, m->unit, m->values[k]);
			table_text(t, m->unit);
			free(href);
			free(page);
		}
	}
	free(plan);
}

static int figures(struct site *s, struct html *h, const struct run_view *v, bool counters)
{
	char *name = xasprintf("%s-%s", v->name, counters ? "vmstat" : "figures");
	char *path = xasprintf("%s/%s", v->dir, name);
	const char *title = counters ? "Memory: what /proc/vmstat counted meanwhile" : "Figures";
	struct table t;
	int ret = 0;

	figure_table(&t, v, counters);
	html_element(h, "h2", NULL, title);
	if (t.count) {
		table_html(h, &t, title, name);
		ret = table_files(&s->folder, &t, path);
	} else {
		html_element(h, "p", NULL,
			     v->run->failed ? "The run failed: its figures are not used."
					    : "None.");
	}
	table_release(&t);
	free(path);
	free(name);
	return ret;
}

/* --- logs and files ---------------------------------------------------------------------------- */

static int log_section(struct site *s, struct html *h, const struct run_view *v, const char *title,
		       const char *file, const char *id)
{
	struct strbuf text = STRBUF_INIT;
	bool failed = false;
	char *copy;

	if (read_source(v, file, &text) != 0)
		read_copy(s, v, file, &text);
	copy = copy_file(s, v, file, &text, &failed);
	html_element(h, "h2", NULL, title);
	if (text.len)
		console_show(h, &text, id, copy);
	else
		html_element(h, "p", NULL,
			     v->there ? "Empty." : "Raw files were pruned; nothing of it is left.");
	free(copy);
	strbuf_release(&text);
	return failed ? -1 : 0;
}

/* Files of the run directory and of its folder files/, by name. */
static void list_files(const struct run_view *v, const char *sub, struct strvec *out)
{
	char *dir = *sub ? xasprintf("%s/%s", v->source, sub) : xstrdup(v->source);
	struct strvec names = STRVEC_INIT;

	if (dir_list(dir, &names) < 0)
		names.count = 0;
	for (size_t i = 0; i < names.count; i++) {
		char *name =
			*sub ? xasprintf("%s/%s", sub, names.items[i]) : xstrdup(names.items[i]);
		char *path = xasprintf("%s/%s", v->source, name);

		if (file_size(path) >= 0)
			strvec_push(out, name);
		else if (strlen(name) < 400)
			list_files(v, name, out);
		free(path);
		free(name);
	}
	strvec_release(&names);
	free(dir);
}

static bool is_text(const char *name)
{
	static const char *const binary[] = { "records.bin", ".gz", "profile" };

	for (size_t i = 0; i < sizeof(binary) / sizeof(binary[0]); i++) {
		size_t len = strlen(name), n = strlen(binary[i]);

		if (len >= n && !strcmp(name + len - n, binary[i]))
			return false;
	}
	return true;
}

/* A file as a line of the list, with a copy when it is text of a sensible size. */
static void raw_file(struct site *s, struct html *h, const struct run_view *v, const char *file,
		     bool *failed)
{
	char *path = xasprintf("%s/%s", v->source, file), *copy = NULL;
	int64_t size = file_size(path);
	struct strbuf bytes = STRBUF_INIT;

	if (is_text(file) && size > 0 && size <= (int64_t)COPY_MAX &&
	    read_source(v, file, &bytes) == 0)
		copy = copy_file(s, v, file, &bytes, failed);
	html_open(h, "li");
	if (copy) {
		html_open(h, "a", "href", copy);
		html_text(h, file);
		html_close(h, "a");
	} else {
		html_text(h, file);
	}
	html_open(h, "span", "class", "soft small");
	html_textf(h, " %" PRId64 " bytes%s", size,
		   copy || !size ? "" : ", only in the run directory");
	html_close(h, "span");
	html_close(h, "li");
	strbuf_release(&bytes);
	free(copy);
	free(path);
}

/* Of a run directory that is gone: what the site has of it, which stays. */
static int kept_files(struct site *s, struct html *h, const struct run_view *v)
{
	char *below = xasprintf("%s/%s", v->dir, v->name);
	char *dir = xasprintf("%s/%s", s->folder.root, below);
	struct strvec files = STRVEC_INIT;
	int ret = dir_list(dir, &files);

	html_element(h, "p", NULL,
		     files.count ? "Raw files were pruned, but for these copies."
				 : "Raw files were pruned. The figures stay in the database.");
	if (files.count)
		html_open(h, "ul");
	for (size_t i = 0; i < files.count; i++) {
		char *name = xasprintf("%s/%s", below, files.items[i]);
		char *href = xasprintf("%s/%s", v->name, files.items[i]);

		folder_keep(&s->folder, name);
		html_open(h, "li");
		html_open(h, "a", "href", href);
		html_text(h, files.items[i]);
		html_close(h, "a");
		html_close(h, "li");
		free(href);
		free(name);
	}
	if (files.count)
		html_close(h, "ul");
	strvec_release(&files);
	free(dir);
	free(below);
	return ret;
}

static int raw_files(struct site *s, struct html *h, const struct run_view *v)
{
	struct strvec files = STRVEC_INIT;
	bool failed = false;

	html_element(h, "h2", NULL, "Raw files");
	if (!v->there)
		return kept_files(s, h, v);
	list_files(v, "", &files);
	html_open(h, "p", "class", "small soft");
	html_textf(h, "Run directory %s", v->run->id);
	html_close(h, "p");
	html_open(h, "ul");
	for (size_t i = 0; i < files.count; i++)
		raw_file(s, h, v, files.items[i], &failed);
	html_close(h, "ul");
	strvec_release(&files);
	return failed ? -1 : 0;
}

static int environment(struct site *s, struct html *h, const struct run_view *v)
{
	static const struct table_column columns[] = {
		{ "fact", "fact", true },
		{ "value", "value", true },
	};
	char *name = xasprintf("%s-environment", v->name), *path = xasprintf("%s/%s", v->dir, name);
	struct table t;
	int ret;

	table_init(&t, columns, 2);
	for (size_t i = 0; i < v->facts.count; i++) {
		table_row(&t, NULL);
		table_text(&t, v->facts.items[i].key);
		table_text(&t, v->facts.items[i].value);
	}
	html_element(h, "h2", NULL, "Environment");
	html_open(h, "details");
	html_open(h, "summary");
	html_textf(h, "%zu facts", v->facts.count);
	html_close(h, "summary");
	table_html(h, &t, "Environment", name);
	html_close(h, "details");
	ret = table_files(&s->folder, &t, path);
	table_release(&t);
	free(path);
	free(name);
	return ret;
}

/* --- the page ---------------------------------------------------------------------------------- */

static void open_page(struct html *h, const struct site *s, const struct run_view *v, bool compared)
{
	char *title = xasprintf("Run %s: %s", v->name, v->run->workloads);
	struct site_way way = site_way_of(v->session->session);
	char *above = xasprintf(ROOT "%s", way.list);
	char *kernel = site_kernel_page(v->side->kernel_id), *href = xasprintf(ROOT "%s", kernel);
	struct frame f = { .title = title,
			   .root = ROOT,
			   .published = s->published,
			   .section = way.section,
			   .crumbs = { { way.above, above },
				       { way.here, compared ? "../index.html" : NULL },
				       { "Runs", "index.html" },
				       { v->name, NULL } } };

	frame_open(h, &f);
	html_open(h, "header");
	html_element(h, "h1", NULL, title);
	html_open(h, "p");
	html_text(h, "Kernel ");
	html_open(h, "a", "href", site_has_kernel(s, v->side->kernel_id) ? href : NULL);
	html_text(h, v->side->spec);
	html_close(h, "a");
	html_textf(h, ", boot %" PRId64 " on target %s (%s clock), %s. ", v->run->boot,
		   v->side->target, v->side->clock, v->run->started);
	html_element(h, "span", v->run->failed ? "badge worse" : "badge",
		     v->run->failed ? "failed" : "complete");
	html_close(h, "p");
	html_close(h, "header");
	free(title);
	free(above);
	site_way_release(&way);
	free(kernel);
	free(href);
}

int page_run(struct site *s, const struct run_view *v, bool compared)
{
	char *path = xasprintf("%s/%s.html", v->dir, v->name);
	struct html h = HTML_INIT;
	int ret;

	open_page(&h, s, v, compared);
	findings(&h, v);
	ret = timeline(s, &h, v);
	if (ret == 0)
		ret = figures(s, &h, v, false);
	if (ret == 0)
		ret = figures(s, &h, v, true);
	if (ret == 0)
		ret = log_section(s, &h, v, "Console", "console.log", "console");
	if (ret == 0)
		ret = log_section(s, &h, v, "Kernel log at the end", "files/dmesg", "dmesg");
	if (ret == 0)
		ret = raw_files(s, &h, v);
	if (ret == 0)
		ret = environment(s, &h, v);
	frame_close(&h);
	if (ret == 0)
		ret = site_write(s, path, &h);
	html_release(&h);
	free(path);
	return ret;
}
