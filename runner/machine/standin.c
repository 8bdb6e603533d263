// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The smallest shared object that the dynamic linker takes for a library with versions:
 *
 *	page 0, read and execute	headers, hash, symbols, strings, versions, one instruction
 *	then, read and write		the dynamic section, which the linker relocates in place
 */
#include "standin.h"

#include <stdint.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/strvec.h"

#define PAGE 4096

/* Clients of storage that a guest cannot reach. */
static const char *const unused[] = {
	"libgfapi.so",	 "libibverbs.so", "libnbd.so", "libpmem.so",
	"libpmemblk.so", "librados.so",	  "librbd.so", "librdmacm.so",
};

bool standin_wanted(const char *library)
{
	for (size_t i = 0; i < sizeof(unused) / sizeof(unused[0]); i++) {
		size_t len = strlen(unused[i]);

		if (strncmp(library, unused[i], len) == 0 &&
		    (library[len] == '\0' || library[len] == '.'))
			return true;
	}
	return false;
}

/* What the object consists of. */
struct parts {
	struct strvec names, versions; /* of the symbols, in step */
	struct strvec distinct;	       /* versions, numbered from 2 on; 1 is the library's own */
	struct strbuf strings, symbols, numbers, definitions, hash;
};

static void parts_release(struct parts *p)
{
	strvec_release(&p->names);
	strvec_release(&p->versions);
	strvec_release(&p->distinct);
	strbuf_release(&p->strings);
	strbuf_release(&p->symbols);
	strbuf_release(&p->numbers);
	strbuf_release(&p->definitions);
	strbuf_release(&p->hash);
}

/* A symbol without a version does not say whose it is: the real library has to have it. */
static bool gives(const struct strvec *given, const struct elf_symbol *symbol, const char *library)
{
	if (*symbol->version)
		return strcmp(symbol->library, library) == 0;
	return strvec_has(given, symbol->name);
}

static void collect(struct parts *p, const struct elf *program, const char *library,
		    const struct elf *real)
{
	struct strvec given = STRVEC_INIT;
	struct elf_symbol symbol;

	for (size_t at = 0; elf_next_symbol(real, &at, &symbol);)
		if (symbol.defined)
			strvec_push(&given, symbol.name);
	for (size_t at = 0; elf_next_symbol(program, &at, &symbol);) {
		if (symbol.defined || !gives(&given, &symbol, library))
			continue;
		strvec_push(&p->names, symbol.name);
		strvec_push(&p->versions, symbol.version);
		if (*symbol.version && !strvec_has(&p->distinct, symbol.version))
			strvec_push(&p->distinct, symbol.version);
	}
	strvec_release(&given);
}

static Elf64_Word add_string(struct parts *p, const char *s)
{
	size_t at = p->strings.len;

	strbuf_add(&p->strings, s, strlen(s) + 1);
	return (Elf64_Word)at;
}

/* The hash of the System V ABI, which versions are compared by. */
static Elf64_Word sysv_hash(const char *s)
{
	Elf64_Word h = 0;

	for (; *s; s++) {
		h = (h << 4) + (unsigned char)*s;
		h ^= (h >> 24) & 0xf0;
		h &= 0x0fffffff;
	}
	return h;
}

static void add_version(struct parts *p, const char *name, size_t number, bool last)
{
	Elf64_Verdef definition = {
		.vd_version = VER_DEF_CURRENT,
		.vd_flags = number == 1 ? VER_FLG_BASE : 0,
		.vd_ndx = (Elf64_Half)number,
		.vd_cnt = 1,
		.vd_hash = sysv_hash(name),
		.vd_aux = sizeof(definition),
		.vd_next = last ? 0 : sizeof(Elf64_Verdef) + sizeof(Elf64_Verdaux),
	};
	Elf64_Verdaux aux = { .vda_name = add_string(p, name) };

	strbuf_add(&p->definitions, &definition, sizeof(definition));
	strbuf_add(&p->definitions, &aux, sizeof(aux));
}

static Elf64_Half version_number(const struct parts *p, const char *version)
{
	for (size_t i = 0; i < p->distinct.count; i++)
		if (strcmp(p->distinct.items[i], version) == 0)
			return (Elf64_Half)(i + 2);
	return VER_NDX_GLOBAL;
}

/* Symbol 0 is the empty one; all symbols are in one chain of one bucket. */
static void add_symbols(struct parts *p, Elf64_Addr code)
{
	Elf64_Word count = (Elf64_Word)p->names.count + 1;
	Elf64_Word head[] = { 1, count, count > 1, 0 }; /* buckets, chain, bucket 0, chain 0 */
	Elf64_Half number = VER_NDX_LOCAL;
	Elf64_Sym symbol = { 0 };

	strbuf_add(&p->symbols, &symbol, sizeof(symbol));
	strbuf_add(&p->numbers, &number, sizeof(number));
	strbuf_add(&p->hash, head, sizeof(head));
	for (Elf64_Word i = 1; i < count; i++) {
		Elf64_Word next = i + 1 < count ? i + 1 : 0;

		symbol = (Elf64_Sym){ .st_name = add_string(p, p->names.items[i - 1]),
				      .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
				      .st_shndx = 1,
				      .st_value = code };
		number = version_number(p, p->versions.items[i - 1]);
		strbuf_add(&p->symbols, &symbol, sizeof(symbol));
		strbuf_add(&p->numbers, &number, sizeof(number));
		strbuf_add(&p->hash, &next, sizeof(next));
	}
}

/* Appends zeros up to a multiple of `unit`; returns the length that results. */
static size_t align(struct strbuf *out, size_t unit)
{
	while (out->len % unit)
		strbuf_addch(out, '\0');
	return out->len;
}

static size_t add_part(struct strbuf *out, const struct strbuf *part)
{
	size_t at = align(out, 8);

	strbuf_add(out, part->data, part->len);
	return at;
}

static void add_headers(struct strbuf *out, size_t text_len, size_t dynamic_at, size_t dynamic_len)
{
	const Elf64_Phdr programs[] = {
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R | PF_X,
		  .p_filesz = text_len,
		  .p_memsz = text_len,
		  .p_align = PAGE },
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R | PF_W,
		  .p_offset = dynamic_at,
		  .p_vaddr = dynamic_at,
		  .p_paddr = dynamic_at,
		  .p_filesz = dynamic_len,
		  .p_memsz = dynamic_len,
		  .p_align = PAGE },
		{ .p_type = PT_DYNAMIC,
		  .p_flags = PF_R | PF_W,
		  .p_offset = dynamic_at,
		  .p_vaddr = dynamic_at,
		  .p_paddr = dynamic_at,
		  .p_filesz = dynamic_len,
		  .p_memsz = dynamic_len,
		  .p_align = 8 },
		{ .p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W, .p_align = 16 },
	};
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_DYN,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(programs[0]),
		.e_phnum = sizeof(programs) / sizeof(programs[0]),
		.e_shentsize = sizeof(Elf64_Shdr),
	};

	strbuf_add(out, &header, sizeof(header));
	strbuf_add(out, programs, sizeof(programs));
}

/* Built twice: the headers' length is known, their content only when all has its place. */
#define HEADERS_LEN (sizeof(Elf64_Ehdr) + 4 * sizeof(Elf64_Phdr))

static void assemble(struct parts *p, const char *library, struct strbuf *out)
{
	static const char ud2[] = { 0x0f, 0x0b }; /* an invalid instruction: SIGILL */
	struct strbuf body = STRBUF_INIT;
	Elf64_Addr hash, symbols, strings, numbers, definitions;
	Elf64_Word soname;
	size_t text_len, count = p->distinct.count;

	strbuf_addch(&p->strings, '\0');
	soname = add_string(p, library);
	add_version(p, library, 1, count == 0);
	for (size_t i = 0; i < count; i++)
		add_version(p, p->distinct.items[i], i + 2, i + 1 == count);
	add_symbols(p, HEADERS_LEN);

	strbuf_add(&body, ud2, sizeof(ud2));
	hash = HEADERS_LEN + add_part(&body, &p->hash);
	symbols = HEADERS_LEN + add_part(&body, &p->symbols);
	numbers = HEADERS_LEN + add_part(&body, &p->numbers);
	definitions = HEADERS_LEN + add_part(&body, &p->definitions);
	strings = HEADERS_LEN + add_part(&body, &p->strings);
	text_len = HEADERS_LEN + body.len;
	{
		const Elf64_Dyn dynamic[] = {
			{ DT_SONAME, { soname } },	 { DT_HASH, { hash } },
			{ DT_SYMTAB, { symbols } },	 { DT_SYMENT, { sizeof(Elf64_Sym) } },
			{ DT_STRTAB, { strings } },	 { DT_STRSZ, { p->strings.len } },
			{ DT_VERSYM, { numbers } },	 { DT_VERDEF, { definitions } },
			{ DT_VERDEFNUM, { count + 1 } }, { DT_NULL, { 0 } },
		};
		size_t dynamic_at = (text_len + PAGE - 1) / PAGE * PAGE;
		size_t begin = out->len;

		add_headers(out, text_len, dynamic_at, sizeof(dynamic));
		strbuf_add(out, body.data, body.len);
		while (out->len - begin < dynamic_at)
			strbuf_addch(out, '\0');
		strbuf_add(out, dynamic, sizeof(dynamic));
	}
	strbuf_release(&body);
}

void standin_make(const struct elf *program, const char *library, const struct elf *real,
		  struct strbuf *out)
{
	struct parts p = { STRVEC_INIT, STRVEC_INIT, STRVEC_INIT, STRBUF_INIT,
			   STRBUF_INIT, STRBUF_INIT, STRBUF_INIT, STRBUF_INIT };

	collect(&p, program, library, real);
	assemble(&p, library, out);
	parts_release(&p);
}
