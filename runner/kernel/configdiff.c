// SPDX-License-Identifier: GPL-2.0-or-later
#include "configdiff.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kconfig.h"
#include "lib/alloc.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"

/* After these the list is cut: whoever has more differences has another configuration. */
#define SHOWN_MAX 20

static const char set_prefix[] = "CONFIG_", unset_prefix[] = "# CONFIG_";

static const char *const tool_facts[] = {
	"CC_VERSION_TEXT", "GCC_VERSION",    "CLANG_VERSION", "AS_VERSION",   "LD_VERSION",
	"LLD_VERSION",	   "PAHOLE_VERSION", "RUSTC_VERSION", "LOCALVERSION", NULL,
};

static const char *const debug_options[] = {
	"KASAN",
	"KCSAN",
	"KMSAN",
	"KFENCE",
	"UBSAN",
	"KMEMLEAK",
	"KCOV",
	"GCOV_KERNEL",
	"PROVE_LOCKING",
	"LOCK_STAT",
	"DEBUG_LOCK_ALLOC",
	"DEBUG_MUTEXES",
	"DEBUG_SPINLOCK",
	"DEBUG_ATOMIC_SLEEP",
	"DEBUG_LIST",
	"DEBUG_OBJECTS",
	"DEBUG_PAGEALLOC",
	"DEBUG_VM",
	"DEBUG_SLAB",
	"SLUB_DEBUG_ON",
	"PAGE_OWNER",
	"PAGE_POISONING",
	"DEBUG_KMEMLEAK",
	"FAULT_INJECTION",
	"DMA_API_DEBUG",
	NULL,
};

static bool is_one_of(const char *const *names, const char *symbol)
{
	for (; *names; names++)
		if (!strcmp(*names, symbol))
			return true;
	return false;
}

/* The symbols of a .config, without their prefix, in its order. */
static void list_symbols(const char *config, struct strvec *out)
{
	for (const char *line = config; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *name = NULL;
		char *symbol;

		if (!strncmp(line, set_prefix, strlen(set_prefix)))
			name = line + strlen(set_prefix);
		else if (!strncmp(line, unset_prefix, strlen(unset_prefix)))
			name = line + strlen(unset_prefix);
		if (!name)
			continue;
		symbol = xstrndup(name, strcspn(name, "= \n"));
		strvec_push(out, symbol);
		free(symbol);
	}
}

static void add_difference(struct strbuf *out, size_t number, const char *symbol, const char *base,
			   const char *value)
{
	if (number < SHOWN_MAX)
		strbuf_addf(out, "%s%s=%s (base %s)", out->len ? ", " : "", symbol, value, base);
}

char *config_differences(const char *base, const char *config)
{
	struct strvec known = STRVEC_INIT, symbols = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	size_t count = 0;

	if (!strcmp(base, config))
		return strbuf_detach(&out);
	list_symbols(base, &known);
	list_symbols(config, &symbols);
	for (size_t i = 0; i < symbols.count; i++) {
		const char *symbol = symbols.items[i];
		char *values[2];

		if (is_one_of(tool_facts, symbol) || !strvec_has(&known, symbol))
			continue;
		values[0] = kconfig_value(base, symbol);
		values[1] = kconfig_value(config, symbol);
		if (strcmp(values[0], values[1]) != 0)
			add_difference(&out, count++, symbol, values[0], values[1]);
		free(values[0]);
		free(values[1]);
	}
	if (count > SHOWN_MAX)
		strbuf_addf(&out, " and %zu more", count - SHOWN_MAX);
	strvec_release(&symbols);
	strvec_release(&known);
	return strbuf_detach(&out);
}

static bool is_named(const struct kconfig *named, const char *symbol)
{
	for (size_t i = 0; i < named->count; i++)
		if (!strcmp(named->options[i].symbol + strlen(set_prefix), symbol))
			return true;
	return false;
}

/* Appends those that are set, or those that are not. */
static void add_new(struct strbuf *out, const struct strvec *symbols, const char *config, bool set,
		    size_t *count)
{
	for (size_t i = 0; i < symbols->count; i++) {
		char *value = kconfig_value(config, symbols->items[i]);

		if ((strcmp(value, "n") != 0) == set && (*count)++ < SHOWN_MAX)
			strbuf_addf(out, "%s%s=%s", out->len ? ", " : "", symbols->items[i], value);
		free(value);
	}
}

char *config_new(const char *base, const char *config, const struct kconfig *named)
{
	struct strvec known = STRVEC_INIT, symbols = STRVEC_INIT, unknown = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT;
	size_t count = 0;

	list_symbols(base, &known);
	list_symbols(config, &symbols);
	for (size_t i = 0; *base && i < symbols.count; i++)
		if (!is_one_of(tool_facts, symbols.items[i]) &&
		    !strvec_has(&known, symbols.items[i]) && !is_named(named, symbols.items[i]))
			strvec_push(&unknown, symbols.items[i]);
	add_new(&out, &unknown, config, true, &count);
	add_new(&out, &unknown, config, false, &count);
	if (count > SHOWN_MAX)
		strbuf_addf(&out, " and %zu more", count - SHOWN_MAX);
	strvec_release(&unknown);
	strvec_release(&symbols);
	strvec_release(&known);
	return strbuf_detach(&out);
}

char *config_debug(const char *config)
{
	struct strbuf out = STRBUF_INIT;

	for (const char *const *name = debug_options; *name; name++) {
		char *value = kconfig_value(config, *name);

		if (!strcmp(value, "y") || !strcmp(value, "m"))
			strbuf_addf(&out, "%s%s", out.len ? " " : "", *name);
		free(value);
	}
	return strbuf_detach(&out);
}
