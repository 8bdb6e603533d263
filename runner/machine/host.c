// SPDX-License-Identifier: GPL-2.0-or-later
#include "host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "lib/alloc.h"
#include "lib/cpus.h"
#include "lib/file.h"
#include "lib/strbuf.h"
#include "lib/version.h"
#include "qemu.h"

/*
 * The value of the first line of a file that starts with `key`, without separators and quotes; a new
 * string, or NULL.
 */
static char *lookup(const char *path, const char *key)
{
	struct strbuf text = STRBUF_INIT;
	char *value = NULL;

	if (file_read_optional(path, &text) != 0)
		goto out;
	for (char *line = text.data; *line && !value;
	     line += strcspn(line, "\n"), line += !!*line) {
		size_t len = strcspn(line, "\n");
		size_t skip = strlen(key);

		if (strncmp(line, key, skip) != 0)
			continue;
		while (skip < len && strchr(" \t:=\"", line[skip]))
			skip++;
		while (len > skip && strchr(" \t\"", line[len - 1]))
			len--;
		value = xstrndup(line + skip, len - skip);
	}
out:
	strbuf_release(&text);
	return value;
}

char *host_distribution(void)
{
	return lookup("/etc/os-release", "PRETTY_NAME=");
}

int64_t host_memory(void)
{
	char *kib = lookup("/proc/meminfo", "MemAvailable:");
	int64_t bytes = kib ? strtoll(kib, NULL, 10) * 1024 : 0;

	free(kib);
	return bytes;
}

/* Takes the value. */
static void set(struct json_object *facts, const char *key, char *value)
{
	if (value && *value)
		json_set_str(facts, key, value);
	free(value);
}

static void set_uname(struct json_object *facts)
{
	struct utsname u;

	if (uname(&u) < 0)
		return;
	json_set_str(facts, "host.kernel", u.release);
	json_set_str(facts, "host.machine", u.machine);
}

struct json_object *host_facts(void)
{
	static const char governor[] = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
	struct json_object *facts = json_new_object();

	json_set_str(facts, "kab.version", KAB_VERSION);
	set(facts, "host.cpu", lookup("/proc/cpuinfo", "model name"));
	set(facts, "host.microcode", lookup("/proc/cpuinfo", "microcode"));
	set(facts, "host.cpus", xasprintf("%d", cpus_available()));
	set(facts, "host.memory", lookup("/proc/meminfo", "MemTotal:"));
	set(facts, "host.governor", lookup(governor, ""));
	set(facts, "host.load", lookup("/proc/loadavg", ""));
	set(facts, "host.distribution", host_distribution());
	set_uname(facts);
	set(facts, "qemu.program", xstrdup(QEMU_PROGRAM));
	set(facts, "qemu.version", qemu_version());
	return facts;
}
