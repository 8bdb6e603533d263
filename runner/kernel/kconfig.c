// SPDX-License-Identifier: GPL-2.0-or-later
#include "kconfig.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "lib/paths.h"

#define PREFIX "CONFIG_"

static bool is_symbol(const char *s, size_t len)
{
	size_t prefix = strlen(PREFIX);

	if (len <= prefix || strncmp(s, PREFIX, prefix) != 0)
		return false;
	for (size_t i = prefix; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && s[i] != '_')
			return false;
	return true;
}

static int add_option(struct kconfig *k, const char *name, int line, const char *text,
		      bool optional)
{
	const char *equals = strchr(text, '=');

	if (!equals || !equals[1] || !is_symbol(text, (size_t)(equals - text)))
		return error("%s.config:%d: \"%s\" is no line \"CONFIG_NAME=value\"", name, line,
			     text);
	k->options = xreallocarray(k->options, k->count + 1, sizeof(*k->options));
	k->options[k->count++] = (struct kconfig_option){
		.symbol = xstrndup(text, (size_t)(equals - text)),
		.value = xstrdup(equals + 1),
		.fragment = xstrdup(name),
		.line = line,
		.optional = optional,
	};
	return 0;
}

int kconfig_add(struct kconfig *k, const char *name, const char *text)
{
	bool optional = false;
	int result = 0;
	int number = 1;

	for (const char *at = text; *at; number++) {
		size_t len = strcspn(at, "\n");
		char *line = xstrndup(at, len);

		while (len && isspace((unsigned char)line[len - 1]))
			line[--len] = '\0';
		if (*line == '#') {
			optional = !strncmp(line, "# optional:", strlen("# optional:"));
		} else if (*line) {
			if (add_option(k, name, number, line, optional) < 0)
				result = -1;
			optional = false;
		}
		free(line);
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return result;
}

void kconfig_seal(struct kconfig *k)
{
	struct hash_hex hex;
	struct hash h;

	hash_init(&h);
	for (size_t i = 0; i < k->count; i++)
		hash_part(&h, k->options[i].symbol, k->options[i].value);
	hash_end(&h, &hex);
	free(k->id);
	k->id = xstrdup(hex.s);
}

static int unknown_fragment(const char *dir, const char *name)
{
	struct strvec files = STRVEC_INIT;
	struct strvec known = STRVEC_INIT;
	const char *near;

	if (!dir_list(dir, &files))
		for (size_t i = 0; i < files.count; i++)
			strvec_pushf(&known, "%.*s", (int)strcspn(files.items[i], "."),
				     files.items[i]);
	near = known.count ? nearest(name, known.items) : NULL;
	error("there is no configuration fragment \"%s\"%s%s%s", name,
	      near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	strvec_release(&files);
	strvec_release(&known);
	return -1;
}

static int load_fragment(struct kconfig *k, const char *dir, const char *name)
{
	struct strbuf text = STRBUF_INIT;
	char *path = xasprintf("%s/%s.config", dir, name);
	int result;

	result = file_read_optional(path, &text);
	if (result == 1)
		result = unknown_fragment(dir, name);
	else if (!result)
		result = kconfig_add(k, name, text.data);
	free(path);
	strbuf_release(&text);
	return result;
}

int kconfig_load(struct kconfig *k, const struct strvec *names)
{
	char *dir = path_share("configs/fragments");
	int result = dir ? 0 : -1;

	*k = (struct kconfig){ 0 };
	for (size_t i = 0; !result && i < names->count; i++)
		result = load_fragment(k, dir, names->items[i]);
	if (!result)
		kconfig_seal(k);
	free(dir);
	return result;
}

int kconfig_load_all(struct kconfig *k)
{
	static const char suffix[] = ".config";
	struct strvec files = STRVEC_INIT, names = STRVEC_INIT;
	char *dir = path_share("configs/fragments");
	int result = dir ? dir_list(dir, &files) : -1;

	*k = (struct kconfig){ 0 };
	for (size_t i = 0; i < files.count; i++) {
		const char *end = strstr(files.items[i], suffix);

		if (end && !end[strlen(suffix)])
			strvec_pushf(&names, "%.*s", (int)(end - files.items[i]), files.items[i]);
	}
	if (!result)
		result = kconfig_load(k, &names);
	strvec_release(&files);
	strvec_release(&names);
	free(dir);
	return result;
}

void kconfig_release(struct kconfig *k)
{
	for (size_t i = 0; i < k->count; i++) {
		free(k->options[i].symbol);
		free(k->options[i].value);
		free(k->options[i].fragment);
	}
	free(k->options);
	free(k->id);
	*k = (struct kconfig){ 0 };
}

void kconfig_print(const struct kconfig *k, struct strbuf *out)
{
	for (size_t i = 0; i < k->count; i++)
		strbuf_addf(out, "%s=%s\n", k->options[i].symbol, k->options[i].value);
}

/* The line "SYMBOL=" in a .config, or NULL. */
static const char *find_line(const char *config, const char *symbol)
{
	size_t len = strlen(symbol);
	const char *at = config;

	while ((at = strstr(at, symbol))) {
		if (at[len] == '=' && (at == config || at[-1] == '\n'))
			return at + len + 1;
		at += len;
	}
	return NULL;
}

/* The value as it is written, quotes included; "n" when not set. A new string. */
static char *raw_value(const char *config, const char *symbol)
{
	const char *at = find_line(config, symbol);

	return at ? xstrndup(at, strcspn(at, "\n")) : xstrdup("n");
}

/* A symbol that is off is known, when it could be on: "# SYMBOL is not set". */
static bool is_known(const char *config, const char *symbol)
{
	char *off = xasprintf("# %s is not set\n", symbol);
	bool known = find_line(config, symbol) || strstr(config, off);

	free(off);
	return known;
}

static bool overridden(const struct kconfig *k, size_t index)
{
	for (size_t i = index + 1; i < k->count; i++)
		if (!strcmp(k->options[i].symbol, k->options[index].symbol))
			return true;
	return false;
}

/* How many options a .config does not honour, with a line for each. */
static size_t count_wrong(const struct kconfig *k, const char *config, struct strbuf *list)
{
	size_t wrong = 0;

	for (size_t i = 0; i < k->count; i++) {
		const struct kconfig_option *o = &k->options[i];
		char *got = raw_value(config, o->symbol);

		if (strcmp(got, o->value) != 0 && !overridden(k, i) &&
		    !(o->optional && !is_known(config, o->symbol))) {
			strbuf_addf(list, "\n  %s.config:%d: %s: wanted %s, got %s", o->fragment,
				    o->line, o->symbol, o->value, got);
			wrong++;
		}
		free(got);
	}
	return wrong;
}

bool kconfig_honoured(const struct kconfig *k, const char *config)
{
	struct strbuf list = STRBUF_INIT;
	size_t wrong = count_wrong(k, config, &list);

	strbuf_release(&list);
	return !wrong;
}

int kconfig_verify(const struct kconfig *k, const char *config, const char *what)
{
	struct strbuf list = STRBUF_INIT;
	size_t wrong = count_wrong(k, config, &list);

	if (wrong)
		error("the configuration of \"%s\" does not honour %zu of %zu options:%s", what,
		      wrong, k->count, list.data);
	strbuf_release(&list);
	return wrong ? -1 : 0;
}

/* Takes the quotes and backslashes off a string value. */
static char *unquote(const char *raw)
{
	struct strbuf out = STRBUF_INIT;

	for (const char *at = raw + 1; *at && *at != '"'; at++) {
		if (*at == '\\' && at[1])
			at++;
		strbuf_addch(&out, *at);
	}
	return strbuf_detach(&out);
}

char *kconfig_value(const char *config, const char *symbol)
{
	char *full = !strncmp(symbol, PREFIX, strlen(PREFIX)) ? xstrdup(symbol)
							      : xasprintf(PREFIX "%s", symbol);
	char *raw = raw_value(config, full);
	char *value = *raw == '"' ? unquote(raw) : xstrdup(raw);

	free(raw);
	free(full);
	return value;
}
