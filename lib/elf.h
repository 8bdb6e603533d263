/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads of an ELF file what the dynamic linker would: the libraries it needs, and the symbols it
 * wants or gives; and of an object file or kernel module the names in its code. x86-64 only, as the
 * guests are.
 */
#ifndef KAB_LIB_ELF_H
#define KAB_LIB_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* A name in a section of code, of the table that "strip" removes. */
struct elf_label {
	const char *name;
	const char *section; /* ".text" */
	uint64_t offset;     /* in the section */
};

/* 0, or -1 with an error printed: unreadable, or no such file. */
int elf_open(struct elf *e, const char *path);
/* The same, but 1 without a message for a file that can be read and is no such file. */
int elf_try(struct elf *e, const char *path);
void elf_close(struct elf *e);
/* Names as in DT_NEEDED ("librbd.so.1"); none for a static program. */
void elf_needed(const struct elf *e, struct strvec *libraries);
/* Goes through all global symbols; *at starts with 0. False at the end. */
bool elf_next_symbol(const struct elf *e, size_t *at, struct elf_symbol *symbol);
/* Goes through the names of functions and other places in code; *at starts with 0. False at the
 * end. */
bool elf_next_label(const struct elf *e, size_t *at, struct elf_label *label);

#endif
