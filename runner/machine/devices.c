// SPDX-License-Identifier: GPL-2.0-or-later
#include "devices.h"

#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "passthrough.h"
#include "runner/hba/topology.h"

#define DISK_MIB     64
#define DISK_MIB_MAX 65536

#define AT(field) offsetof(struct devices, field)

static const struct json_field fields[] = {
	{ "disks", JSON_INT, AT(disks), false, 0, DISKS_MAX },
	{ "disk_mib", JSON_INT, AT(disk_mib), false, 1, DISK_MIB_MAX },
	{ "disk_dir", JSON_STR, AT(disk_dir), false, 0, 0 },
	{ "passthrough", JSON_STR, AT(passthrough), false, 0, 0 },
};

/* json_read() takes objects that it knows all of; these are some members of a larger one. */
static int read_members(const struct json_at *workload, struct devices *d)
{
	struct json_doc part = *workload->doc;
	struct json_at at = *workload;
	int ret;

	part.root = at.value = json_new_object();
	at.doc = &part;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct json_at member = json_member(workload, fields[i].key);

		if (member.value)
			json_set(at.value, fields[i].key, json_object_get(member.value));
	}
	ret = json_read(&at, fields, sizeof(fields) / sizeof(fields[0]), d);
	json_object_put(at.value);
	return ret;
}

static int read_names(const struct json_at *workload, struct devices *d)
{
	struct json_at list = json_member(workload, "devices");

	if (!list.value)
		return 0;
	if (!json_object_is_type(list.value, json_type_array))
		return json_error(&list, "expected an array");
	for (size_t i = 0; i < json_length(&list); i++) {
		struct json_at name = json_element(&list, i);

		if (!json_object_is_type(name.value, json_type_string) ||
		    strcmp(json_object_get_string(name.value), "sas3008") != 0)
			return json_error(&name, "expected \"sas3008\"");
		d->sas3008 = true;
	}
	return 0;
}

int devices_read(const struct json_at *workload, struct devices *d)
{
	struct json_at passthrough = json_member(workload, "passthrough");
	struct json_at disks = json_member(workload, "disks");

	*d = (struct devices){ .disk_mib = DISK_MIB };
	if (read_names(workload, d) < 0 || read_members(workload, d) < 0)
		return -1;
	if (disks.value && !d->sas3008)
		return json_error(&disks, "disks need \"devices\": [\"sas3008\"]");
	if (d->passthrough && d->sas3008)
		return json_error(&passthrough, "a workload has a real adapter or an emulated one");
	if (d->passthrough && !passthrough_is_address(d->passthrough))
		return json_error(&passthrough, "expected a PCI address such as \"0000:85:00.0\"");
	return 0;
}

void devices_release(struct devices *d)
{
	free(d->disk_dir);
	free(d->passthrough);
	*d = (struct devices){ 0 };
}

/* This program: the device process is one of its commands. */
static void push_self(struct strvec *argv)
{
	char path[PATH_MAX + 1];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);

	path[n > 0 ? n : 0] = '\0';
	strvec_push(argv, n > 0 ? path : "kab");
}

void devices_push_prefix(const struct devices *d, const char *log, struct strvec *argv)
{
	if (!d->sas3008)
		return;
	push_self(argv);
	strvec_push(argv, "hba");
	strvec_pushf(argv, "--disks=%" PRId64, d->disks);
	strvec_pushf(argv, "--disk-mib=%" PRId64, d->disk_mib);
	if (d->disk_dir)
		strvec_pushf(argv, "--disk-dir=%s", d->disk_dir);
	strvec_pushf(argv, "--log=%s", log);
	strvec_push(argv, "--");
}

void devices_push_args(const struct devices *d, int64_t memory_mib, struct strvec *argv)
{
	if (d->passthrough) {
		strvec_push(argv, "-device");
		strvec_pushf(argv, "vfio-pci,host=%s", d->passthrough);
	}
	if (!d->sas3008)
		return;
	/* The device process reads and writes the guest's memory itself. One CPU: see serve.h. */
	strvec_push(argv, "-object");
	strvec_pushf(argv, "memory-backend-memfd,id=mem,share=on,size=%" PRId64 "M", memory_mib);
	strvec_split(argv, "-machine memory-backend=mem -smp 1", " ");
}
