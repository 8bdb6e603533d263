// SPDX-License-Identifier: GPL-2.0-or-later
#include "qemu.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/proc.h"

#define VERSION_MS 10000

/*
 * console=ttyS0		the log
 * loglevel=5			warnings and worse: each character costs a trap; the agent sends all of dmesg
 * panic=-1 oops=panic		with -no-reboot, a kernel that dies ends the machine
 * nokaslr norandmaps		one layout of kernel and processes
 * cryptomgr.notests=1		a distribution's kernel tests its ciphers in the background, RSA and
 *				Diffie-Hellman for a second of guest time and more, beside the workload
 */
static const char common_append[] =
	"console=ttyS0 loglevel=5 panic=-1 oops=panic nokaslr norandmaps cryptomgr.notests=1";

/* An option's value that is a path: commas are doubled. */
static void add_path(struct strbuf *option, const char *path)
{
	for (; *path; path++) {
		strbuf_addch(option, *path);
		if (*path == ',')
			strbuf_addch(option, ',');
	}
}

static void push_file_option(struct strvec *argv, const char *prefix, const char *path)
{
	struct strbuf option = STRBUF_INIT;

	strbuf_adds(&option, prefix);
	add_path(&option, path);
	strvec_push(argv, option.data);
	strbuf_release(&option);
}

void qemu_push_plugin(struct strvec *argv, const char *file, const struct strvec *options)
{
	struct strbuf text = STRBUF_INIT;

	add_path(&text, file);
	for (size_t i = 0; i < options->count; i++) {
		strbuf_addch(&text, ',');
		add_path(&text, options->items[i]);
	}
	strvec_push(argv, "-plugin");
	strvec_push(argv, text.data);
	strbuf_release(&text);
}

static void push_append(struct strvec *argv, const struct qemu_model *model,
			const struct machine *m)
{
	struct strbuf append = STRBUF_INIT;

	strbuf_adds(&append, common_append);
	if (*model->append)
		strbuf_addf(&append, " %s", model->append);
	if (m->append && *m->append)
		strbuf_addf(&append, " %s", m->append);
	strvec_push(argv, "-append");
	strvec_push(argv, append.data);
	strbuf_release(&append);
}

void qemu_command(const struct qemu_model *model, const struct machine *m, struct strvec *argv)
{
	if (m->devices)
		devices_push_prefix(m->devices, m->hba_log, argv);
	strvec_push(argv, QEMU_PROGRAM);
	strvec_split(argv, "-nodefaults -no-user-config -display none -no-reboot", " ");
	strvec_split(argv, model->args, " ");
	if (m->devices)
		devices_push_args(m->devices, m->memory_mib, argv);
	strvec_push(argv, "-m");
	strvec_pushf(argv, "%" PRId64, m->memory_mib);
	strvec_push(argv, "-kernel");
	strvec_push(argv, m->image);
	strvec_push(argv, "-initrd");
	strvec_push(argv, m->initrd);
	push_append(argv, model, m);
	/* Files: whoever reads them, and however late, the guest does not wait for it. */
	strvec_push(argv, "-chardev");
	push_file_option(argv, "file,id=console,path=", m->console);
	strvec_push(argv, "-chardev");
	push_file_option(argv, "file,id=records,path=", m->records);
	strvec_split(argv, "-serial chardev:console", " ");
	/* With ioeventfd another thread would take the guest's writes, and answer in its own time. */
	strvec_split(argv,
		     "-device virtio-serial-pci,ioeventfd=off "
		     "-device virtserialport,chardev=records,name=kab.records",
		     " ");
	if (m->plugin)
		qemu_push_plugin(argv, m->plugin, m->plugin_options);
}

char *qemu_version(void)
{
	static const char before[] = "version ";
	char *const argv[] = { (char *)QEMU_PROGRAM, (char *)"--version", NULL };
	struct strbuf out = STRBUF_INIT;
	char *version = NULL;

	if (proc_available(QEMU_PROGRAM) && proc_capture(argv, &out, NULL, VERSION_MS) == 0) {
		const char *at = strstr(out.data, before);

		out.data[strcspn(out.data, "\n")] = '\0';
		version = xstrdup(at ? at + strlen(before) : out.data);
	}
	strbuf_release(&out);
	return version;
}

int qemu_refuse_passthrough(const struct machine *m, const char *target)
{
	if (!m->devices || !m->devices->passthrough)
		return 0;
	return error("the target \"%s\" emulates: it cannot have the host's device \"%s\" "
		     "(--target kvm can)",
		     target, m->devices->passthrough);
}

bool qemu_usable(struct strbuf *why)
{
	char *version = qemu_version();
	bool usable = version;

	if (usable)
		strbuf_addf(why, "QEMU %s", version);
	else
		strbuf_addf(why, "\"%s\" does not run (package qemu-system-x86)", QEMU_PROGRAM);
	free(version);
	return usable;
}
