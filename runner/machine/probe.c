// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#include <stdlib.h>
#include <string.h>

#include "initramfs.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "provision.h"
#include "rundir.h"
#include "supervise.h"

/* The agent, the job, and the modules of the machine. */
static int write_initramfs(const struct probe *p, const char *path)
{
	char *modules = xasprintf("%.*smodules", (int)(path_base(p->image) - p->image), p->image);
	struct initramfs base = { 0 };
	struct provision provision;
	int result = provision_machine(&provision, modules);

	if (result == 0)
		result = initramfs_base(&base);
	if (result == 0)
		result = initramfs_for_job(&base, p->job, &provision, path);
	initramfs_release(&base);
	provision_release(&provision);
	free(modules);
	return result;
}

static char *first_finding(const char *dir)
{
	char *path = xasprintf("%s/outcome.json", dir);
	struct json_doc doc;
	char *message = NULL;

	if (json_load(&doc, path) == 0) {
		struct json_at root = json_root(&doc);
		struct json_at list = json_member(&root, "findings");
		struct json_at first = json_element(&list, 0);
		struct json_at text = json_member(&first, "message");

		if (text.value)
			message = xstrdup(json_object_get_string(text.value));
	}
	json_release(&doc);
	free(path);
	if (message) /* the rest is the console's */
		message[strcspn(message, "\n")] = '\0';
	return message ? message : xstrdup("the guest failed");
}

int probe_boot(struct probe *p, const char *dir, char **why)
{
	char *initrd = xasprintf("%s/initrd", dir);
	char *console = xasprintf("%s/console.log", dir);
	char *records = xasprintf("%s/records.bin", dir);
	struct machine m = { .image = p->image,
			     .initrd = initrd,
			     .memory_mib = p->memory_mib,
			     .console = console,
			     .records = records };
	struct strvec argv = STRVEC_INIT;
	char *no_workloads[] = { NULL };
	struct guest guest = { .run_path = dir,
			       .boot_timeout_ms = p->timeout_ms,
			       .workloads = no_workloads,
			       .patience = p->patience };
	static const struct supervise_events nobody = { NULL };
	struct json_object *manifest = json_new_object();
	int result = -1;

	if (rundir_create(dir, manifest) < 0 || write_initramfs(p, initrd) < 0 ||
	    p->target->command(&m, &argv) < 0)
		goto out;
	guest.argv = argv.items;
	if (supervise(&guest, 1, 1, &nobody) != 0)
		goto out;
	p->wall_ms = guest.wall_ms;
	result = guest.state != GUEST_OK;
	if (result)
		*why = first_finding(dir);
out:
	json_object_put(manifest);
	strvec_release(&argv);
	free(records);
	free(console);
	free(initrd);
	return result;
}
