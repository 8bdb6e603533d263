// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "page.h"

/*
 * Sorts by the heading that is pressed: numbers by their exact value, which is in data-v. Without
 * it the tables are in the order of the program, which puts first what matters. Groups stay
 * together: each is a tbody, and its fixed rows (a heading, a sum) keep their places.
 */
static const char script[] =
	"(() => {\n"
	"const key = c => c.dataset.v === undefined ? c.textContent.trim() : Number(c.dataset.v);\n"
	"const order = (a, b) => typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0)\n"
	"	: typeof a === 'number' ? -1 : 1;\n"
	"const free = row => !row.classList.contains('fixed');\n"
	"function sortable(table) {\n"
	"	const heads = [...table.tHead.rows[0].cells];\n"
	"	heads.forEach((th, i) => {\n"
	"		if (th.className.includes('nosort')) return;\n"
	"		const button = document.createElement('button');\n"
	"		button.type = 'button';\n"
	"		button.append(...th.childNodes);\n"
	"		th.append(button);\n"
	"		button.addEventListener('click', () => {\n"
	"			const down = th.getAttribute('aria-sort') === 'ascending';\n"
	"			heads.forEach(o => o.removeAttribute('aria-sort'));\n"
	"			th.setAttribute('aria-sort', down ? 'descending' : 'ascending');\n"
	"			for (const body of table.tBodies) {\n"
	"				const rows = [...body.rows], moved = rows.filter(free);\n"
	"				moved.sort((a, b) => order(key(a.cells[i]), key(b.cells[i])));\n"
	"				if (down) moved.reverse();\n"
	"				body.append(...rows.map(r => free(r) ? moved.shift() : r));\n"
	"			}\n"
	"		});\n"
	"	});\n"
	"}\n"
	"function filterable(table) {\n"
	"	const box = table.parentNode, label = document.createElement('label');\n"
	"	const input = document.createElement('input'), count = document.createElement('span');\n"
	"	label.className = 'filter small soft';\n"
	"	input.type = 'search';\n"
	"	count.setAttribute('role', 'status');\n"
	"	label.append('Filter ', input, ' ', count);\n"
	"	box.before(label);\n"
	"	input.addEventListener('input', () => {\n"
	"		const words = input.value.toLowerCase().split(/\\s+/);\n"
	"		const has = row => {\n"
	"			const text = row.textContent.toLowerCase();\n"
	"			return words.every(w => text.includes(w));\n"
	"		};\n"
	"		let shown = 0, all = 0;\n"
	"		for (const body of table.tBodies) {\n"
	"			const rows = [...body.rows], found = rows.some(r => !free(r) && has(r));\n"
	"			const hits = rows.filter(r => free(r) && (found || has(r)));\n"
	"			for (const row of rows)\n"
	"				row.hidden = !(free(row) ? hits.includes(row) : found || hits.length);\n"
	"			shown += hits.length;\n"
	"			all += rows.filter(free).length;\n"
	"		}\n"
	"		count.textContent = input.value ? shown + ' of ' + all : '';\n"
	"	});\n"
	"}\n"
	"document.querySelectorAll('table.sort').forEach(sortable);\n"
	"document.querySelectorAll('table[data-filter]').forEach(filterable);\n"
	"})();\n";

/* Nothing from elsewhere, no other script than this one. */
static void add_policy(struct html *h)
{
	char encoded[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;
	char *policy;

	sha256_init(&sha);
	sha256_update(&sha, strlen(script), (const uint8_t *)script);
	sha256_digest(&sha, sizeof(digest), digest);
	base64_encode_raw(encoded, sizeof(digest), digest);
	policy = xasprintf("default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
			   "script-src 'sha256-%s'; base-uri 'none'; form-action 'none'",
			   encoded);
	html_void(h, "meta", "http-equiv", "Content-Security-Policy", "content", policy);
	free(policy);
}

static char *below(const struct frame *f, const char *name)
{
	return xasprintf("%s%s", f->root, name);
}

static void head(struct html *h, const struct frame *f)
{
	html_doctype(h);
	html_open(h, "html", "lang", "en");
	html_open(h, "head");
	html_void(h, "meta", "charset", "utf-8");
	add_policy(h);
	html_void(h, "meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
	html_void(h, "meta", "name", "color-scheme", "content", "light dark");
	if (f->root) {
		char *feed = below(f, "changes.atom");

		html_void(h, "link", "rel", "alternate", "type", "application/atom+xml", "title",
			  "Proven changes", "href", feed);
		free(feed);
	}
	html_open(h, "title");
	html_textf(h, "%s (kab)", f->title);
	html_close(h, "title");
	html_style(h, page_style);
	html_close(h, "head");
}

static void navigation(struct html *h, const struct frame *f)
{
	static const struct {
		enum section section;
		const char *text, *href;
	} places[] = {
		{ SECTION_OVERVIEW, "Overview", "index.html" },
		{ SECTION_NIGHTS, "Nights", "trends/index.html" },
		{ SECTION_CAUSES, "Causes", "causes/index.html" },
		{ SECTION_KERNELS, "Kernels", "kernels/index.html" },
		{ SECTION_PUBLISHED, "Published", "published.html" },
		{ SECTION_NONE, "Feed", "changes.atom" },
	};

	html_open(h, "nav", "class", "site", "aria-label", "Site");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		bool here = places[i].section != SECTION_NONE && places[i].section == f->section;
		char *href = below(f, places[i].href);

		if (places[i].section != SECTION_PUBLISHED || f->published) {
			html_open(h, "a", "href", href, "aria-current", here ? "true" : NULL);
			html_text(h, places[i].text);
			html_close(h, "a");
			html_text(h, " ");
		}
		free(href);
	}
	html_close(h, "nav");
}

/* Two crumbs say where a page is; one would only repeat its title. */
static void way(struct html *h, const struct frame *f)
{
	size_t count = 0;

	while (count < FRAME_CRUMBS && f->crumbs[count].text)
		count++;
	if (count < 2)
		return;
	html_open(h, "nav", "class", "way small soft", "aria-label", "Where this page is");
	for (size_t i = 0; i < count; i++) {
		bool last = i + 1 == count;

		if (i)
			html_text(h, " › ");
		if (f->crumbs[i].href && !last) {
			html_open(h, "a", "href", f->crumbs[i].href);
			html_text(h, f->crumbs[i].text);
			html_close(h, "a");
		} else {
			html_open(h, "span", "aria-current", last ? "page" : NULL);
			html_text(h, f->crumbs[i].text);
			html_close(h, "span");
		}
	}
	html_close(h, "nav");
}

void frame_open(struct html *h, const struct frame *f)
{
	head(h, f);
	html_open(h, "body");
	if (f->root) {
		char *front = below(f, "index.html");

		html_open(h, "header", "class", "site");
		html_open(h, "a", "class", "home", "href", front);
		html_text(h, "kab");
		html_close(h, "a");
		navigation(h, f);
		html_close(h, "header");
		free(front);
	}
	html_open(h, "main");
	if (f->root)
		way(h, f);
}

void frame_close(struct html *h)
{
	html_close(h, "main");
	html_script(h, script);
	html_close(h, "body");
	html_close(h, "html");
}
