// SPDX-License-Identifier: GPL-2.0-or-later
#include "published.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define CLAIM(field) offsetof(struct claim, field)
#define ROW(field)   offsetof(struct claim_row, field)

static const struct json_field file_fields[] = {
	{ "claims", JSON_IGNORE, 0, true, 0, 0 },
};

static const struct json_field claim_fields[] = {
	{ "title", JSON_STR, CLAIM(title), true, 0, 0 },
	{ "source", JSON_STR, CLAIM(source), true, 0, 0 },
	{ "id", JSON_STR, CLAIM(id), true, 0, 0 },
	{ "hardware", JSON_STR, CLAIM(hardware), false, 0, 0 },
	{ "unit", JSON_STR, CLAIM(unit), false, 0, 0 },
	{ "better", JSON_STR, CLAIM(better), false, 0, 0 },
	{ "words", JSON_STR, CLAIM(words), false, 0, 0 },
	{ "base", JSON_NUM, CLAIM(base), false, 0, 0 },
	{ "new", JSON_NUM, CLAIM(new), false, 0, 0 },
	{ "note", JSON_STR, CLAIM(note), false, 0, 0 },
	{ "measured", JSON_IGNORE, 0, true, 0, 0 },
};

static const struct json_field row_fields[] = {
	{ "base", JSON_STR, ROW(base), true, 0, 0 },
	{ "new", JSON_STR, ROW(new), true, 0, 0 },
	{ "workload", JSON_STR, ROW(workload), true, 0, 0 },
	{ "metric", JSON_STR, ROW(metric), true, 0, 0 },
	{ "cycles", JSON_STR, ROW(cycles), false, 0, 0 },
	{ "note", JSON_STR, ROW(note), false, 0, 0 },
};

static int read_rows(struct claim *c, const struct json_at *claim)
{
	struct json_at list = json_member(claim, "measured");
	size_t count = json_length(&list);
	int ret = 0;

	c->rows = xcalloc(count + 1, sizeof(*c->rows));
	for (size_t i = 0; i < count; i++) {
		struct json_at at = json_element(&list, i);
		struct claim_row *row = &c->rows[c->row_count++];

		if (json_read(&at, row_fields, COUNT(row_fields), row) < 0)
			ret = -1;
	}
	return ret;
}

static int read_claim(struct claim *c, const struct json_at *at)
{
	c->base = c->new = NAN;
	if (json_read(at, claim_fields, COUNT(claim_fields), c) < 0)
		return -1;
	if (!isnan(c->base) != !isnan(c->new) || (!isnan(c->base) && !c->unit))
		return json_error(at, "\"base\", \"new\" and \"unit\" go together");
	if (isnan(c->base) && !c->words)
		return json_error(at, "a claim without figures needs \"words\"");
	if (c->better && strcmp(c->better, "higher") != 0 && strcmp(c->better, "lower") != 0) {
		struct json_at better = json_member(at, "better");

		return json_error(&better, "expected \"higher\" or \"lower\"");
	}
	return read_rows(c, at);
}

int published_load(struct published *p, const char *path)
{
	struct json_at root, list;
	struct json_doc doc;
	int ret = -1;

	*p = (struct published){ 0 };
	if (json_load(&doc, path) < 0)
		goto out;
	root = json_root(&doc);
	if (json_read(&root, file_fields, COUNT(file_fields), NULL) < 0)
		goto out;
	list = json_member(&root, "claims");
	p->claims = xcalloc(json_length(&list) + 1, sizeof(*p->claims));
	ret = 0;
	for (size_t i = 0; i < json_length(&list); i++) {
		struct json_at at = json_element(&list, i);

		if (read_claim(&p->claims[p->count++], &at) < 0)
			ret = -1;
	}
out:
	json_release(&doc);
	return ret;
}

void published_release(struct published *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct claim *c = &p->claims[i];
		char *strings[] = { c->title, c->source, c->id,	   c->hardware,
				    c->unit,  c->better, c->words, c->note };

		for (size_t k = 0; k < COUNT(strings); k++)
			free(strings[k]);
		for (size_t k = 0; k < c->row_count; k++) {
			free(c->rows[k].base);
			free(c->rows[k].new);
			free(c->rows[k].workload);
			free(c->rows[k].metric);
			free(c->rows[k].cycles);
			free(c->rows[k].note);
		}
		free(c->rows);
	}
	free(p->claims);
	*p = (struct published){ 0 };
}

static const struct comparison *find(const struct judgement *j, const char *workload,
				     const char *metric)
{
	for (size_t i = 0; i < j->count; i++) {
		const struct comparison *c = &j->items[i];

		if (strcmp(c->workload, workload) == 0 && strcmp(c->metric, metric) == 0 &&
		    c->n_base && c->n_new)
			return c;
	}
	return NULL;
}

static bool match_row(struct claim_row *row, const struct judgement *j)
{
	if (strcmp(j->base.spec, row->base) != 0 || strcmp(j->new.spec, row->new) != 0)
		return false;
	row->found = find(j, row->workload, row->metric);
	if (!row->found)
		return false;
	row->judgement = j;
	row->found_cycles = row->cycles ? find(j, row->workload, row->cycles) : NULL;
	return true;
}

size_t published_match(struct published *p, const struct judgement *list, size_t count)
{
	size_t found = 0;

	for (size_t i = 0; i < p->count; i++)
		for (size_t k = 0; k < p->claims[i].row_count; k++)
			for (size_t n = 0; n < count; n++)
				if (match_row(&p->claims[i].rows[k], &list[n])) {
					found++;
					break;
				}
	return found;
}
