// SPDX-License-Identifier: GPL-2.0-or-later
#include "comparable.h"

#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"

enum weight {
	SERIOUS,
	SERIOUS_WHEN_BUILT,    /* but not between two kernels that others have built */
	SERIOUS_IN_ONE_SOURCE, /* between kernels of different sources it is to be expected */
	SLIGHT,
};

/* What two sides have to do with each other. */
struct relation {
	bool one_source;
	bool both_ready; /* named as an image or a package: compiler and options are a part of them */
};

static const struct {
	const char *key, *what;
	enum weight weight;
	bool prefix; /* all keys that start like this */
	bool absent; /* that a side lacks it means something */
} matters[] = {
	{ "host.cpu", "CPU of the host", SERIOUS, false, false },
	{ "qemu.version", "QEMU", SERIOUS, false, false },
	{ "machine.memory_mib", "memory of the guest in MiB", SERIOUS, false, false },
	{ "machine.command", "the machine", SERIOUS, false, false },
	{ "machine.append", "kernel command line", SERIOUS, false, false },
	/* Not the whole archive: modules are compiled for each kernel. */
	{ "machine.programs_sha256", "what is in the guest", SERIOUS, false, false },
	{ "guest.fio", "fio", SERIOUS, false, false },
	{ "kernel.compiler", "compiler", SERIOUS_WHEN_BUILT, false, false },
	{ "kernel.debug", "debug options of the kernel", SERIOUS_WHEN_BUILT, false, true },
	{ "kernel.config_differences", "kernel configuration", SERIOUS_IN_ONE_SOURCE, false, true },
	{ "guest.mitigations.", "mitigation of ", SERIOUS_IN_ONE_SOURCE, true, false },
	{ "guest.clocksource", "clock source of the guest", SLIGHT, false, false },
	{ "guest.cpu_flags_crc32", "CPU features that the kernel sees", SLIGHT, false, false },
	{ "host.kernel", "kernel of the host", SLIGHT, false, false },
	{ "host.microcode", "microcode of the host", SLIGHT, false, false },
	{ "host.governor", "frequency governor of the host", SLIGHT, false, false },
	{ "host.cpus", "CPUs of the host", SLIGHT, false, false },
};

#define MATTER_COUNT (sizeof(matters) / sizeof(matters[0]))

/* NULL also for an empty value: an image does not tell its compiler. */
static const char *value_of(const struct db_facts *facts, const char *key)
{
	for (size_t i = 0; i < facts->count; i++)
		if (!strcmp(facts->items[i].key, key))
			return *facts->items[i].value ? facts->items[i].value : NULL;
	return NULL;
}

static void add(struct differences *d, char *what, const char *base, const char *new, bool serious)
{
	d->items = xreallocarray(d->items, d->count + 1, sizeof(*d->items));
	d->items[d->count++] = (struct difference){
		.what = what, .base = xstrdup(base), .new = xstrdup(new), .serious = serious
	};
	d->serious += serious;
}

static void compare_fact(struct differences *d, size_t m, const char *key, const char *base,
			 const char *new, const struct relation *r)
{
	bool serious = matters[m].weight == SERIOUS ||
		       (matters[m].weight == SERIOUS_WHEN_BUILT && !r->both_ready) ||
		       (matters[m].weight == SERIOUS_IN_ONE_SOURCE && r->one_source);

	if (!base && !new)
		return;
	if ((!base || !new) && !matters[m].absent)
		return;
	if (base && new && !strcmp(base, new))
		return;
	add(d,
	    xasprintf("%s%s", matters[m].what,
		      matters[m].prefix ? key + strlen(matters[m].key) : ""),
	    base ? base : "none", new ? new : "none", serious);
}

static void compare_prefix(struct differences *d, size_t m, const struct db_facts *base,
			   const struct db_facts *new, const struct relation *r)
{
	for (size_t i = 0; i < base->count; i++)
		if (!strncmp(base->items[i].key, matters[m].key, strlen(matters[m].key)))
			compare_fact(d, m, base->items[i].key, base->items[i].value,
				     value_of(new, base->items[i].key), r);
}

static int serious_first(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;

	if (x->serious != y->serious)
		return x->serious ? -1 : 1;
	return strcmp(x->what, y->what);
}

static bool is_ready(const struct db_side *side)
{
	static const char *const prefixes[] = { "deb:", "image:" };

	for (size_t i = 0; side->spec && i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(side->spec, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

void differences_find(const struct db_side *base, const struct db_facts *base_facts,
		      const struct db_side *new, const struct db_facts *new_facts,
		      struct differences *out)
{
	const struct relation r = { .one_source = !strcmp(base->source, new->source),
				    .both_ready = is_ready(base) && is_ready(new) };

	*out = (struct differences){ 0 };
	for (size_t m = 0; m < MATTER_COUNT; m++) {
		if (matters[m].prefix)
			compare_prefix(out, m, base_facts, new_facts, &r);
		else
			compare_fact(out, m, matters[m].key, value_of(base_facts, matters[m].key),
				     value_of(new_facts, matters[m].key), &r);
	}
	if (out->count)
		qsort(out->items, out->count, sizeof(*out->items), serious_first);
}

void differences_release(struct differences *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free(d->items[i].what);
		free(d->items[i].base);
		free(d->items[i].new);
	}
	free(d->items);
	*d = (struct differences){ 0 };
}
