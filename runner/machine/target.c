// SPDX-License-Identifier: GPL-2.0-or-later
#include "target.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cpus.h"
#include "lib/log.h"
#include "lib/nearest.h"
#include "qemu.h"

const struct target *const targets[] = { &target_det, &target_kvm, &target_tcg, NULL };

/* The best first. tcg is for trying things: its clock says more about the host than the kernel. */
static const struct target *const preference[] = { &target_kvm, &target_det, NULL };

const struct target *target_find(const char *name)
{
	struct strvec names = STRVEC_INIT;
	const struct target *found = NULL;

	for (size_t i = 0; targets[i] && !found; i++) {
		if (!strcmp(targets[i]->name, name))
			found = targets[i];
		strvec_push(&names, targets[i]->name);
	}
	if (!found) {
		const char *near = nearest(name, names.items);

		error("unknown target \"%s\"%s%s%s", name, near ? " (did you mean \"" : "",
		      near ? near : "", near ? "\"?)" : " (see 'kab list')");
	}
	strvec_release(&names);
	return found;
}

const struct target *target_default(const char *image)
{
	struct strbuf reasons = STRBUF_INIT;
	const struct target *found = NULL;

	for (size_t i = 0; preference[i] && !found; i++) {
		struct strbuf why = STRBUF_INIT;

		if (preference[i]->usable(image, &why))
			found = preference[i];
		strbuf_addf(&reasons, "%s%s: %s", reasons.len ? "; " : "", preference[i]->name,
			    why.data);
		strbuf_release(&why);
	}
	if (found)
		verbose("target \"%s\" (%s)", found->name, reasons.data);
	else
		error("no target is usable here: %s", reasons.data);
	strbuf_release(&reasons);
	return found;
}

bool target_exact(const struct target *t)
{
	return !strcmp(t->clock, "instruction");
}

bool target_profiles(const struct target *t)
{
	return t != &target_kvm;
}

int target_parallel(const struct target *t)
{
	return target_exact(t) ? cpus_available() : 1;
}

int target_boots(const struct target *t)
{
	return target_exact(t) ? 1 : 10;
}
