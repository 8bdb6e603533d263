// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kvm: QEMU with hardware virtualisation, wall clock.
 *
 * That /dev/kvm can be opened says little: inside another virtual machine the guest may crawl, or
 * QEMU abort on "-cpu host". So a kernel is booted, with a deadline; the answer is kept until the
 * host restarts or its QEMU changes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/json.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "lib/proc.h"
#include "passthrough.h"
#include "probe.h"
#include "qemu.h"

#define DEVICE	   "/dev/kvm"
#define PROBE_MS   20000
#define MEMORY_MIB 512

/* Two CPUs: on one, the kernel patches the lock prefixes out. */
static const struct qemu_model model = { .args = "-accel kvm -machine q35 -cpu host -smp 2",
					 .append = "" };

static int check_passthrough(const char *address)
{
	struct strbuf why = STRBUF_INIT;
	int result = 0;

	if (!passthrough_usable(address, "/sys", "/dev", &why))
		result = error("cannot pass a device through: %s", why.data);
	strbuf_release(&why);
	return result;
}

static int command(const struct machine *m, struct strvec *argv)
{
	if (m->devices && m->devices->passthrough && check_passthrough(m->devices->passthrough) < 0)
		return -1;
	qemu_command(&model, m, argv);
	return 0;
}

/* What was found out, and for which host. */
struct answer {
	char *boot; /* the host's boot id */
	char *qemu; /* version */
	bool usable;
	char *why;
};

#define AT(field) offsetof(struct answer, field)

static const struct json_field answer_fields[] = {
	{ "boot", JSON_STR, AT(boot), true, 0, 0 },
	{ "qemu", JSON_STR, AT(qemu), true, 0, 0 },
	{ "usable", JSON_BOOL, AT(usable), true, 0, 0 },
	{ "why", JSON_STR, AT(why), true, 0, 0 },
};

static void answer_release(struct answer *a)
{
	free(a->boot);
	free(a->qemu);
	free(a->why);
	*a = (struct answer){ 0 };
}

static char *host_boot_id(void)
{
	struct strbuf id = STRBUF_INIT;

	if (file_read_optional("/proc/sys/kernel/random/boot_id", &id) == 0)
		strbuf_rtrim(&id);
	return strbuf_detach(&id);
}

/* True when the file has an answer for this host; `a` brings the host and gets the answer. */
static bool recall(const char *path, struct answer *a)
{
	struct answer old = { 0 };
	struct json_doc doc = { 0 };
	struct json_at root;
	bool known = false;

	if (!file_exists(path) || json_load(&doc, path) < 0)
		goto out;
	root = json_root(&doc);
	if (json_read(&root, answer_fields, sizeof(answer_fields) / sizeof(answer_fields[0]), &old))
		goto out;
	known = !strcmp(old.boot, a->boot) && !strcmp(old.qemu, a->qemu);
	if (known) {
		a->usable = old.usable;
		a->why = old.why;
		old.why = NULL;
	}
out:
	answer_release(&old);
	json_release(&doc);
	return known;
}

/* An answer that cannot be kept is found again next time. */
static void keep(const char *path, const struct answer *a)
{
	struct json_object *root = json_new_object();

	json_set_str(root, "boot", a->boot);
	json_set_str(root, "qemu", a->qemu);
	json_set_bool(root, "usable", a->usable);
	json_set_str(root, "why", a->why);
	(void)json_write(path, root);
	json_object_put(root);
}

/* Boots the image in `dir`. 0 with an answer, or -1: there is none. */
static int boot(const char *dir, const char *image, struct answer *a)
{
	struct probe p = { .target = &target_kvm,
			   .image = image,
			   .job = json_new_object(),
			   .memory_mib = MEMORY_MIB,
			   .timeout_ms = PROBE_MS };
	int result;

	json_set_str(p.job, "clock", "wall");
	json_set(p.job, "workloads", json_new_array());
	result = probe_boot(&p, dir, &a->why);
	a->usable = result == 0;
	if (a->usable)
		a->why = xasprintf("a kernel booted in %.1f s", (double)p.wall_ms / 1000);
	json_object_put(p.job);
	return result < 0 ? -1 : 0;
}

static int probe(const char *image, struct answer *a)
{
	char *dir = path_cache("kvm-probe-XXXXXX");
	int result = -1;

	if (!dir)
		return -1;
	if (mkdtemp(dir)) {
		result = boot(dir, image, a);
		if (dir_remove(dir) < 0)
			result = -1;
	}
	free(dir);
	return result;
}

static void find_answer(const char *image, struct answer *a, struct strbuf *why)
{
	char *path = path_cache("kvm-probe.json");

	if (path && recall(path, a)) {
		strbuf_addf(why, "probed: %s", a->why);
	} else if (!image) {
		strbuf_adds(why, DEVICE " opens, but no kernel has been built to probe it with");
	} else if (!path || probe(image, a) < 0) {
		strbuf_adds(why, "the probe could not be made");
	} else {
		strbuf_addf(why, "probed: %s", a->why);
		keep(path, a);
	}
	free(path);
}

static bool usable(const char *image, struct strbuf *why)
{
	struct answer a = { 0 };
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	bool yes;

	if (fd < 0) {
		strbuf_addf(why, DEVICE ": %s", strerror(errno));
		return false;
	}
	close(fd);
	a.qemu = qemu_version();
	if (!a.qemu)
		return qemu_usable(why);
	a.boot = host_boot_id();
	find_answer(image, &a, why);
	yes = a.usable;
	answer_release(&a);
	return yes;
}

const struct target target_kvm = {
	.name = "kvm",
	.clock = "wall",
	.summary = "QEMU, wall clock, hardware virtualisation",
	.usable = usable,
	.command = command,
};
