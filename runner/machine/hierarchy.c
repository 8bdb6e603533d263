// SPDX-License-Identifier: GPL-2.0-or-later
#include "hierarchy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "lib/alloc.h"
#include "lib/json.h"
#include "lib/paths.h"

#define ENTRIES_MAX (1 << 24)
#define WAYS_MAX    64
#define LINE	    64 /* bytes, in all processors with x86-64 */
#define LINE_MAX    1024
#define STREAMS_MIN 3 /* the last used two are kept apart (collectors/plugin/levels.c) */
#define CYCLES_MAX  10000
#define PAGE_BYTES  4096

#define AT(field)    offsetof(struct hierarchy, field)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct json_field file_fields[] = {
	{ "cache", JSON_IGNORE, 0, true, 0, 0 },
};

static const struct json_field fields[] = {
	{ "machine", JSON_STR, AT(machine), true, 0, 0 },
	{ "line", JSON_INT, AT(line), true, 1, LINE_MAX },
	{ "l1d", JSON_IGNORE, 0, true, 0, 0 },
	{ "l1i", JSON_IGNORE, 0, true, 0, 0 },
	{ "l2", JSON_IGNORE, 0, true, 0, 0 },
	{ "llc", JSON_IGNORE, 0, true, 0, 0 },
	{ "dtlb_4k", JSON_IGNORE, 0, true, 0, 0 },
	{ "dtlb_2m", JSON_IGNORE, 0, true, 0, 0 },
	{ "stlb", JSON_IGNORE, 0, true, 0, 0 },
	{ "stream", JSON_IGNORE, 0, false, 0, 0 },
	{ "cycles", JSON_IGNORE, 0, true, 0, 0 },
};

static const struct json_field cycle_fields[] = {
	{ "instruction", JSON_NUM, AT(cycles.instruction), true, 0, CYCLES_MAX },
	{ "l1d_miss", JSON_NUM, AT(cycles.l1d), true, 0, CYCLES_MAX },
	{ "l1i_miss", JSON_NUM, AT(cycles.l1i), true, 0, CYCLES_MAX },
	{ "l2_miss", JSON_NUM, AT(cycles.l2), true, 0, CYCLES_MAX },
	{ "llc_miss", JSON_NUM, AT(cycles.llc), true, 0, CYCLES_MAX },
	{ "dtlb_miss", JSON_NUM, AT(cycles.dtlb), true, 0, CYCLES_MAX },
	{ "stlb_miss", JSON_NUM, AT(cycles.stlb), true, 0, CYCLES_MAX },
};

static const struct json_field stream_fields[] = {
	{ "pages", JSON_INT, AT(stream.pages), true, STREAMS_MIN, WAYS_MAX },
	{ "lines", JSON_INT, AT(stream.lines), true, 1, WAYS_MAX },
};

/* Tables of lines have a size in KiB, those of pages a number of entries. */
static const struct table {
	const char *key;
	size_t offset;
	bool lines;
	const char *option;
} tables[] = {
	{ "l1d", AT(l1d), true, "l1d" },
	{ "l1i", AT(l1i), true, "l1i" },
	{ "l2", AT(l2), true, "l2" },
	{ "llc", AT(llc), true, "llc" },
	{ "dtlb_4k", AT(dtlb_4k), false, "dtlb4k" },
	{ "dtlb_2m", AT(dtlb_2m), false, "dtlb2m" },
	{ "stlb", AT(stlb), false, "stlb" },
};

static bool power_of_two(int64_t n)
{
	return n > 0 && !(n & (n - 1));
}

static int read_table(struct hierarchy *h, const struct json_at *cache, const struct table *t)
{
	struct json_at at = json_member(cache, t->key);
	struct hierarchy_table *to = (struct hierarchy_table *)((char *)h + t->offset);
	const struct json_field table_fields[] = {
		{ t->lines ? "kib" : "entries", JSON_INT, offsetof(struct hierarchy_table, entries),
		  true, 1, ENTRIES_MAX },
		{ "ways", JSON_INT, offsetof(struct hierarchy_table, ways), true, 1, WAYS_MAX },
	};

	if (json_read(&at, table_fields, COUNT(table_fields), to) < 0)
		return -1;
	if (t->lines)
		to->entries = to->entries * 1024 / h->line;
	if (to->entries % to->ways || !power_of_two(to->entries / to->ways))
		return json_error(&at,
				  "%" PRId64 " %s in %" PRId64
				  " ways: the number of sets must be a power of two",
				  to->entries, t->lines ? "lines" : "entries", to->ways);
	return 0;
}

static int read_cache(struct hierarchy *h, const struct json_at *at)
{
	struct json_at cycles = json_member(at, "cycles"), stream = json_member(at, "stream");
	int ret = json_read(at, fields, COUNT(fields), h);

	if (ret < 0)
		return -1;
	if (h->line != LINE)
		return json_member_error(at, "line",
					 "it must be 64, as in all processors with x86-64");
	for (size_t i = 0; i < COUNT(tables); i++)
		if (read_table(h, at, &tables[i]) < 0)
			ret = -1;
	/* Otherwise address and physical address would have different sets; no x86 has that. */
	if (ret == 0 && h->l1d.entries / h->l1d.ways * h->line > PAGE_BYTES)
		ret = json_member_error(at, "l1d", "a way must be no larger than a page");
	if (stream.value && json_read(&stream, stream_fields, COUNT(stream_fields), h) < 0)
		ret = -1;
	if (json_read(&cycles, cycle_fields, COUNT(cycle_fields), h) < 0)
		ret = -1;
	return ret;
}

int hierarchy_load_file(struct hierarchy *h, const char *path)
{
	struct json_at root, cache;
	struct json_doc doc;
	int ret = -1;

	*h = (struct hierarchy){ 0 };
	if (json_load(&doc, path) < 0)
		goto out;
	root = json_root(&doc);
	if (json_read(&root, file_fields, COUNT(file_fields), NULL) < 0)
		goto out;
	cache = json_member(&root, "cache");
	ret = read_cache(h, &cache);
out:
	json_release(&doc);
	return ret;
}

int hierarchy_load(struct hierarchy *h, const char *target)
{
	char *relative = xasprintf("configs/targets/%s.json", target);
	char *path = path_share(relative);
	int ret = -1;

	*h = (struct hierarchy){ 0 };
	if (path)
		ret = hierarchy_load_file(h, path);
	free(path);
	free(relative);
	return ret;
}

void hierarchy_release(struct hierarchy *h)
{
	free(h->machine);
	*h = (struct hierarchy){ 0 };
}

void hierarchy_push(const struct hierarchy *h, struct strvec *options)
{
	strvec_pushf(options, "line=%" PRId64, h->line);
	for (size_t i = 0; i < COUNT(tables); i++) {
		const struct hierarchy_table *t =
			(const struct hierarchy_table *)((const char *)h + tables[i].offset);

		strvec_pushf(options, "%s=%" PRId64 ":%" PRId64, tables[i].option,
			     t->entries / t->ways, t->ways);
	}
	strvec_pushf(options, "stream=%" PRId64 ":%" PRId64, h->stream.pages, h->stream.lines);
	strvec_pushf(options, "cost=%.9g:%.9g:%.9g:%.9g:%.9g:%.9g:%.9g", h->cycles.instruction,
		     h->cycles.l1d, h->cycles.l1i, h->cycles.l2, h->cycles.llc, h->cycles.dtlb,
		     h->cycles.stlb);
}
