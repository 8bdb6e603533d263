// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kab hba: QEMU with an emulated SAS3008.
 */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "hba/report.h"
#include "hba/serve.h"
#include "lib/log.h"
#include "lib/strvec.h"

#define DISK_MIB     64
#define DISK_MIB_MAX 65536

struct hba_options {
	int64_t disks;
	int64_t disk_mib;
	const char *disk_dir;
	const char *log;
};

#define AT(field) offsetof(struct hba_options, field)

static const struct opt options[] = {
	{ 0, "disks", "N", "attached SAS disks (0)", OPT_INT, AT(disks), 0, DISKS_MAX, NULL },
	{ 0, "disk-mib", "M", "size of each disk in MiB (64)", OPT_INT, AT(disk_mib), 1,
	  DISK_MIB_MAX, NULL },
	{ 0, "disk-dir", "DIR", "keep the disks as files in DIR; otherwise they are memory",
	  OPT_STR, AT(disk_dir), 0, 0, NULL },
	{ 0, "log", "FILE", "write what the adapter has seen, as JSON", OPT_STR, AT(log), 0, 0,
	  NULL },
};

const struct opt_usage cmd_hba_usage = {
	.name = "hba",
	.synopsis = "-- QEMU [ARGUMENT...]",
	.least = 1,
	.most = OPT_ANY,
	.summary = "run QEMU with an emulated SAS host adapter",
	.details =
		"Runs the command with an LSI SAS3008 on its PCI bus, for the kernel's own mpt3sas\n"
		"driver, and ends as it ends. Workloads that ask for the adapter do this by\n"
		"themselves.\n"
		"\n"
		"The command must give the guest one CPU, and memory that can be shared:\n"
		"\"-smp 1 -m 1G -object memory-backend-memfd,id=mem,size=1G,share=on\n"
		"-machine pc,memory-backend=mem\". See docs/hba.md.\n",
	.opts = options,
	.count = sizeof(options) / sizeof(options[0]),
};

/* Ends as QEMU did: whoever looks at this process sees what it would have seen of QEMU. */
static int end_alike(const struct serve_end *end)
{
	if (end->broken)
		return STATUS_FAILED;
	if (WIFSIGNALED(end->status)) {
		(void)signal(WTERMSIG(end->status), SIG_DFL);
		(void)kill(getpid(), WTERMSIG(end->status));
	}
	return WEXITSTATUS(end->status);
}

int cmd_hba(int argc, char **argv)
{
	struct hba_options o = { .disk_mib = DISK_MIB };
	struct strvec command = STRVEC_INIT;
	enum opt_result parsed = opt_parse(&cmd_hba_usage, argc, argv, &o, &command);
	struct serve_end end = { .started = false };
	struct hba hba = { .disk_count = 0 };
	int status = STATUS_FAILED;

	if (parsed != OPT_RUN) {
		strvec_release(&command);
		return parsed == OPT_DONE ? STATUS_OK : STATUS_USAGE;
	}
	if (hba_init(&hba, (unsigned int)o.disks, (unsigned int)o.disk_mib, o.disk_dir) == 0 &&
	    serve(&hba, &command, &end) == 0) {
		hba_end_session(&hba);
		if (!o.log || report_write(&hba, o.log) == 0)
			status = end_alike(&end);
	}
	hba_release(&hba);
	strvec_release(&command);
	return status;
}
