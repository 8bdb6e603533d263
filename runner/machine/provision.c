// SPDX-License-Identifier: GPL-2.0-or-later
#include "provision.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "runner/kernel/benchmod.h"
#include "runner/kernel/kmodule.h"

static const char *plain_symbol(const char *symbol)
{
	static const char prefix[] = "CONFIG_";

	return symbol + (strncmp(symbol, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0);
}

/* The first symbol that the kernel does not have, or NULL. Without a config only the boot can tell. */
static const char *unmet_need(const struct variant *v, const struct workload *w)
{
	for (size_t i = 0; i < w->needs.count; i++) {
		char *value = variant_config(v, plain_symbol(w->needs.items[i]));
		bool met = !value || strcmp(value, "y") == 0 || strcmp(value, "m") == 0;
		free(value);
		if (!met)
			return w->needs.items[i];
	}
	return NULL;
}

/* Of an image nobody knows. */
static bool is_too_old(const struct variant *v, const struct workload *w)
{
	return w->since && *v->release && strverscmp(v->release, w->since) < 0;
}

/* A module and what it depends on, in the order of loading, each once. */
static int add_loaded(struct strvec *list, const char *modules, const char *path)
{
	int ret = kmodule_dependencies(modules, path, list);

	if (ret == 0 && !strvec_has(list, path))
		strvec_push(list, path);
	return ret;
}

/*
 * The modules of a symbol, as far as the kernel has them. What a driver of the guest loads itself
 * is left to it.
 */
static int add_symbol(struct provision *p, const struct variant *v, const struct workload *w,
		      const char *symbol)
{
	const char *modules = kmodule_of_symbol(symbol);
	struct strvec names = STRVEC_INIT;
	char *value = variant_config(v, symbol);
	bool is_module = value && !strcmp(value, "m"), found = false;
	int ret = 0;

	strvec_split(&names, modules ? modules : "", " ");
	for (size_t i = 0; ret == 0 && i < names.count; i++) {
		char *path = kmodule_find(v->modules, names.items[i]);

		found |= path || kmodule_is_builtin(v->modules, names.items[i]);
		if (path && !strvec_has(&w->modules, names.items[i]))
			ret = add_loaded(&p->loaded, v->modules, path);
		free(path);
	}
	if (is_module && !found)
		p->lack = xasprintf("the workload needs CONFIG_%s, which kernel \"%s\" has as a "
				    "module that kab does not %s",
				    symbol, v->spec, modules ? "find" : "know by name");
	strvec_release(&names);
	free(value);
	return ret;
}

static int add_needs(struct provision *p, const struct variant *v, const struct workload *w)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && !p->lack && i < w->needs.count; i++)
		ret = add_symbol(p, v, w, plain_symbol(w->needs.items[i]));
	return ret;
}

static int add_own(struct provision *p, const struct variant *v, const char *name)
{
	char *path = kmodule_find(v->modules, name);
	int ret = 0;

	if (path) {
		strvec_push(&p->workload, path);
		ret = kmodule_dependencies(v->modules, path, &p->loaded);
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

/* The port over which the guest reports, and the bus that it is on. */
int provision_machine(struct provision *p, const char *modules)
{
	static const char *const names[] = { "virtio_pci", "virtio_console" };
	int ret = 0;

	*p = (struct provision){ 0 };
	for (size_t i = 0; ret == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = kmodule_find(modules, names[i]);

		if (path)
			ret = add_loaded(&p->machine, modules, path);
		free(path);
	}
	return ret;
}

int provision_make(struct provision *p, const struct variant *v, const struct workload *w)
{
	const char *unmet = unmet_need(v, w);
	int ret = 0;

	*p = (struct provision){ 0 };
	if (is_too_old(v, w))
		p->lack = xasprintf("the workload needs Linux %s or newer, kernel \"%s\" is %s",
				    w->since, v->spec, v->release);
	else if (unmet)
		p->lack = xasprintf("the workload needs %s, which kernel \"%s\" is built without",
				    unmet, v->spec);
	else
		ret = provision_machine(p, v->modules);
	if (ret == 0 && !p->lack)
		ret = add_needs(p, v, w);
	for (size_t i = 0; ret == 0 && !p->lack && i < w->modules.count; i++)
		ret = add_own(p, v, w->modules.items[i]);
	if (ret == 0 && !p->lack && w->module)
		ret = add_bench(p, v, w->module);
	return ret;
}

void provision_release(struct provision *p)
{
	free(p->lack);
	strvec_release(&p->machine);
	strvec_release(&p->loaded);
	strvec_release(&p->workload);
	*p = (struct provision){ 0 };
}
