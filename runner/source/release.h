/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Debian's releases, for packages that are named as apt itself does it: NAME/RELEASE, such as
 * "linux-source-5.10/bullseye".
 *
 * For each release that is asked for the cache has an apt state of its own, releases/RELEASE/: the
 * signed indexes of the release with its updates and its security archive, where there are any. They
 * come from the mirrors that apt is set up with, are verified by Debian's keyring, and appear by a
 * rename. Neither root nor anything of apt's own state is needed, or touched.
 */
#ifndef KAB_RUNNER_SOURCE_RELEASE_H
#define KAB_RUNNER_SOURCE_RELEASE_H

#include <stdbool.h>

#include "lib/strvec.h"

/*
 * Takes "NAME" or "NAME/RELEASE" apart, into new strings; *release is NULL without one. False, with
 * both NULL, when it is not written so: a path is not.
 */
bool release_split(const char *text, char **name, char **release);
/*
 * Pushes the options with which a program of apt sees this release and nothing else. The indexes are
 * fetched when the cache has none, or those of yesterday; when that fails, those of yesterday are
 * taken, with a warning. Returns a lock to close when the program has ended, or -1 with an error
 * printed.
 */
int release_open(const char *release, struct strvec *argv);
/* Fetches the indexes again, unless that was a moment ago. True when there are new ones. */
bool release_renew(const char *release);

#endif
