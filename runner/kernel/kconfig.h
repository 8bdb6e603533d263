/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel configuration: fragments (configs/fragments/NAME.config) that are put on top of
 * tinyconfig, and the .config that comes out.
 *
 * A fragment has lines CONFIG_NAME=value, where n means "not set", and comments. The comment
 * "# optional: WHY" lets the symbol of the next line be unknown to a kernel. Whatever else is not
 * honoured is an error, as a kernel that silently lacks an option gives figures of something else.
 */
#ifndef KAB_RUNNER_KERNEL_KCONFIG_H
#define KAB_RUNNER_KERNEL_KCONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/strbuf.h"
#include "lib/strvec.h"

struct kconfig_option {
	char *symbol;	/* "CONFIG_SMP" */
	char *value;	/* "y", "n", "16", "\"text\"" */
	char *fragment; /* where it stands: "boot" */
	int line;
	bool optional;
};

struct kconfig {
	struct kconfig_option *options; /* in order; a later one overrides an earlier one */
	size_t count;
	char *id; /* SHA-256 of symbols and values: comments may change */
};

/* Reads fragments by name. Returns 0, or -1 with an error printed that has file and line. */
int kconfig_load(struct kconfig *k, const struct strvec *names);
/* All fragments that there are, in no particular order: which symbols anybody names. */
int kconfig_load_all(struct kconfig *k);
/* Adds the options of one text; the name is for messages. For kconfig_load() and tests. */
int kconfig_add(struct kconfig *k, const char *name, const char *text);
/* Computes the identity of what was added. */
void kconfig_seal(struct kconfig *k);
void kconfig_release(struct kconfig *k);

/* Appends the options as lines of a .config. */
void kconfig_print(const struct kconfig *k, struct strbuf *out);
/*
 * Compares with the text of a .config. Returns 0 when every option is honoured, otherwise -1
 * with an error printed that has each symbol with the wanted and the real value; `what` names
 * the kernel in it.
 */
int kconfig_verify(const struct kconfig *k, const char *config, const char *what);
/* As kconfig_verify(), but without a word. */
bool kconfig_honoured(const struct kconfig *k, const char *config);
/*
 * The value of a symbol ("CONFIG_X" or "X") in the text of a .config: "y", "m", a number, a
 * string without its quotes; "n" when it is not set or not there. A new string.
 */
char *kconfig_value(const char *config, const char *symbol);

#endif
