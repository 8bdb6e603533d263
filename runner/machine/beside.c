// SPDX-License-Identifier: GPL-2.0-or-later
#include "beside.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"

char *beside_find(const char *name)
{
	static const char *const folders[] = { "", "../", "../libexec/kab/" };
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0) {
		error("cannot tell where kab is:");
		return NULL;
	}
	self[len] = '\0';
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char *path = xasprintf("%.*s%s%s", (int)(path_base(self) - self), self, folders[i],
				       name);

		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	error("\"%s\", a part of kab, is not beside \"%s\"", name, self);
	return NULL;
}
