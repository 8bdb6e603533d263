// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything is copied out of the bytes under a check of its place: a damaged file reads as one
 * with less in it.
 */
#include "elf.h"

#include <string.h>

#include "lib/file.h"
#include "lib/log.h"

/* A part of the file. */
struct piece {
	const char *data;
	size_t len;
};

int elf_try(struct elf *e, const char *path)
{
	Elf64_Ehdr header;

	*e = (struct elf){ .path = path, .bytes = STRBUF_INIT };
	if (file_read(path, &e->bytes) < 0)
		return -1;
	if (e->bytes.len >= sizeof(header)) {
		memcpy(&header, e->bytes.data, sizeof(header));
		if (memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
		    header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_machine == EM_X86_64 &&
		    header.e_shentsize == sizeof(Elf64_Shdr))
			return 0;
	}
	elf_close(e);
	return 1;
}

int elf_open(struct elf *e, const char *path)
{
	int result = elf_try(e, path);

	return result > 0 ? error("\"%s\" is not an x86-64 program or library", path) : result;
}

void elf_close(struct elf *e)
{
	strbuf_release(&e->bytes);
}

static bool section_header(const struct elf *e, size_t index, Elf64_Shdr *section)
{
	Elf64_Ehdr header;
	size_t at;

	memcpy(&header, e->bytes.data, sizeof(header));
	if (index >= header.e_shnum || header.e_shoff > e->bytes.len)
		return false;
	at = header.e_shoff + index * sizeof(*section);
	if (at + sizeof(*section) > e->bytes.len)
		return false;
	memcpy(section, e->bytes.data + at, sizeof(*section));
	return true;
}

static struct piece section_piece(const struct elf *e, const Elf64_Shdr *section)
{
	struct piece p = { e->bytes.data, 0 };

	if (section->sh_type != SHT_NOBITS && section->sh_offset <= e->bytes.len &&
	    section->sh_size <= e->bytes.len - section->sh_offset)
		p = (struct piece){ e->bytes.data + section->sh_offset, section->sh_size };
	return p;
}

/* The first section of this type, and the strings that go with it; empty when there is none. */
static struct piece find_section(const struct elf *e, Elf64_Word type, struct piece *strings)
{
	Elf64_Shdr section, linked;

	if (strings)
		*strings = (struct piece){ e->bytes.data, 0 };
	for (size_t i = 0; section_header(e, i, &section); i++) {
		if (section.sh_type != type)
			continue;
		if (strings && section_header(e, section.sh_link, &linked))
			*strings = section_piece(e, &linked);
		return section_piece(e, &section);
	}
	return (struct piece){ e->bytes.data, 0 };
}

/* "" when it is out of bounds or has no end. */
static const char *string_at(struct piece strings, size_t at)
{
	if (at >= strings.len || !memchr(strings.data + at, '\0', strings.len - at))
		return "";
	return strings.data + at;
}

/* Copies a record out of a piece. False when it is not inside. */
static bool take(struct piece p, size_t at, void *record, size_t len)
{
	if (at > p.len || len > p.len - at)
		return false;
	memcpy(record, p.data + at, len);
	return true;
}

void elf_needed(const struct elf *e, struct strvec *libraries)
{
	struct piece strings;
	struct piece dynamic = find_section(e, SHT_DYNAMIC, &strings);
	Elf64_Dyn entry;

	for (size_t at = 0; take(dynamic, at, &entry, sizeof(entry)); at += sizeof(entry))
		if (entry.d_tag == DT_NEEDED)
			strvec_push(libraries, string_at(strings, entry.d_un.d_val));
}

/* The version with this number among those that the file needs of others. */
static void find_version(const struct elf *e, Elf64_Half number, struct elf_symbol *symbol)
{
	struct piece strings;
	struct piece needs = find_section(e, SHT_GNU_verneed, &strings);
	Elf64_Verneed need;
	Elf64_Vernaux version;

	for (size_t at = 0; take(needs, at, &need, sizeof(need)); at += need.vn_next) {
		size_t in = at + need.vn_aux;

		for (; take(needs, in, &version, sizeof(version)); in += version.vna_next) {
			if (version.vna_other == number) {
				symbol->version = string_at(strings, version.vna_name);
				symbol->library = string_at(strings, need.vn_file);
				return;
			}
			if (!version.vna_next)
				break;
		}
		if (!need.vn_next)
			break;
	}
}

bool elf_next_symbol(const struct elf *e, size_t *at, struct elf_symbol *symbol)
{
	struct piece strings;
	struct piece symbols = find_section(e, SHT_DYNSYM, &strings);
	struct piece versions = find_section(e, SHT_GNU_versym, NULL);
	Elf64_Half number;
	Elf64_Sym sym;

	while (take(symbols, *at * sizeof(sym), &sym, sizeof(sym))) {
		size_t index = (*at)++;

		if (ELF64_ST_BIND(sym.st_info) == STB_LOCAL)
			continue;
		*symbol = (struct elf_symbol){ .name = string_at(strings, sym.st_name),
					       .defined = sym.st_shndx != SHN_UNDEF,
					       .version = "",
					       .library = "" };
		if (!symbol->defined &&
		    take(versions, index * sizeof(number), &number, sizeof(number)))
			find_version(e, number, symbol);
		return true;
	}
	return false;
}

/* The name of a section of code; NULL for any other. */
static const char *code_section(const struct elf *e, size_t index)
{
	Elf64_Shdr section, names;
	Elf64_Ehdr header;

	memcpy(&header, e->bytes.data, sizeof(header));
	if (index == SHN_UNDEF || index >= SHN_LORESERVE || !section_header(e, index, &section) ||
	    !(section.sh_flags & SHF_EXECINSTR) || !section_header(e, header.e_shstrndx, &names))
		return NULL;
	return string_at(section_piece(e, &names), section.sh_name);
}

bool elf_next_label(const struct elf *e, size_t *at, struct elf_label *label)
{
	struct piece strings;
	struct piece symbols = find_section(e, SHT_SYMTAB, &strings);
	Elf64_Sym sym;

	while (take(symbols, *at * sizeof(sym), &sym, sizeof(sym))) {
		unsigned int type = ELF64_ST_TYPE(sym.st_info);
		const char *section;

		++*at;
		if (type != STT_FUNC && type != STT_NOTYPE)
			continue;
		section = code_section(e, sym.st_shndx);
		*label = (struct elf_label){ .name = string_at(strings, sym.st_name),
					     .section = section,
					     .offset = sym.st_value };
		if (section && *label->name)
			return true;
	}
	return false;
}
