/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From addresses to functions, by a run directory's symbols.gz and by where the guest says its
 * modules are (docs/formats.md).
 *
 * A function is what its source calls so: "crypt_convert.isra.0" and its cold part are
 * "crypt_convert". Static functions of one name in two objects are two. All code has a function:
 * what no symbol names is "unknown", and programs of the guest are told apart by where Linux puts
 * them (a static program low, another in the middle, its libraries high).
 */
#ifndef KAB_COLLECTORS_SYMBOLS_H
#define KAB_COLLECTORS_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/strbuf.h"

struct symbol_function {
	const char *name;
	const char *object; /* "mm/mempool.o", "[dm_crypt]" for a module; "" when not known */
	bool user;
};

struct symbol {
	uint64_t address;
	char *text;   /* name as in the table */
	char *object; /* as above */
	size_t function;
	bool entry; /* here the function is entered; false for its cold and outlined parts */
};

/* A name in a module that may not be loaded. */
struct symbol_module {
	char *module, *section, *name;
	uint64_t offset;
};

struct symbols {
	struct symbol *items; /* by address after symbols_place() */
	size_t count;
	size_t kernel_count; /* the first of them, before modules are placed */
	struct symbol_module *modules;
	size_t module_count;
	struct symbol_function *functions;
	size_t function_count;
};

/* Functions that every table has. */
enum { SYMBOL_UNKNOWN, SYMBOL_AGENT, SYMBOL_PROGRAM, SYMBOL_LIBRARIES, SYMBOL_FIXED };

/* 0; 1 when there is no such file; 2 with a constant in *why when it is malformed. */
int symbols_load(struct symbols *s, const char *path, const char **why);
void symbols_release(struct symbols *s);
/*
 * Places the modules by lines "MODULE SECTION ADDRESS" (NULL: none is loaded), and makes the table
 * ready for symbols_find(); to be called again for the next workload. False when a line is
 * malformed.
 */
bool symbols_place(struct symbols *s, const char *modules);
/* The index of the function that has this address, and whether it is where it is entered. */
size_t symbols_find(const struct symbols *s, uint64_t address, bool *entry);
/* Appends the names of all functions of the kernel, sorted, a line each. */
void symbols_names(const struct symbols *s, struct strbuf *out);

#endif
