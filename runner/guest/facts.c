// SPDX-License-Identifier: GPL-2.0-or-later
#include "facts.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "driver.h"
#include "file.h"

#define MITIGATIONS "/sys/devices/system/cpu/vulnerabilities"
#define CLOCKSOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define TOOLS	    "/tools.json" /* versions, written by the host into the archive */

static void set(struct json_object *facts, const char *key, const char *value)
{
	json_object_object_add(facts, key, json_object_new_string(value));
}

/* A file that is one fact. */
static void set_file(struct json_object *facts, const char *key, const char *path)
{
	struct strbuf text = STRBUF_INIT;

	read_fact(path, &text);
	if (text.len)
		set(facts, key, text.data);
	strbuf_release(&text);
}

/* The value of the first line "NAME : value", as in /proc/cpuinfo and /proc/meminfo. */
static void find_line(const char *text, const char *name, struct strbuf *value)
{
	size_t len = strlen(name);

	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *at = text + len;

		if (strncmp(text, name, len) != 0)
			continue;
		at += strspn(at, " \t");
		if (*at != ':')
			continue;
		at++;
		at += strspn(at, " \t");
		strbuf_add(value, at, strcspn(at, "\n"));
		return;
	}
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void set_mitigations(struct json_object *facts)
{
	struct strbuf key = STRBUF_INIT, path = STRBUF_INIT;
	struct dirent **entries = NULL;
	int count = scandir(MITIGATIONS, &entries, NULL, compare_names);

	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.') {
			strbuf_reset(&key);
			strbuf_reset(&path);
			strbuf_addf(&key, "guest.mitigations.%s", entries[i]->d_name);
			strbuf_addf(&path, MITIGATIONS "/%s", entries[i]->d_name);
			set_file(facts, key.data, path.data);
		}
		free(entries[i]);
	}
	free(entries);
	strbuf_release(&key);
	strbuf_release(&path);
}

static void set_processor(struct json_object *facts)
{
	struct strbuf info = STRBUF_INIT, value = STRBUF_INIT;
	char hash[16];

	(void)read_file("/proc/cpuinfo", &info);
	find_line(info.data, "model name", &value);
	if (value.len)
		set(facts, "guest.cpu", value.data);
	strbuf_reset(&value);
	find_line(info.data, "flags", &value);
	if (value.len) {
		/* Hundreds of flags: all that matters is whether they are the same. */
		snprintf(hash, sizeof(hash), "%08lx",
			 crc32(0, (const Bytef *)value.data, (uInt)value.len));
		set(facts, "guest.cpu_flags_crc32", hash);
	}
	strbuf_release(&info);
	strbuf_release(&value);
}

static void set_memory(struct json_object *facts)
{
	struct strbuf info = STRBUF_INIT, value = STRBUF_INIT;

	(void)read_file("/proc/meminfo", &info);
	find_line(info.data, "MemTotal", &value);
	if (value.len) {
		value.data[strcspn(value.data, " ")] = '\0';
		set(facts, "guest.memory_kib", value.data);
	}
	strbuf_release(&info);
	strbuf_release(&value);
}

struct json_object *facts_read(void)
{
	struct json_object *facts = json_object_new_object();
	struct json_object *tools = json_object_from_file(TOOLS);

	set_file(facts, "guest.cmdline", "/proc/cmdline");
	set_file(facts, "guest.version", "/proc/version");
	set_mitigations(facts);
	set_file(facts, "guest.clocksource", CLOCKSOURCE);
	set_memory(facts);
	set_processor(facts);
	if (tools && json_object_is_type(tools, json_type_object)) {
		set(facts, "guest.fio", spec_str(tools, "fio", ""));
		set(facts, "guest.dmsetup", spec_str(tools, "dmsetup", ""));
	}
	json_object_put(tools);
	return facts;
}
