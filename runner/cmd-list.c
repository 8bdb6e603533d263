// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab list: what can be named on a command line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/paths.h"
#include "target.h"
#include "workload.h"

const struct opt_usage cmd_list_usage = {
	.name = "list",
	.synopsis = "",
	.summary = "kernels, series, workloads and targets that can be named",
	.details =
		"What is listed are the files of configs/kernels, patches and configs/workloads,\n"
		"and the targets that kab knows. A path works wherever a name does, and\n"
		"for a kernel git:DIR@REV.",
};

static void print_item(const char *name, const char *title)
{
	printf("  %-18s %s\n", name, title ? title : "");
}

static int list_kernels(void)
{
	struct strvec names = STRVEC_INIT;
	char *dir = path_share("configs/kernels");
	int ret = dir ? dir_list(dir, &names) : -1;

	puts("kernels:");
	for (size_t i = 0; ret == 0 && i < names.count; i++) {
		struct strbuf path = STRBUF_INIT;
		struct json_doc doc = { 0 };
		char *dot = strstr(names.items[i], ".json");

		strbuf_addf(&path, "%s/%s", dir, names.items[i]);
		if (dot && json_load(&doc, path.data) == 0) {
			struct json_at root = json_root(&doc);
			struct json_at title = json_member(&root, "title");

			*dot = '\0';
			if (title.value) /* default.json has none: it is no source */
				print_item(names.items[i], json_object_get_string(title.value));
		} else if (dot) {
			ret = -1;
		}
		json_release(&doc);
		strbuf_release(&path);
	}
	strvec_release(&names);
	free(dir);
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

int cmd_list(int argc, char **argv)
{
	struct strvec operands = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_list_usage, argc, argv, NULL, &operands);
	int status = STATUS_OK;

	strvec_release(&operands);
	if (parsed != OPT_RUN)
		return parsed == OPT_DONE ? STATUS_OK : STATUS_USAGE;
	if (list_kernels() < 0 || list_series() < 0 || list_workloads() < 0)
		status = STATUS_USAGE;
	puts("\ntargets:");
	for (size_t i = 0; targets[i]; i++)
		print_item(targets[i]->name, targets[i]->summary);
	return status;
}
