/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel specs: SOURCE[+SERIES...], as the user writes them.
 *
 *	SOURCE	a name from configs/kernels/ ("linux-6.1"); the path of a tarball; a URL of one
 *		with "#sha256=HEX"; "source:PACKAGE" or "source:PACKAGE/RELEASE" of a Debian package
 *		with one; the path of an unpacked tree; "image:PATH" of a ready image;
 *		"deb:PACKAGE", "deb:PACKAGE/RELEASE" or "deb:PATH" of a Debian package of a kernel;
 *		"git:DIR@REV", a commit of the git repository that DIR belongs to, or "git:DIR", its
 *		work tree as it is; inside a kernel's repository REV alone
 *	SERIES	a name from patches/; the path of a folder with a `series` file or of mails, of a
 *		.patch, an mbox or a maildir; "lore:MESSAGE-ID" for the thread of that
 *		mail; with ":2" behind it only its first two patches (series.h)
 *
 * What contains a '/' is a path, anything else a name; what is neither a path that exists nor a
 * known name is looked for among the revisions, inside a kernel's repository. A '+' inside a path or
 * revision that exists as written belongs to it.
 */
#ifndef KAB_RUNNER_SOURCE_SPEC_H
#define KAB_RUNNER_SOURCE_SPEC_H

#include "lib/strvec.h"

enum source_kind {
	SOURCE_NAMED,
	SOURCE_TARBALL,
	SOURCE_PACKAGED, /* a tarball in a package that apt knows */
	SOURCE_URL,
	SOURCE_TREE,
	SOURCE_IMAGE,
	SOURCE_GIT,
	SOURCE_DEB,    /* the file of a package */
	SOURCE_PACKAGE /* a package that apt knows */
};

/* Kernels that are there already: nothing can be compiled for them, or patched. */
#define SOURCE_IS_READY(kind) \
	((kind) == SOURCE_IMAGE || (kind) == SOURCE_DEB || (kind) == SOURCE_PACKAGE)

struct spec {
	char *text; /* as written */
	enum source_kind kind;
	char *source; /* name, path or URL without the fragment; of git the folder; of a package NAME
		       * or NAME/RELEASE */
	char *rev;    /* of git; NULL: the work tree */
	char *sha256; /* of a URL; otherwise NULL */
	struct strvec series;
};

/* Syntax and existence of names and paths only. Returns 0, or -1 with an error printed that
 * suggests the nearest name. */
int spec_parse(struct spec *spec, const char *text);
void spec_release(struct spec *spec);

/* Pushes the names of configs/kernels/, sorted. 0, or -1 with an error printed. */
int spec_sources(struct strvec *names);

#endif
