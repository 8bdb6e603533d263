// SPDX-License-Identifier: GPL-2.0-or-later
#include "patches.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/paths.h"
#include "lib/strbuf.h"

#define TEXT_MAX ((size_t)64 * 1024)
#define CUT	 "\n(cut here)\n"

/* "Subject: [PATCH 1/5] mm: this\n and that" gives "mm: this and that". */
static char *subject_of(const char *text)
{
	static const char header[] = "\nSubject: ";
	const char *at = strstr(text, header);
	struct strbuf out = STRBUF_INIT;

	if (!at)
		return xstrdup("a patch without a subject");
	at += strlen(header);
	if (*at == '[' && strchr(at, ']'))
		at = strchr(at, ']') + 1;
	at += strspn(at, " ");
	/* A line that begins with a blank continues the header. */
	for (; *at && (*at != '\n' || at[1] == ' '); at++)
		if (*at != '\n')
			strbuf_addch(&out, *at);
	return strbuf_detach(&out);
}

static void list_links(const char *text, struct strvec *out)
{
	static const char header[] = "\nLink: ";

	for (const char *at = text; (at = strstr(at, header)) != NULL;) {
		at += strlen(header);
		strvec_pushf(out, "%.*s", (int)strcspn(at, " \t\r\n#"), at);
	}
}

static void add_patch(struct patches *p, const char *path)
{
	struct strbuf text = STRBUF_INIT;

	if (file_read_optional(path, &text) == 0) {
		p->items = xreallocarray(p->items, p->count + 1, sizeof(*p->items));
		p->items[p->count] =
			(struct patch){ .subject = subject_of(text.data), .links = STRVEC_INIT };
		list_links(text.data, &p->items[p->count].links);
		if (text.len > TEXT_MAX) {
			text.data[TEXT_MAX] = '\0';
			text.len = TEXT_MAX;
			strbuf_adds(&text, CUT);
		}
		p->items[p->count++].text = xstrdup(text.data);
	}
	strbuf_release(&text);
}

/* A name that is nothing but a folder of patches/. */
static bool is_name(const char *name)
{
	if (!*name || *name == '.')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			return false;
	return true;
}

/* "NAME", or "NAME:2" for its first two patches. */
static void add_series(struct patches *p, const char *root, const char *spec)
{
	const char *colon = strchr(spec, ':');
	size_t limit = colon ? p->count + strtoul(colon + 1, NULL, 10) : SIZE_MAX;
	char *name = xstrndup(spec, strcspn(spec, ":"));
	char *dir = xasprintf("%s/%s", root, name), *series = xasprintf("%s/series", dir);
	struct strbuf text = STRBUF_INIT;
	struct strvec lines = STRVEC_INIT;

	if (is_name(name) && file_exists(series) && file_read_optional(series, &text) == 0)
		strvec_split(&lines, text.data, "\n");
	for (size_t i = 0; i < lines.count && p->count < limit; i++) {
		char *path = xasprintf("%s/%s", dir, lines.items[i]);

		if (*lines.items[i] != '#' && !strchr(lines.items[i], '/'))
			add_patch(p, path);
		free(path);
	}
	strvec_release(&lines);
	strbuf_release(&text);
	free(series);
	free(dir);
	free(name);
}

void patches_load(struct patches *p, const char *series)
{
	char *root = *series ? path_share("patches") : NULL;
	struct strvec names = STRVEC_INIT;

	*p = (struct patches){ 0 };
	strvec_split(&names, series, "+");
	for (size_t i = 0; i < names.count && root; i++)
		add_series(p, root, names.items[i]);
	strvec_release(&names);
	free(root);
}

void patches_release(struct patches *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->items[i].subject);
		free(p->items[i].text);
		strvec_release(&p->items[i].links);
	}
	free(p->items);
	*p = (struct patches){ 0 };
}
