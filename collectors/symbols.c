// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/alloc.h"
#include "lib/strvec.h"

#define LINE_LEN_MAX 4096
#define FIELDS	     5
/* No function is so long: what is further behind a name has none of its own. */
#define FUNCTION_LEN_MAX 0x10000u
/* Of the address space of a program with a fixed layout. */
#define KERNEL_START	0xffff800000000000u
#define PROGRAM_START	0x500000000000u
#define LIBRARIES_START 0x700000000000u

static const struct symbol_function fixed[SYMBOL_FIXED] = {
	[SYMBOL_UNKNOWN] = { "unknown", "", false },
	[SYMBOL_AGENT] = { "agent (user)", "", true },
	[SYMBOL_PROGRAM] = { "program (user)", "", true },
	[SYMBOL_LIBRARIES] = { "libraries (user)", "", true },
};

/* Labels behind the last function. */
static const char *const ends[] = { "_etext", "_einittext" };

static void *grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return xreallocarray(items, count ? 2 * count : 1, size);
}

/*
 * Reading.
 */

/* Splits a line at blanks, in place; the number of fields, FIELDS + 1 when there are more. */
static size_t split(char *line, char *fields[FIELDS])
{
	size_t count = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *at = strtok_r(line, " ", &line); at; at = strtok_r(NULL, " ", &line)) {
		if (count == FIELDS)
			return FIELDS + 1;
		fields[count++] = at;
	}
	return count;
}

static bool parse_hex(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 16);
	return !errno && *text && !*end;
}

static void add_symbol(struct symbols *s, uint64_t address, const char *name, const char *object)
{
	s->items = grow(s->items, s->count, sizeof(*s->items));
	s->items[s->count++] = (struct symbol){ .address = address,
						.text = xstrdup(name),
						.object = xstrdup(object) };
}

static bool read_line(struct symbols *s, char *line)
{
	char *fields[FIELDS] = { NULL };
	size_t count = split(line, fields);
	uint64_t address;

	if (count == 4 && !strcmp(fields[0], "k")) {
		if (!parse_hex(fields[1], &address))
			return false;
		add_symbol(s, address, fields[3], strcmp(fields[2], "-") != 0 ? fields[2] : "");
		return true;
	}
	if (count != 5 || strcmp(fields[0], "m") != 0 || !parse_hex(fields[3], &address))
		return false;
	s->modules = grow(s->modules, s->module_count, sizeof(*s->modules));
	s->modules[s->module_count++] =
		(struct symbol_module){ xstrdup(fields[1]), xstrdup(fields[2]), xstrdup(fields[4]),
					address };
	return true;
}

int symbols_load(struct symbols *s, const char *path, const char **why)
{
	char line[LINE_LEN_MAX];
	gzFile in = gzopen(path, "rbe");
	bool fine = true;
	int code;

	*s = (struct symbols){ 0 };
	if (!in)
		return 1;
	while (fine && gzgets(in, line, sizeof(line)))
		fine = read_line(s, line);
	(void)gzerror(in, &code);
	if (fine && code != Z_OK && code != Z_STREAM_END) {
		*why = "its compression is damaged";
		fine = false;
	} else if (!fine || !s->count) {
		*why = "it is not a table of symbols";
		fine = false;
	}
	(void)gzclose(in);
	s->kernel_count = s->count;
	if (fine)
		return 0;
	symbols_release(s);
	return 2;
}

static void drop_symbols(struct symbols *s, size_t from)
{
	for (size_t i = from; i < s->count; i++) {
		free(s->items[i].text);
		free(s->items[i].object);
	}
	s->count = from;
}

void symbols_release(struct symbols *s)
{
	drop_symbols(s, 0);
	for (size_t i = 0; i < s->module_count; i++) {
		free(s->modules[i].module);
		free(s->modules[i].section);
		free(s->modules[i].name);
	}
	for (size_t i = SYMBOL_FIXED; i < s->function_count; i++)
		free((char *)s->functions[i].name);
	free(s->items);
	free(s->modules);
	free(s->functions);
	*s = (struct symbols){ 0 };
}

/*
 * Placing.
 */

/* All names of a section, and the section itself, as a module may have been stripped. */
static void place_section(struct symbols *s, const char *module, const char *section,
			  uint64_t address)
{
	char *object = xasprintf("[%s]", module);

	add_symbol(s, address, "unknown", object);
	for (size_t i = 0; i < s->module_count; i++) {
		const struct symbol_module *m = &s->modules[i];

		if (!strcmp(m->module, module) && !strcmp(m->section, section))
			add_symbol(s, address + m->offset, m->name, object);
	}
	free(object);
}

static bool place_modules(struct symbols *s, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = xstrndup(text, len), *fields[FIELDS];
		uint64_t address;
		bool fine = split(line, fields) == 3 && parse_hex(fields[2], &address);

		/* A section of a module that is on its way out has no address. */
		if (fine && address)
			place_section(s, fields[0], fields[1], address);
		free(line);
		if (!fine)
			return false;
		text += len + (text[len] == '\n');
	}
	return true;
}

/* Of several names for one place, the last is found: the plainest comes last. */
static int by_address(const void *left, const void *right)
{
	const struct symbol *a = left, *b = right;
	bool a_plain = a->text[0] != '_', b_plain = b->text[0] != '_';
	bool a_known = strcmp(a->text, "unknown") != 0, b_known = strcmp(b->text, "unknown") != 0;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a_known != b_known)
		return a_known ? 1 : -1;
	if (a_plain != b_plain)
		return a_plain ? 1 : -1;
	return strcmp(a->text, b->text);
}

/* What the source calls it: the compiler appends ".isra.0", ".part.0", ".cold". */
static size_t name_len(const char *text)
{
	return *text ? 1 + strcspn(text + 1, ".") : 0;
}

struct key {
	const char *text, *object;
	size_t symbol;
};

static int by_function(const void *left, const void *right)
{
	const struct key *a = left, *b = right;
	size_t a_len = name_len(a->text), b_len = name_len(b->text);
	int order = strncmp(a->text, b->text, a_len < b_len ? a_len : b_len);

	if (order == 0 && a_len != b_len)
		order = a_len < b_len ? -1 : 1;
	return order ? order : strcmp(a->object, b->object);
}

static void add_function(struct symbols *s, struct symbol_function f)
{
	s->functions = grow(s->functions, s->function_count, sizeof(*s->functions));
	s->functions[s->function_count++] = f;
}

static void name_functions(struct symbols *s)
{
	struct key *keys = xcalloc(s->count + 1, sizeof(*keys));

	for (size_t i = SYMBOL_FIXED; i < s->function_count; i++)
		free((char *)s->functions[i].name);
	s->function_count = 0;
	for (size_t i = 0; i < SYMBOL_FIXED; i++)
		add_function(s, fixed[i]);
	for (size_t i = 0; i < s->count; i++)
		keys[i] = (struct key){ s->items[i].text, s->items[i].object, i };
	qsort(keys, s->count, sizeof(*keys), by_function);
	for (size_t i = 0; i < s->count; i++) {
		struct symbol *symbol = &s->items[keys[i].symbol];

		if (i == 0 || by_function(&keys[i - 1], &keys[i]) != 0)
			add_function(s, (struct symbol_function){
						xstrndup(keys[i].text, name_len(keys[i].text)),
						symbol->object, false });
		symbol->function = s->function_count - 1;
		symbol->entry = !strstr(symbol->text, ".cold") && !strstr(symbol->text, ".part.");
	}
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < sizeof(ends) / sizeof(ends[0]); k++)
			if (!strcmp(s->items[i].text, ends[k]))
				s->items[i].function = SYMBOL_UNKNOWN;
	free(keys);
}

/* The kernel's symbols stay in front while modules come and go. */
bool symbols_place(struct symbols *s, const char *modules)
{
	bool fine = true;

	if (s->function_count) {
		struct symbol *kept = xcalloc(s->count + 1, sizeof(*kept));
		size_t kernel = 0;

		for (size_t i = 0; i < s->count; i++) {
			if (s->items[i].object[0] != '[') {
				kept[kernel++] = s->items[i];
				continue;
			}
			free(s->items[i].text);
			free(s->items[i].object);
		}
		memcpy(s->items, kept, kernel * sizeof(*kept));
		s->count = kernel;
		free(kept);
	}
	if (modules)
		fine = place_modules(s, modules);
	qsort(s->items, s->count, sizeof(*s->items), by_address);
	name_functions(s);
	return fine;
}

static size_t find_user(uint64_t address)
{
	if (address >= LIBRARIES_START)
		return SYMBOL_LIBRARIES;
	return address >= PROGRAM_START ? SYMBOL_PROGRAM : SYMBOL_AGENT;
}

size_t symbols_find(const struct symbols *s, uint64_t address, bool *entry)
{
	size_t low = 0, high = s->count;
	const struct symbol *found;

	*entry = false;
	if (address < KERNEL_START)
		return find_user(address);
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->items[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || address - s->items[low - 1].address >= FUNCTION_LEN_MAX)
		return SYMBOL_UNKNOWN;
	found = &s->items[low - 1];
	*entry = found->entry && found->address == address && found->function != SYMBOL_UNKNOWN;
	return found->function;
}

void symbols_names(const struct symbols *s, struct strbuf *out)
{
	struct strvec names = STRVEC_INIT;

	for (size_t i = SYMBOL_FIXED; i < s->function_count; i++)
		if (s->functions[i].object[0] != '[' &&
		    (!names.count ||
		     strcmp(names.items[names.count - 1], s->functions[i].name) != 0))
			strvec_push(&names, s->functions[i].name);
	strvec_sort(&names);
	for (size_t i = 0; i < names.count; i++)
		strbuf_addf(out, "%s\n", names.items[i]);
	strvec_release(&names);
}
