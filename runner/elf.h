/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads of an ELF file what the dynamic linker would: the libraries it needs, and the symbols it
 * wants or gives. x86-64 only, as the guests are.
 */
#ifndef KAB_RUNNER_ELF_H
#define KAB_RUNNER_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/strbuf.h"
#include "lib/strvec.h"

struct elf {
	const char *path; /* for messages; borrowed */
	struct strbuf bytes;
};

/* A dynamic symbol. Strings point into the file's bytes. */
struct elf_symbol {
	const char *name;
	bool defined;
	const char *version; /* that an undefined symbol asks for, or "" */
	const char *library; /* that shall have this version, or "" */
};

/* 0, or -1 with an error printed: unreadable, or no such file. */
int elf_open(struct elf *e, const char *path);
void elf_close(struct elf *e);
/* Names as in DT_NEEDED ("librbd.so.1"); none for a static program. */
void elf_needed(const struct elf *e, struct strvec *libraries);
/* Goes through all global symbols; *at starts with 0. False at the end. */
bool elf_next_symbol(const struct elf *e, size_t *at, struct elf_symbol *symbol);

#endif
