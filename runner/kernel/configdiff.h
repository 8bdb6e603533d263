/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What two kernel configurations, as texts of a .config, say about a comparison of their kernels.
 */
#ifndef KAB_RUNNER_KERNEL_CONFIGDIFF_H
#define KAB_RUNNER_KERNEL_CONFIGDIFF_H

/*
 * "HZ=250 (base 1000), SMP=n (base y)": symbols that both know and that differ, by name. What only
 * one of them knows came or went with the source or a series, and is left out; so are the
 * versions of the tools, which are a fact of their own. "" when nothing differs. A new string.
 */
char *config_differences(const char *base, const char *config);

/*
 * "NEW_FEATURE=y, OTHER=n": symbols of a configuration that the base does not know and that no
 * fragment of `named` names. Those that can be chosen are n, as all that tinyconfig does not need;
 * others have their default, and come first. "" when there is none. A new string.
 */
struct kconfig;
char *config_new(const char *base, const char *config, const struct kconfig *named);

/* "KASAN PROVE_LOCKING": options that are set and that make a kernel another one to measure; "" when
 * none is. A new string. */
char *config_debug(const char *config);

#endif
