// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab doctor: what this host has, what it lacks, and what kab would boot on.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd-noise.h"
#include "commands.h"
#include "lib/alloc.h"
#include "lib/cpus.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "lib/strbuf.h"
#include "lib/strvec.h"
#include "runner/machine/host.h"
#include "runner/machine/target.h"
#include "runner/source/cache.h"
#include "runner/source/overlay.h"

#define ASK_MS	   10000
#define CACHE_MIB  6000 /* an unpacked source, the objects of a base, some kernels */
#define DATA_MIB   500
#define MEMORY_MIB 3000 /* one guest with QEMU around it */

struct doctor_options {
	bool noise;
	struct floor_options floor;
};

#define AT(field) offsetof(struct doctor_options, field)

static const struct opt options[] = {
	{ 0, "noise", NULL,
	  "boot a kernel against itself on a wall clock, and tell the smallest effect that can be "
	  "proven here",
	  OPT_FLAG, AT(noise), 0, 0, NULL },
	{ 'k', "kernel", "SPEC", "with --noise (default: linux-6.1)", OPT_STR, AT(floor.kernel), 0,
	  0, NULL },
	{ 'w', "workload", "W", "with --noise (default: dmcrypt-4k)", OPT_STR, AT(floor.workload),
	  0, 0, NULL },
	{ 't', "target", "T", "with --noise (default: kvm where it works, else tcg)", OPT_STR,
	  AT(floor.target), 0, 0, NULL },
	{ 'n', "boots", "N", "with --noise: of each side (default: 6)", OPT_INT, AT(floor.boots), 4,
	  1000, NULL },
};

const struct opt_usage cmd_doctor_usage = {
	.name = "doctor",
	.synopsis = "",
	.summary = "what this host has, what is missing, and the default target",
	.details =
		"The first time it boots a kernel to find out whether KVM works, which takes up to 20\n"
		"seconds. Exits with 3 when a comparison of two kernels could not be made here.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

enum state { GOOD, DOUBTFUL, BAD };

struct check {
	size_t bad; /* so far */
	struct strvec packages;
	bool colour;
};

static void report(struct check *c, enum state state, const char *what, const char *text)
{
	static const struct {
		const char *word, *colour;
	} looks[] = { [GOOD] = { "ok", "\033[32m" },
		      [DOUBTFUL] = { "--", "\033[33m" },
		      [BAD] = { "missing", "\033[31m" } };

	printf("  %s%-8s%s%-18s %s\n", c->colour ? looks[state].colour : "", looks[state].word,
	       c->colour ? "\033[0m" : "", what, text);
	c->bad += state == BAD;
}

/*
 * Programs.
 */
static const struct program {
	const char *name, *package, *purpose;
	const char *version_arg; /* prints the version on the first line; NULL: not asked */
} programs[] = {
	{ "qemu-system-x86_64", "qemu-system-x86", "boots the kernels", "--version" },
	{ "fio", "fio", "is packed for the guest", "--version" },
	{ "dmsetup", "dmsetup", "is packed for the guest", NULL },
	{ "gcc", "gcc", "builds kernels", "--version" },
	{ "make", "make", "builds kernels", "--version" },
	{ "ld", "binutils", "builds kernels", "--version" },
	{ "flex", "flex", "builds kernels", "--version" },
	{ "bison", "bison", "builds kernels", "--version" },
	{ "bc", "bc", "builds kernels", NULL },
	{ "lz4", "lz4", "packs kernels", NULL },
	{ "git", "git", "reads commits and mails", "--version" },
	{ "patch", "patch", "applies series", "--version" },
	{ "xz", "xz-utils", "unpacks sources", "--version" },
	{ "gnuplot", "gnuplot-nox", "draws the report's plots", "--version" },
};

static char *first_line(const char *program, const char *arg)
{
	char *const argv[] = { (char *)program, (char *)arg, NULL };
	struct strbuf out = STRBUF_INIT;

	if (proc_capture(argv, &out, NULL, ASK_MS) < 0)
		strbuf_reset(&out);
	out.data[strcspn(out.data, "\n")] = '\0';
	return strbuf_detach(&out);
}

/* dmsetup is in /usr/sbin, which the PATH of users may lack. */
static bool available(const char *name)
{
	char *sbin = xasprintf("/usr/sbin/%s", name);
	bool found = proc_available(name) || !access(sbin, X_OK);

	free(sbin);
	return found;
}

static void check_programs(struct check *c)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		const struct program *p = &programs[i];
		char *version = NULL;

		if (!available(p->name)) {
			report(c, BAD, p->name, p->purpose);
			if (!strvec_has(&c->packages, p->package))
				strvec_push(&c->packages, p->package);
			continue;
		}
		if (p->version_arg)
			version = first_line(p->name, p->version_arg);
		report(c, GOOD, p->name, version && *version ? version : p->purpose);
		free(version);
	}
}

/*
 * Places and resources.
 */
static void check_place(struct check *c, const char *what, char *path, int64_t need_mib)
{
	struct strbuf text = STRBUF_INIT;
	int64_t left = path ? disk_free(path) : -1;
	enum state state = GOOD;

	/* The reason has been printed as an error. */
	if (!path) {
		report(c, BAD, what, "cannot be written");
		return;
	}
	left = left > 0 ? left >> 20 : 0;
	strbuf_addf(&text, "%s, %" PRId64 " MiB free", path, left);
	if (left < need_mib) {
		strbuf_addf(&text, "; %" PRId64 " are wanted", need_mib);
		state = DOUBTFUL;
	}
	report(c, state, what, text.data);
	strbuf_release(&text);
	free(path);
}

static void check_overlay(struct check *c)
{
	char *cache = path_cache(NULL);

	if (cache && overlay_works(cache))
		report(c, GOOD, "overlays", "a patched kernel is built upon its base");
	else
		report(c, DOUBTFUL, "overlays", "not permitted here: builds copy files, slower");
	free(cache);
}

static void check_host(struct check *c)
{
	int64_t memory = host_memory() >> 20;
	char *distribution = host_distribution();
	char *cpus = xasprintf("%d", cpus_available());
	char *text = xasprintf("%" PRId64 " MiB available", memory);

	report(c, GOOD, "distribution", distribution ? distribution : "not known");
	report(c, GOOD, "cpus", cpus);
	report(c, memory && memory < MEMORY_MIB ? DOUBTFUL : GOOD, "memory", text);
	free(text);
	free(cpus);
	free(distribution);
}

/*
 * Targets.
 */

/* Any kernel of the cache will do for a probe; a new string, NULL when there is none. */
static char *some_image(void)
{
	struct strvec ids = STRVEC_INIT;
	char *kernels = path_cache("kernels");
	char *image = NULL;

	if (kernels && dir_list(kernels, &ids) == 0)
		for (size_t i = 0; i < ids.count && !image; i++) {
			image = xasprintf("%s/%s/bzImage", kernels, ids.items[i]);
			if (!file_exists(image)) {
				free(image);
				image = NULL;
			}
		}
	strvec_release(&ids);
	free(kernels);
	return image;
}

static void check_targets(struct check *c)
{
	char *image = some_image();
	const struct target *chosen;

	for (size_t i = 0; targets[i]; i++) {
		struct strbuf why = STRBUF_INIT;
		bool usable = targets[i]->usable(image, &why);

		report(c, usable ? GOOD : DOUBTFUL, targets[i]->name, why.data);
		strbuf_release(&why);
	}
	chosen = target_default(image);
	if (chosen)
		printf("\ndefault target: %s (%s)\n", chosen->name, chosen->summary);
	else
		c->bad++;
	free(image);
}

static void print_advice(const struct check *c)
{
	if (!c->packages.count)
		return;
	printf("\nto install: apt-get install");
	for (size_t i = 0; i < c->packages.count; i++)
		printf(" %s", c->packages.items[i]);
	putchar('\n');
}

int cmd_doctor(int argc, char **argv)
{
	struct strvec operands = STRVEC_INIT;
	struct doctor_options o = {
		.floor = { .kernel = "linux-6.1", .workload = "dmcrypt-4k", .boots = 6 }
	};
	struct check c = { .colour = log_colour(STDOUT_FILENO) };
	enum opt_result parsed = opt_parse(&cmd_doctor_usage, argc, argv, &o, &operands);

	strvec_release(&operands);
	if (parsed != OPT_RUN)
		return parsed == OPT_DONE ? STATUS_OK : STATUS_USAGE;
	if (o.noise)
		return floor_measure(&o.floor);
	puts("programs:");
	check_programs(&c);
	puts("\nhost:");
	check_host(&c);
	check_place(&c, "cache", path_cache(NULL), CACHE_MIB);
	check_place(&c, "data", path_data(NULL), DATA_MIB);
	check_overlay(&c);
	puts("\ntargets:");
	check_targets(&c);
	print_advice(&c);
	strvec_release(&c.packages);
	return c.bad ? STATUS_FAILED : STATUS_OK;
}
