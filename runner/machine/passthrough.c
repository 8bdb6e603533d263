// SPDX-License-Identifier: GPL-2.0-or-later
#include "passthrough.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"

#define VFIO "vfio-pci"

struct check {
	const char *address;
	const char *sys, *dev;
	struct strbuf *why;
};

bool passthrough_is_address(const char *address)
{
	static const char shape[] = "xxxx:xx:xx.x";
	size_t i;

	for (i = 0; shape[i] && address[i]; i++)
		if (shape[i] == 'x' ? !isxdigit((unsigned char)address[i]) : address[i] != shape[i])
			return false;
	return !shape[i] && !address[i];
}

/* Last component of where a link of a device leads ("driver", "iommu_group"); NULL: no link. */
static char *link_of(const struct check *c, const char *address, const char *name)
{
	char *path = xasprintf("%s/bus/pci/devices/%s/%s", c->sys, address, name);
	char target[PATH_MAX + 1];
	ssize_t n = readlink(path, target, PATH_MAX);

	free(path);
	if (n < 0)
		return NULL;
	target[n] = '\0';
	return xstrdup(path_base(target));
}

static bool is_there(const struct check *c)
{
	char *path = xasprintf("%s/bus/pci/devices/%s", c->sys, c->address);
	bool there = file_exists(path);

	if (!there)
		strbuf_addf(c->why, "there is no PCI device \"%s\" (see 'lspci -D')", c->address);
	free(path);
	return there;
}

/* A bridge has no endpoint's configuration: it stays with its own driver. */
static bool is_bridge(const struct check *c, const char *address)
{
	char *path = xasprintf("%s/bus/pci/devices/%s/class", c->sys, address);
	struct strbuf class = STRBUF_INIT;
	bool bridge = file_read_optional(path, &class) == 0 && !strncmp(class.data, "0x06", 4);

	strbuf_release(&class);
	free(path);
	return bridge;
}

static void advise_binding(const struct check *c, const char *address, const char *driver)
{
	const char *dir = "/sys/bus/pci/devices";

	if (driver)
		strbuf_addf(c->why,
			    "\"%s\" is bound to the driver \"%s\"; what is on it goes away: ",
			    address, driver);
	else
		strbuf_addf(c->why, "\"%s\" has no driver; ", address);
	strbuf_addf(c->why, "as root: 'modprobe " VFIO "; echo " VFIO " >%s/%s/driver_override; ",
		    dir, address);
	if (driver)
		strbuf_addf(c->why, "echo %s >%s/%s/driver/unbind; ", address, dir, address);
	strbuf_addf(c->why, "echo %s >/sys/bus/pci/drivers_probe'", address);
}

/* The whole group changes hands, so nothing in it may be in use by the host. */
static bool group_is_free(const struct check *c, const char *group)
{
	char *dir = xasprintf("%s/kernel/iommu_groups/%s/devices", c->sys, group);
	struct strvec members = STRVEC_INIT;
	bool free_ = dir_list(dir, &members) == 0;

	for (size_t i = 0; free_ && i < members.count; i++) {
		char *driver = link_of(c, members.items[i], "driver");

		if (driver ? strcmp(driver, VFIO) != 0 && !is_bridge(c, members.items[i])
			   : !strcmp(members.items[i], c->address)) {
			strbuf_addf(c->why, "IOMMU group %s: ", group);
			advise_binding(c, members.items[i], driver);
			free_ = false;
		}
		free(driver);
	}
	strvec_release(&members);
	free(dir);
	return free_;
}

static bool group_is_permitted(const struct check *c, const char *group)
{
	char *node = xasprintf("%s/vfio/%s", c->dev, group);
	bool ok = !access(node, R_OK | W_OK);

	if (!ok)
		strbuf_addf(c->why,
			    "\"%s\" cannot be used: 'sudo chown %d %s', and a limit of locked "
			    "memory above the guest's size ('ulimit -l')",
			    node, (int)getuid(), node);
	free(node);
	return ok;
}

bool passthrough_usable(const char *address, const char *sys, const char *dev, struct strbuf *why)
{
	const struct check c = { address, sys, dev, why };
	char *group = NULL;
	bool usable = false;

	if (!is_there(&c))
		return false;
	group = link_of(&c, address, "iommu_group");
	if (!group)
		strbuf_addf(why,
			    "\"%s\" is in no IOMMU group: turn on VT-d or AMD-Vi in the firmware, "
			    "and boot the host with 'intel_iommu=on'",
			    address);
	else
		usable = group_is_free(&c, group) && group_is_permitted(&c, group);
	free(group);
	return usable;
}
