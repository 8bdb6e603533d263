// SPDX-License-Identifier: GPL-2.0-or-later
#include "kallsyms.h"

#include <stdlib.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "runner/machine/probe.h"
#include "runner/source/cache.h"

#define MEMORY_MIB 512
#define TIMEOUT_MS 120000
#define PATIENCE   5

static int boot(const struct variant *v, const char *dir)
{
	struct probe p = { .target = target_find("det"),
			   .image = v->image,
			   .job = json_new_object(),
			   .memory_mib = MEMORY_MIB,
			   .timeout_ms = TIMEOUT_MS,
			   .patience = PATIENCE };
	char *why = NULL;
	int result;

	json_set_str(p.job, "clock", "instruction");
	json_set(p.job, "workloads", json_new_array());
	json_set_bool(p.job, "symbols", true);
	result = probe_boot(&p, dir, &why);
	if (result > 0)
		result = error("kernel \"%s\" cannot be asked for its symbols: %s", v->spec, why);
	json_object_put(p.job);
	free(why);
	return result;
}

int kallsyms_fetch(const struct variant *v, const char *to)
{
	struct cache_work w;
	char *dir, *sent;
	int result;

	if (cache_work_begin(&w) < 0)
		return -1;
	note("asking kernel \"%s\" for its symbols, as it came without a System.map", v->spec);
	dir = xasprintf("%s/probe", w.path);
	sent = xasprintf("%s/files/symbols", dir);
	result = dir_make(dir) < 0 ? -1 : boot(v, dir);
	if (result == 0 && !file_exists(sent))
		result =
			error("kernel \"%s\" does not tell its symbols (CONFIG_KALLSYMS)", v->spec);
	if (result == 0)
		result = file_copy(sent, to);
	cache_work_end(&w);
	free(sent);
	free(dir);
	return result;
}
