/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manifest.json: what a run is, written before it starts.
 */
#ifndef KAB_RUNNER_SESSION_MANIFEST_H
#define KAB_RUNNER_SESSION_MANIFEST_H

#include "lib/strvec.h"
#include "matrix.h"
#include "runner/machine/layout.h"
#include "sessiondir.h"

/* A new JSON object. `append` are the workload's additions to the kernel command line, `command` is
 * the machine's, with the whole of it. */
struct json_object *manifest_new(const struct sessiondir *s, const struct matrix *m,
				 const struct cell *c, const struct layout *layout,
				 const char *append, const char *initramfs_sha256,
				 const struct strvec *command);

#endif
