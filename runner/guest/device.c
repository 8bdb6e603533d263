// SPDX-License-Identifier: GPL-2.0-or-later
#include "device.h"

#include <string.h>

static const struct device_kind *const kinds[] = {
	&dmcrypt_device,
	&nfs_device,
};

const struct device_kind *device_find(struct json_object *device)
{
	const char *type = spec_str(device, "type", "");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i]->type, type) == 0)
			return kinds[i];
	return NULL;
}
