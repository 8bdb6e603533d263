// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "kallsyms.h"
#include "kernel.h"
#include "lib/alloc.h"
#include "lib/elf.h"
#include "lib/file.h"
#include "lib/log.h"
#include "runner/source/cache.h"
#include "runner/source/overlay.h"

#define UNKNOWN "-"

/* What does not become a part of vmlinux, or is not 64-bit code of the kernel. */
static const char *const left_out[] = { "Documentation",
					"samples",
					"scripts",
					"tools",
					"usr",
					"arch/x86/boot",
					"arch/x86/tools",
					"arch/x86/realmode",
					"arch/x86/purgatory",
					"arch/x86/entry/vdso" };

/* A name and an object that has it. */
struct place {
	char *name;
	size_t object;
	bool used; /* an object has a name once */
};

/* A line of System.map. */
struct symbol {
	uint64_t address;
	char *name;
	const char *object; /* NULL: not known */
};

struct book {
	struct strvec objects;
	struct place *places; /* by name, once all trees are read */
	size_t place_count;
	struct symbol *symbols; /* by address, as in System.map */
	size_t symbol_count;
};

static void *grow(void *items, size_t count, size_t size)
{
	if (count & (count - 1))
		return items;
	return xreallocarray(items, count ? 2 * count : 1, size);
}

static void book_release(struct book *b)
{
	for (size_t i = 0; i < b->place_count; i++)
		free(b->places[i].name);
	for (size_t i = 0; i < b->symbol_count; i++)
		free(b->symbols[i].name);
	free(b->places);
	free(b->symbols);
	strvec_release(&b->objects);
}

/*
 * Objects.
 */
static int add_object(struct book *b, const char *path, const char *relative)
{
	struct elf_label label;
	struct elf e;
	size_t at = 0;
	int result = elf_try(&e, path);

	if (result != 0)
		return result < 0 ? -1 : 0;
	strvec_push(&b->objects, relative);
	while (elf_next_label(&e, &at, &label)) {
		b->places = grow(b->places, b->place_count, sizeof(*b->places));
		b->places[b->place_count++] = (struct place){ .name = xstrdup(label.name),
							      .object = b->objects.count - 1 };
	}
	elf_close(&e);
	return 0;
}

static bool is_object(const char *name)
{
	size_t len = strlen(name);

	return len > 2 && name[0] != '.' && !strcmp(name + len - 2, ".o") &&
	       strncmp(name, "vmlinux", 7) != 0 &&
	       (len < 6 || strcmp(name + len - 6, ".mod.o") != 0);
}

static bool is_left_out(const char *relative)
{
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (!strcmp(left_out[i], relative))
			return true;
	return false;
}

/* `relative` is "" for the top of the tree. */
static int add_tree(struct book *b, const char *tree, const char *relative)
{
	char *folder = xasprintf("%s/%s", tree, relative);
	struct strvec names = STRVEC_INIT;
	int result = dir_list(folder, &names);

	for (size_t i = 0; result == 0 && i < names.count; i++) {
		char *path = xasprintf("%s/%s", folder, names.items[i]);
		char *inside = xasprintf("%s%s%s", relative, *relative ? "/" : "", names.items[i]);
		struct stat st;

		if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && !is_left_out(inside))
			result = add_tree(b, tree, inside);
		else if (is_object(names.items[i]) && S_ISREG(st.st_mode) &&
			 !strvec_has(&b->objects, inside))
			result = add_object(b, path, inside);
		free(inside);
		free(path);
	}
	strvec_release(&names);
	free(folder);
	return result;
}

static int by_name(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	if (order)
		return order;
	return a->object < b->object ? -1 : a->object > b->object;
}

/*
 * System.map.
 */
static bool is_code(char type)
{
	return strchr("tTwW", type) != NULL;
}

static int read_map(struct book *b, const char *path)
{
	struct strbuf text = STRBUF_INIT;
	int result = file_read(path, &text);

	for (char *line = text.data, *next; result == 0 && *line; line = next) {
		char *end = line + strcspn(line, "\n"), *at;
		uint64_t address = strtoull(line, &at, 16);

		next = end + (*end == '\n');
		*end = '\0';
		if (at == line || at[0] != ' ' || !at[1] || at[2] != ' ' || !at[3]) {
			result = error("\"%s\" is not a System.map", path);
		} else if (is_code(at[1])) {
			b->symbols = grow(b->symbols, b->symbol_count, sizeof(*b->symbols));
			b->symbols[b->symbol_count++] =
				(struct symbol){ address, xstrdup(at + 3), NULL };
		}
	}
	if (result == 0 && !b->symbol_count)
		result = error("\"%s\" has no code", path);
	strbuf_release(&text);
	return result;
}

/* The first place with this name, and in *count how many there are. */
static struct place *places_of(const struct book *b, const char *name, size_t *count)
{
	size_t low = 0, high = b->place_count;

	*count = 0;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(b->places[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + *count < b->place_count && !strcmp(b->places[low + *count].name, name))
		++*count;
	return b->places + low;
}

static void place_unique(struct book *b)
{
	for (size_t i = 0; i < b->symbol_count; i++) {
		size_t count;
		struct place *p = places_of(b, b->symbols[i].name, &count);

		if (count == 1 && !p->used) {
			b->symbols[i].object = b->objects.items[p->object];
			p->used = true;
		}
	}
}

static const char *next_object(const struct book *b, size_t i)
{
	while (++i < b->symbol_count)
		if (b->symbols[i].object)
			return b->symbols[i].object;
	return NULL;
}

/* The neighbour that is one of the candidates, the one before if both are; without candidates the
 * one before. */
static const char *choose(const struct book *b, const char *name, const char *before,
			  const char *after)
{
	size_t count;
	struct place *p = places_of(b, name, &count), *found = NULL;

	if (!count)
		return before;
	for (size_t i = 0; i < count; i++) {
		const char *object = b->objects.items[p[i].object];

		if (p[i].used)
			continue;
		if (before && !strcmp(object, before)) {
			found = &p[i];
			break;
		}
		if (after && !strcmp(object, after))
			found = &p[i];
	}
	if (!found)
		return NULL;
	found->used = true;
	return b->objects.items[found->object];
}

static void place_others(struct book *b)
{
	const char *before = NULL;

	for (size_t i = 0; i < b->symbol_count; i++) {
		struct symbol *s = &b->symbols[i];

		if (!s->object)
			s->object = choose(b, s->name, before, next_object(b, i));
		if (s->object)
			before = s->object;
	}
}

int symbols_write(const char *system_map, const struct strvec *trees, const char *out)
{
	struct strbuf text = STRBUF_INIT;
	struct book b = { 0 };
	int result = read_map(&b, system_map);

	for (size_t i = 0; result == 0 && i < trees->count; i++)
		result = add_tree(&b, trees->items[i], "");
	if (result < 0)
		goto release;
	if (b.place_count) {
		qsort(b.places, b.place_count, sizeof(*b.places), by_name);
		place_unique(&b);
		place_others(&b);
	}
	for (size_t i = 0; i < b.symbol_count; i++)
		strbuf_addf(&text, "%" PRIx64 " %s %s\n", b.symbols[i].address,
			    b.symbols[i].object ? b.symbols[i].object : UNKNOWN, b.symbols[i].name);
	result = file_write(out, text.data, text.len);
release:
	strbuf_release(&text);
	book_release(&b);
	return result;
}

/*
 * symbols.gz.
 */

/* The layer of objects on which the variant was or would be built; empty when there is none. */
static void find_layer(const struct variant *v, struct strvec *trees)
{
	static const char *const kinds[] = { "upper", "copy" };
	struct kernel k;

	if (kernel_load(&k, v->id) != 0)
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !trees->count; i++) {
		char *name = xasprintf("%s-%s", k.base_id, kinds[i]);
		char *path = *k.base_id ? cache_path("layers", name) : NULL;

		if (path && file_exists(path))
			strvec_push(trees, path);
		free(path);
		free(name);
	}
	kernel_release(&k);
}

/* Nobody knows the objects of a kernel that others have built. 0, or -1 with an error printed. */
static int make_ready_symbols(const struct variant *v, const char *path)
{
	struct strvec none = STRVEC_INIT;
	char *map = xasprintf("%s/System.map", v->dir);
	int result = file_exists(map) ? 0 : kallsyms_fetch(v, map);

	if (result == 0)
		result = symbols_write(map, &none, path);
	free(map);
	return result;
}

/* For a kernel that was built before symbols were kept. 0, or -1 with an error printed. */
static int make_symbols(const struct variant *v, const char *path)
{
	struct strvec trees = STRVEC_INIT;
	int result;

	if (v->ready)
		return make_ready_symbols(v, path);
	find_layer(v, &trees);
	if (!trees.count)
		warning("the subsystems of \"%s\" are unknown: it was built by an older kab; 'kab "
			"kernels prune' and a new build mend that",
			v->spec);
	result = symbols_write(v->system_map, &trees, path);
	strvec_release(&trees);
	return result;
}

static int pack_kernel(const struct variant *v, gzFile out)
{
	char *path = xasprintf("%s/symbols", v->dir);
	struct strbuf text = STRBUF_INIT;
	int result = file_exists(path) ? 0 : make_symbols(v, path);

	if (result == 0)
		result = file_read(path, &text);
	for (const char *line = text.data; result == 0 && *line;) {
		size_t len = strcspn(line, "\n");

		gzprintf(out, "k %.*s\n", (int)len, line);
		line += len + (line[len] == '\n');
	}
	strbuf_release(&text);
	free(path);
	return result;
}

/* The name that the kernel gives a module: that of its file, with '_' for '-'. */
static char *module_name(const char *file)
{
	char *name = xstrndup(file, strlen(file) - strlen(".ko"));

	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

static int pack_module(const char *path, gzFile out)
{
	struct elf_label label;
	struct elf e;
	char *name;
	size_t at = 0;

	if (elf_open(&e, path) < 0)
		return -1;
	name = module_name(path_base(path));
	while (elf_next_label(&e, &at, &label))
		gzprintf(out, "m %s %s %" PRIx64 " %s\n", name, label.section, label.offset,
			 label.name);
	free(name);
	elf_close(&e);
	return 0;
}

int symbols_pack(const struct variant *v, const struct strvec *modules, const char *out)
{
	gzFile gz;
	int result = 0;

	if (!v->system_map && !v->ready)
		return error("kernel \"%s\" has no System.map: its functions cannot be named",
			     v->spec);
	gz = gzopen(out, "wbe6");
	if (!gz)
		return error("cannot write \"%s\":", out);
	result = pack_kernel(v, gz);
	for (size_t i = 0; result == 0 && i < modules->count; i++)
		result = pack_module(modules->items[i], gz);
	errno = 0;
	if (gzclose(gz) != Z_OK && result == 0)
		result = error(errno ? "cannot write \"%s\":" : "cannot write \"%s\"", out);
	return result;
}
