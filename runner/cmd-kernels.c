// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab kernels: what is cached, built and thrown away.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/strvec.h"
#include "runner/kernel/inventory.h"
#include "runner/kernel/variant.h"
#include "runner/source/cache.h"

#define DAY_S	 (INT64_C(24) * 60 * 60)
#define DAYS_MAX 100000

struct kernels_options {
	bool all;
	bool dry_run;
	int64_t days; /* -1: not given */
};

#define AT(field) offsetof(struct kernels_options, field)

static const struct opt options[] = {
	{ 'a', "all", NULL, "prune: everything, also what is needed for kernels that stay",
	  OPT_FLAG, AT(all), 0, 0, NULL },
	{ 'n', "dry-run", NULL, "prune: only show what would go", OPT_FLAG, AT(dry_run), 0, 0,
	  NULL },
	{ 0, "older-than", "DAYS", "prune: also kernels that were not used for so many days",
	  OPT_INT, AT(days), 0, DAYS_MAX, NULL },
};

const struct opt_usage cmd_kernels_usage = {
	.name = "kernels",
	.synopsis = "[list | build SPEC... | prune]",
	.most = OPT_ANY,
	.summary = "show, build or remove cached kernels",
	.details =
		"list shows what the cache holds: kernels, the layers of objects on which patched\n"
		"kernels are built, unpacked sources, what was downloaded, indexes of Debian's\n"
		"releases, and the objects that ccache keeps. It is the default.\n"
		"\n"
		"build makes kernels without running them. A SPEC is SOURCE[+SERIES...]: SOURCE is\n"
		"a name (see kab list), a tarball, a URL with \"#sha256=HEX\", an unpacked tree,\n"
		"\"source:PACKAGE\" of Debian's, \"image:PATH\", \"deb:PACKAGE\", \"deb:PATH\",\n"
		"\"git:DIR@REV\", or \"git:DIR\" for a work tree as it is. PACKAGE is NAME or, of any\n"
		"release of Debian's, NAME/RELEASE. SERIES is a name, the path of a folder with a\n"
		"series file or mails, of a patch, an mbox or a maildir, or \"lore:MESSAGE-ID\".\n"
		"\n"
		"prune removes layers and sources that no cached kernel was made from. What another\n"
		"kab uses stays. Everything in the cache can be made again.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

/* A size for people: "13.4 MiB". */
static void format_size(char *out, size_t size, int64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		value /= 1024;
		unit++;
	}
	snprintf(out, size, value < 10 && unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

static void format_age(char *out, size_t size, int64_t seconds)
{
	if (seconds < 3600)
		snprintf(out, size, "%" PRId64 " min", seconds < 0 ? 0 : seconds / 60);
	else if (seconds < 2 * DAY_S)
		snprintf(out, size, "%" PRId64 " h", seconds / 3600);
	else
		snprintf(out, size, "%" PRId64 " d", seconds / DAY_S);
}

/* A URL is told by its name; the checksum would take the whole line. */
static size_t title_length(const struct holding *h)
{
	const char *end = strstr(h->title, "#sha256=");

	return end ? (size_t)(end - h->title) : strlen(h->title);
}

/* A distribution's are longer than a version. */
static size_t widest_release(const struct inventory *inv)
{
	size_t width = strlen("RELEASE");

	for (size_t i = 0; i < inv->count; i++)
		if (inv->items[i].release && strlen(inv->items[i].release) > width)
			width = strlen(inv->items[i].release);
	return width;
}

/* What it is for comes last, as it may have any length. */
#define ROW "%-8s  %-12.12s  %-*s  %9s  %7s  "

static void print_holding(const struct holding *h, int release, int64_t now)
{
	char size[32];
	char age[32];

	format_size(size, sizeof(size), h->bytes);
	format_age(age, sizeof(age), now - h->used);
	printf(ROW "%.*s\n", holding_name(h->kind), h->name, release, h->release, size, age,
	       (int)title_length(h), h->title);
}

static int list_kernels(void)
{
	struct inventory inv;
	int64_t now = time(NULL);
	int64_t sum = 0;
	char size[32];
	int release;

	if (inventory_load(&inv) < 0)
		return STATUS_FAILED;
	if (!inv.count) {
		note("no kernels are cached");
		return STATUS_OK;
	}
	release = (int)widest_release(&inv);
	printf(ROW "%s\n", "KIND", "IDENTITY", release, "RELEASE", "SIZE", "USED", "WHAT FOR");
	for (size_t i = 0; i < inv.count; i++) {
		sum += inv.items[i].bytes;
		if (inv.items[i].kind != HOLDING_LOG)
			print_holding(&inv.items[i], release, now);
	}
	format_size(size, sizeof(size), sum);
	printf("%s in all\n", size);
	inventory_release(&inv);
	return STATUS_OK;
}

/* Removes, or says so; adds to the sum what is gone. */
static int prune_one(const struct holding *h, bool dry_run, int64_t *sum)
{
	char size[32];
	int result = dry_run ? 0 : holding_remove(h);

	format_size(size, sizeof(size), h->bytes);
	if (result == 1)
		note("in use, stays: %s %.12s %s", holding_name(h->kind), h->name, h->title);
	if (result)
		return result < 0 ? -1 : 0;
	*sum += h->bytes;
	printf("%s %s %.12s %s (%s)\n", dry_run ? "would remove" : "removed", holding_name(h->kind),
	       h->name, h->title, size);
	return 0;
}

static int prune(const struct kernels_options *o)
{
	struct cache_work w;
	struct inventory inv;
	int64_t before = o->days < 0 ? 0 : time(NULL) - o->days * DAY_S;
	int64_t sum = 0;
	char size[32];
	int result = 0;

	/* Beginning any work removes what stopped processes left behind. */
	if (!o->dry_run) {
		if (cache_work_begin(&w) < 0)
			return STATUS_FAILED;
		cache_work_end(&w);
	}
	if (inventory_load(&inv) < 0)
		return STATUS_FAILED;
	for (size_t i = 0; !result && i < inv.count && !interrupted(); i++)
		if (holding_expired(&inv, &inv.items[i], before, o->all))
			result = prune_one(&inv.items[i], o->dry_run, &sum);
	format_size(size, sizeof(size), sum);
	printf("%s %s\n", size, o->dry_run ? "would be free" : "freed");
	inventory_release(&inv);
	return interrupted() ? STATUS_INTERRUPTED : result ? STATUS_FAILED : STATUS_OK;
}

/* All specs are looked at before the first is built. */
static int resolve_all(struct variant *variants, char *const *specs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (variant_resolve(&variants[i], specs[i]) < 0)
			return interrupted() ? STATUS_INTERRUPTED : STATUS_USAGE;
	return STATUS_OK;
}

static int build_all(struct variant *variants, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (variant_build(&variants[i]) < 0)
			return interrupted() ? STATUS_INTERRUPTED : STATUS_FAILED;
		printf("%s  %.12s  %s  %s\n", variants[i].spec, variants[i].id, variants[i].release,
		       variants[i].image);
	}
	return STATUS_OK;
}

static int build(char *const *specs, size_t count)
{
	struct variant *variants;
	int status;

	if (!count) {
		error("kernels build: which? (see \"kab kernels --help\")");
		return STATUS_USAGE;
	}
	variants = xcalloc(count, sizeof(*variants));
	status = resolve_all(variants, specs, count);
	if (status == STATUS_OK)
		status = build_all(variants, count);
	for (size_t i = 0; i < count; i++)
		variant_release(&variants[i]);
	free(variants);
	return status;
}

static int dispatch(const struct kernels_options *o, const struct strvec *operands)
{
	const char *verb = operands->count ? operands->items[0] : "list";

	if (!strcmp(verb, "build"))
		return build(operands->items + 1, operands->count - 1);
	if (operands->count > 1) {
		error("kernels %s takes no \"%s\"", verb, operands->items[1]);
		return STATUS_USAGE;
	}
	if (!strcmp(verb, "prune"))
		return prune(o);
	if (!strcmp(verb, "list"))
		return list_kernels();
	error("kernels: unknown \"%s\"; there is list, build, prune", verb);
	return STATUS_USAGE;
}

int cmd_kernels(int argc, char **argv)
{
	struct kernels_options o = { .days = -1 };
	struct strvec operands = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_kernels_usage, argc, argv, &o, &operands);
	int status = STATUS_OK;

	if (parsed == OPT_BAD)
		status = STATUS_USAGE;
	else if (parsed == OPT_RUN)
		status = dispatch(&o, &operands);
	strvec_release(&operands);
	return status;
}
