// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "runner/machine/beside.h"
#include "runner/machine/qemu.h"

#define PLUGIN	 "kab-plugin.so"
#define PROBE_MS 10000

/* What QEMU says when it does not take the plugin, and what that means. */
static const struct {
	const char *says, *means;
} refusals[] = {
	{ "-plugin: invalid option", "it was built without plugins (--enable-plugins)" },
	{ "requires API version", "its plugin interface is another than version 1" },
	{ "incompatible", "its plugin interface is another than version 1" },
};

static void refuse(const char *said)
{
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]) && !why; i++)
		if (strstr(said, refusals[i].says))
			why = refusals[i].means;
	error("\"%s\" cannot count instructions: %s", QEMU_PROGRAM, why ? why : said);
}

char *profile_plugin(void)
{
	char *path = beside_find(PLUGIN);
	struct strvec argv = STRVEC_INIT, options = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT, said = STRBUF_INIT;

	if (!path)
		return NULL;
	strvec_pushl(&argv, QEMU_PROGRAM, "-nodefaults", "-display", "none", "-machine", "none",
		     "-accel", "tcg", NULL);
	strvec_push(&options, "probe=on");
	qemu_push_plugin(&argv, path, &options);
	if (proc_capture(argv.items, &out, &said, PROBE_MS) < 0) {
		strbuf_rtrim(&said);
		refuse(said.data);
		free(path);
		path = NULL;
	}
	strvec_release(&options);
	strvec_release(&argv);
	strbuf_release(&out);
	strbuf_release(&said);
	return path;
}

struct profile_options profile_join(struct profile_options a, struct profile_options b)
{
	struct profile_options joint = { .calls = a.calls || b.calls, .cache = a.cache || b.cache };

	joint.functions = a.functions || b.functions || joint.calls || joint.cache;
	return joint;
}

const char *profile_describe(struct profile_options o)
{
	if (o.cache)
		return o.calls ? "functions calls cache" : "functions cache";
	if (o.calls)
		return "functions calls";
	return o.functions ? "functions" : "";
}

int profile_push(struct strvec *options, struct profile_options o, const struct hierarchy *caches,
		 const char *run_path, const struct variant *v)
{
	strvec_pushf(options, "out=%s/" PROFILE_FILE, run_path);
	if (o.cache)
		hierarchy_push(caches, options);
	if (!o.calls)
		return 0;
	if (!v->system_map)
		return error("kernel \"%s\" has no System.map: its calls cannot be followed",
			     v->spec);
	strvec_pushf(options, "calls=%s", v->system_map);
	return 0;
}
