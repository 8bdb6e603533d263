/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The site of the database "kab.db" in the sandbox, and what can be asked of its pages.
 */
#ifndef KAB_TESTS_PAGES_H
#define KAB_TESTS_PAGES_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "db/store.h"
#include "reports/reports.h"
#include "sandbox.h"

#define PAGE_MAX (500 * 1000)

static inline struct site_summary render(const char *data)
{
	const struct site_options o = { .dir = "site", .data = data, .sessions = 3 };
	struct site_summary summary;
	struct db *db = db_open_readonly("kab.db");

	assert_non_null(db);
	put("share/configs/published.json", "{\"claims\": []}");
	assert_int_equal(report_site(db, &o, &summary), 0);
	db_close(db);
	return summary;
}

static inline char *read_page(const char *path)
{
	struct strbuf text = STRBUF_INIT;

	assert_int_equal(file_read(path, &text), 0);
	return strbuf_detach(&text);
}

static inline void has(const char *path, const char *what)
{
	char *page = read_page(path);

	if (!strstr(page, what))
		fail_msg("\"%s\" lacks: %s", path, what);
	free(page);
}

/* "%41" is a letter; what is too long for a path is none. */
static inline void decode(char *out, size_t room, const char *from, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < room; i++) {
		unsigned int byte;

		if (from[i] == '%' && i + 2 < len && sscanf(from + i + 1, "%2x", &byte) == 1) {
			out[n++] = (char)byte;
			i += 2;
		} else {
			out[n++] = from[i];
		}
	}
	out[n] = '\0';
}

static inline void check_links(const char *path, const char *page, const char *attribute)
{
	for (const char *at = page; (at = strstr(at, attribute)) != NULL;) {
		char name[1000], *target;
		size_t len;

		at += strlen(attribute);
		len = strcspn(at, "\"");
		if (*at == '#' || !strncmp(at, "https://", 8))
			continue;
		decode(name, sizeof(name), at, len);
		target = xasprintf("%.*s/%s", (int)(strrchr(path, '/') - path), path, name);
		if (!file_exists(target))
			fail_msg("\"%s\" leads to \"%s\", which is not there", path, name);
		free(target);
	}
}

static size_t pages;

static inline int check_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t len = strlen(path);
	char *page;

	(void)ftw;
	if (type != FTW_F || len < 5 || strcmp(path + len - 5, ".html") != 0)
		return 0;
	pages++;
	page = read_page(path);
	assert_true(st->st_size < PAGE_MAX);
	assert_null(strstr(page, "<b>bad"));
	assert_ptr_equal(strstr(page, "<script>"), strstr(page, "<script>(() =>"));
	check_links(path, page, " href=\"");
	check_links(path, page, " src=\"");
	check_links(path, page, " srcset=\"");
	free(page);
	return 0;
}

static inline void check_site(void)
{
	pages = 0;
	assert_int_equal(nftw("site", check_file, 20, FTW_PHYS), 0);
}

static inline size_t count_of(const char *path, const char *what)
{
	char *page = read_page(path);
	size_t count = 0;

	for (const char *at = page; (at = strstr(at, what)) != NULL; at++)
		count++;
	free(page);
	return count;
}

#endif
