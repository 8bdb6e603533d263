// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab list: what can be named on a command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "runner/machine/target.h"
#include "runner/session/workload.h"
#include "runner/source/series.h"
#include "runner/source/spec.h"

const struct opt_usage cmd_list_usage = {
	.name = "list",
	.synopsis = "[SERIES...]",
	.most = OPT_ANY,
	.summary = "kernels, series, workloads and targets that can be named",
	.details =
		"What is listed are the files of configs/kernels, patches and configs/workloads,\n"
		"and the targets that kab knows. A path works wherever a name does, and\n"
		"for a kernel git:DIR@REV.\n"
		"\n"
		"With SERIES, a name, a path or lore:MESSAGE-ID: what kab takes it for, that is\n"
		"its revision, its patches, who has reviewed them, and the base that it names.\n",
};

static void print_item(const char *name, const char *title)
{
	printf("  %-18s %s\n", name, title ? title : "");
}

static int list_kernels(void)
{
	struct strvec names = STRVEC_INIT;
	int ret = spec_sources(&names);

	puts("kernels:");
	for (size_t i = 0; ret == 0 && i < names.count; i++) {
		char *file = xasprintf("configs/kernels/%s.json", names.items[i]);
		char *path = path_share(file);
		struct json_doc doc = { 0 };

		ret = path ? json_load(&doc, path) : -1;
		if (ret == 0) {
			struct json_at root = json_root(&doc);
			struct json_at title = json_member(&root, "title");

			print_item(names.items[i],
				   title.value ? json_object_get_string(title.value) : NULL);
		}
		json_release(&doc);
		free(path);
		free(file);
	}
	strvec_release(&names);
	return ret;
}

static int list_series(void)
{
	struct strvec names = STRVEC_INIT;
	char *dir = path_share("patches");
	int ret = dir ? dir_list(dir, &names) : -1;

	puts("\nseries:");
	for (size_t i = 0; ret == 0 && i < names.count; i++) {
		struct strbuf path = STRBUF_INIT, readme = STRBUF_INIT;
		const char *title = NULL;

		strbuf_addf(&path, "%s/%s/README.md", dir, names.items[i]);
		/* The first line is "# NAME: what it is". */
		if (file_read_optional(path.data, &readme) == 0) {
			readme.data[strcspn(readme.data, "\n")] = '\0';
			title = strstr(readme.data, ": ");
		}
		print_item(names.items[i], title ? title + 2 : NULL);
		strbuf_release(&readme);
		strbuf_release(&path);
	}
	strvec_release(&names);
	free(dir);
	return ret;
}

static int list_workloads(void)
{
	struct strvec names = STRVEC_INIT;
	int ret = workload_names(&names);

	puts("\nworkloads:");
	for (size_t i = 0; ret == 0 && i < names.count; i++) {
		struct workload w = { 0 };

		ret = workload_load(&w, names.items[i]);
		if (ret == 0)
			print_item(w.name, w.title);
		workload_release(&w);
	}
	strvec_release(&names);
	return ret;
}

/*
 * A series.
 */
static void print_detail(const char *what, const char *value)
{
	if (value && *value)
		printf("  %-9s%s\n", what, value);
}

static void print_patch(const struct series *s, size_t i)
{
	const struct patch *p = &s->patches[i];

	printf("  %zu/%zu  %s\n", i + 1, s->count, p->name);
	if (p->link)
		printf("       %s\n", p->link);
	for (size_t k = 0; k < p->trailers.count; k++)
		printf("       %s\n", p->trailers.items[k]);
}

static int show_series(const char *name)
{
	struct series s;

	if (series_load(&s, name) < 0)
		return -1;
	if (s.title)
		printf("%s (v%d)\n", s.title, s.version);
	else
		printf("%s\n", s.name);
	print_detail("author", s.author);
	print_detail("date", s.date);
	print_detail("link", s.link);
	print_detail("base", s.base);
	for (size_t i = 0; i < s.count; i++)
		print_patch(&s, i);
	series_release(&s);
	return 0;
}

static int show_all(const struct strvec *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (show_series(names->items[i]) < 0)
			return interrupted() ? STATUS_INTERRUPTED : STATUS_USAGE;
	return STATUS_OK;
}

static int list_all(void)
{
	if (list_kernels() < 0 || list_series() < 0 || list_workloads() < 0)
		return STATUS_USAGE;
	puts("\ntargets:");
	for (size_t i = 0; targets[i]; i++)
		print_item(targets[i]->name, targets[i]->summary);
	return STATUS_OK;
}

int cmd_list(int argc, char **argv)
{
	struct strvec operands = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_list_usage, argc, argv, NULL, &operands);
	int status = parsed == OPT_BAD ? STATUS_USAGE : STATUS_OK;

	if (parsed == OPT_RUN)
		status = operands.count ? show_all(&operands) : list_all();
	strvec_release(&operands);
	return status;
}
