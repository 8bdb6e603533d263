// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a figure depends on besides the workload: the host's facts, the guest's, the machine, and
 * the kernel. The guest may only tell "guest." facts, so that it cannot overrule the others.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collect.h"
#include "jsontext.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strbuf.h"

#define GUEST "guest."

static void observe_facts(struct json_object *root, const char *name, bool from_guest,
			  struct observations *o)
{
	json_object_object_foreach(root, key, value)
	{
		bool guests = !strncmp(key, GUEST, strlen(GUEST));

		if (guests == from_guest && json_object_is_type(value, json_type_string))
			observe_fact(o, key, json_object_get_string(value));
		else
			observe_finding(o, "", "malformed-environment", SEVERITY_WARNING,
					"%s: \"%s\" is not a fact that belongs there", name, key);
	}
}

static int collect_file(const char *path, const char *name, bool from_guest, struct observations *o)
{
	struct json_object *root;
	const char *why;
	int ret = jsontext_load(path, &root, &why);

	if (ret == 0)
		observe_facts(root, name, from_guest, o);
	else if (ret == 1 && !observations_failed(o))
		observe_finding(o, "", "missing-environment", SEVERITY_NOTE, "there is no %s",
				name);
	else if (ret == 2)
		observe_finding(o, "", "malformed-environment", SEVERITY_WARNING, "%s: %s", name,
				why);
	json_object_put(root);
	return ret < 0 ? -1 : 0;
}

/* Appends an argument; paths lose their folders, which differ from run to run and tell nothing. */
static void add_argument(struct strbuf *line, const char *argument)
{
	const char *p = argument;

	while (*p) {
		size_t len = strcspn(p, ",=");

		if (*p == '/') {
			char *path = xstrndup(p, len);

			strbuf_adds(line, path_base(path));
			free(path);
		} else {
			strbuf_add(line, p, len);
		}
		p += len;
		if (*p)
			strbuf_addch(line, *p++);
	}
}

/* The machine itself, to be compared by people: kernel, archive and command line are facts too. */
static void observe_command(struct json_object *guest, struct observations *o)
{
	static const char *const left_out[] = { "-kernel", "-initrd", "-append" };
	struct json_object *command = jsontext_array(guest, "command");
	size_t count = command ? json_object_array_length(command) : 0;
	struct strbuf line = STRBUF_INIT;

	for (size_t i = 0; i < count; i++) {
		const char *argument =
			json_object_get_string(json_object_array_get_idx(command, i));
		bool skip = false;

		for (size_t k = 0; argument && k < sizeof(left_out) / sizeof(left_out[0]); k++)
			skip |= !strcmp(argument, left_out[k]);
		if (skip) {
			i++;
			continue;
		}
		if (line.len)
			strbuf_addch(&line, ' ');
		add_argument(&line, argument ? argument : "");
	}
	observe_fact(o, "machine.command", line.data);
	strbuf_release(&line);
}

static void observe_number(struct json_object *guest, const char *name, const char *key,
			   struct observations *o)
{
	uint64_t value;
	char *text;

	if (!jsontext_count(guest, name, &value))
		return;
	text = xasprintf("%" PRIu64, value);
	observe_fact(o, key, text);
	free(text);
}

static void observe_machine(const struct rundir *run, struct observations *o)
{
	static const char *const strings[][2] = {
		{ "append", "machine.append" },
		{ "initramfs_sha256", "machine.initramfs_sha256" },
		{ "programs_sha256", "machine.programs_sha256" },
	};
	static const char *const numbers[][2] = {
		{ "memory_mib", "machine.memory_mib" },
		{ "layout", "machine.layout" },
		{ "padding_kib", "machine.padding_kib" },
	};
	struct json_object *guest = jsontext_object(run->manifest.root, "guest");

	if (!guest)
		return;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		observe_number(guest, numbers[i][0], numbers[i][1], o);
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		const char *value = jsontext_string(guest, strings[i][0]);

		if (value)
			observe_fact(o, strings[i][1], value);
	}
	observe_command(guest, o);
}

static int environment_collect(const struct rundir *run, struct observations *o)
{
	char *host = xasprintf("%s/environment.json", run->path);
	char *guest = rundir_file(run, NULL, "environment.json");
	int ret = collect_file(host, "environment.json", false, o);

	if (ret == 0)
		ret = collect_file(guest, "files/environment.json", true, o);
	if (ret == 0) {
		observe_fact(o, "kernel.release", run->kernel_release);
		observe_fact(o, "kernel.config_sha256", run->config_sha256);
		observe_fact(o, "kernel.compiler", run->compiler);
		observe_machine(run, o);
	}
	free(guest);
	free(host);
	return ret;
}

const struct collector environment_collector = { "environment", environment_collect };
