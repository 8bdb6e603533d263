// SPDX-License-Identifier: GPL-2.0-or-later
#include "provision.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "benchmod.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"

#define MODINFO_TIMEOUT_MS 10000

/* The first symbol that the kernel does not have, or NULL. Without a config only the boot can tell. */
static const char *unmet_need(const struct variant *v, const struct workload *w)
{
	static const char prefix[] = "CONFIG_";

	for (size_t i = 0; i < w->needs.count; i++) {
		const char *symbol = w->needs.items[i];
		char *value;
		bool met;

		if (strncmp(symbol, prefix, strlen(prefix)) == 0)
			symbol += strlen(prefix);
		value = variant_config(v, symbol);
		met = !value || strcmp(value, "y") == 0 || strcmp(value, "m") == 0;
		free(value);
		if (!met)
			return w->needs.items[i];
	}
	return NULL;
}

/* "MODULES/NAME.ko"; '-' and '_' are the same letter in a module's name. NULL when there is none. */
static char *find_module(const struct variant *v, const char *name)
{
	struct strvec files = STRVEC_INIT;
	char *path = NULL;

	if (!v->modules || dir_list(v->modules, &files) < 0)
		return NULL;
	for (size_t i = 0; i < files.count && !path; i++) {
		char *plain = xstrdup(files.items[i]);
		size_t len = strlen(name);

		for (char *c = plain; *c; c++)
			*c = *c == '-' ? '_' : *c;
		if (strncmp(plain, name, len) == 0 && strcmp(plain + len, ".ko") == 0)
			path = xasprintf("%s/%s", v->modules, files.items[i]);
		free(plain);
	}
	strvec_release(&files);
	return path;
}

static int read_dependencies(const char *path, struct strvec *names)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	int ret;

	strvec_pushl(&argv, "modinfo", "-F", "depends", path, NULL);
	ret = proc_capture(argv.items, &out, NULL, MODINFO_TIMEOUT_MS);
	if (ret < 0)
		error("\"modinfo -F depends %s\" does not work (package kmod)", path);
	strbuf_rtrim(&out);
	strvec_split(names, out.data, ",");
	strbuf_release(&out);
	strvec_release(&argv);
	return ret;
}

/* What a module depends on; one that is built in has no file and is there anyway. */
static int add_dependencies(struct provision *p, const struct variant *v, const char *path)
{
	struct strvec names = STRVEC_INIT;
	int ret = read_dependencies(path, &names);

	for (size_t i = 0; ret == 0 && i < names.count; i++) {
		char *needed = find_module(v, names.items[i]);

		if (needed && !strvec_has(&p->loaded, needed)) {
			strvec_push(&p->loaded, needed);
			ret = add_dependencies(p, v, needed);
		}
		free(needed);
	}
	strvec_release(&names);
	return ret;
}

static int add_own(struct provision *p, const struct variant *v, const char *name)
{
	char *path = find_module(v, name);
	int ret = 0;

	if (path) {
		strvec_push(&p->workload, path);
		ret = add_dependencies(p, v, path);
	} else {
		p->lack = xasprintf("the workload needs the module \"%s\", which kernel \"%s\" "
				    "does not have",
				    name, v->spec);
	}
	free(path);
	return ret;
}

static int add_bench(struct provision *p, const struct variant *v, const char *name)
{
	struct strbuf why = STRBUF_INIT;
	char *path = NULL;
	int ret = benchmod_get(v, name, &path, &why);

	if (ret == 0)
		strvec_push(&p->workload, path);
	else if (ret > 0)
		p->lack = xasprintf("kernel \"%s\" cannot have the module \"%s\": %s", v->spec,
				    name, why.data);
	strbuf_release(&why);
	free(path);
	return ret < 0 ? -1 : 0;
}

int provision_make(struct provision *p, const struct variant *v, const struct workload *w)
{
	const char *unmet = unmet_need(v, w);
	int ret = 0;

	*p = (struct provision){ 0 };
	if (unmet)
		p->lack = xasprintf("the workload needs %s, which kernel \"%s\" is built without",
				    unmet, v->spec);
	for (size_t i = 0; ret == 0 && !p->lack && i < w->modules.count; i++)
		ret = add_own(p, v, w->modules.items[i]);
	if (ret == 0 && !p->lack && w->module)
		ret = add_bench(p, v, w->module);
	return ret;
}

void provision_release(struct provision *p)
{
	free(p->lack);
	strvec_release(&p->loaded);
	strvec_release(&p->workload);
	*p = (struct provision){ 0 };
}
