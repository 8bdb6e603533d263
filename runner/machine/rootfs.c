// SPDX-License-Identifier: GPL-2.0-or-later
#include "rootfs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "beside.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "standin.h"

#define ASK_TIMEOUT_MS 30000

/* The programs of the guest; their libraries follow from them. */
static const struct program {
	const char *name;
	const char *package; /* Debian's; NULL: a part of kab */
	const char *guest;   /* where it is in the guest */
} programs[ROOTFS_PROGRAMS] = {
	[ROOTFS_AGENT] = { "kab-agent", NULL, "/init" },
	[ROOTFS_FIO] = { "fio", "fio", "/usr/bin/fio" },
	[ROOTFS_DMSETUP] = { "dmsetup", "dmsetup", "/usr/sbin/dmsetup" },
};

static void add(struct rootfs *c, const char *from, const char *to)
{
	if (strvec_has(&c->to, to))
		return;
	strvec_push(&c->from, from);
	strvec_push(&c->to, to);
}

/* In the folders of a list such as PATH; a new string, or NULL. */
static char *find_in(const char *folders, const char *name)
{
	struct strvec list = STRVEC_INIT;
	char *found = NULL;

	strvec_split(&list, folders, ":");
	for (size_t i = 0; i < list.count && !found; i++) {
		char *path = xasprintf("%s/%s", list.items[i], name);

		if (access(path, X_OK) == 0)
			found = path;
		else
			free(path);
	}
	strvec_release(&list);
	return found;
}

/* dmsetup is in a folder that an ordinary user's PATH does not have. */
static char *find_program(const struct program *p)
{
	const char *path = getenv("PATH");
	char *found;

	if (!p->package)
		return beside_find(p->name);
	found = path ? find_in(path, p->name) : NULL;
	if (!found)
		found = find_in("/usr/bin:/usr/sbin:/bin:/sbin", p->name);
	if (!found)
		error("\"%s\" not found: install the Debian package \"%s\"", p->name, p->package);
	return found;
}

/* A library as ldd found it: "\tlibaio.so.1 => /lib/.../libaio.so.1 (0x...)". */
struct library {
	char *name;
	char *path; /* NULL: linux-vdso.so.1, "statically linked", or a stand-in */
};

static void library_release(struct library *l)
{
	free(l->name);
	free(l->path);
}

static int library_read(struct library *l, const char *program, const char *line)
{
	const char *arrow = strstr(line, "=> ");
	const char *path;

	*l = (struct library){ 0 };
	line += strspn(line, " \t");
	if (strstr(line, "=> not found") || strncmp(line, "undefined symbol", 16) == 0)
		return error("\"%s\" lacks a library or a part of one: %s", program, line);
	/* The linker itself is a path without an arrow. */
	path = arrow ? arrow + strlen("=> ") : line;
	l->name = xstrndup(line, strcspn(line, " "));
	l->path = *path == '/' ? xstrndup(path, strcspn(path, " ")) : NULL;
	return 0;
}

/*
 * ldd knows what the linker would load: run paths, versions, the linker itself. `first` is a
 * folder to look into before all others, or NULL; it is entered, as its path may have colons.
 */
static int ask_libraries(const char *program, const char *first, struct strvec *lines)
{
	struct strvec argv = STRVEC_INIT;
	struct strbuf out = STRBUF_INIT, err = STRBUF_INIT;
	int ret = 0;

	strvec_push(&argv, "env");
	if (first)
		strvec_pushf(&argv, "--chdir=%s", first);
	strvec_pushf(&argv, "LD_LIBRARY_PATH=%s", first ? "." : "");
	strvec_pushl(&argv, "LC_ALL=C", "ldd", "-r", NULL);
	strvec_push(&argv, program);
	if (proc_capture(argv.items, &out, &err, ASK_TIMEOUT_MS) < 0 &&
	    !strstr(err.data, "not a dynamic executable")) {
		strbuf_rtrim(&err);
		ret = error("cannot find the libraries of \"%s\": %s", program, err.data);
	}
	strvec_split(lines, out.data, "\n");
	strvec_release(&argv);
	strbuf_release(&out);
	strbuf_release(&err);
	return ret;
}

/* Where a stand-in is before it is packed. */
static char *standin_path(const struct rootfs *c, const char *name)
{
	return xasprintf("%s/%s", c->standins, name);
}

static int make_standin(struct rootfs *c, const struct elf *program, const struct library *l)
{
	char *path = standin_path(c, l->name);
	struct strbuf bytes = STRBUF_INIT;
	struct elf real;
	int ret = -1;

	if (elf_open(&real, l->path) == 0) {
		standin_make(program, l->name, &real, &bytes);
		elf_close(&real);
		ret = file_write(path, bytes.data, bytes.len);
		add(c, path, l->path);
		strvec_push(&c->sources, l->path);
	}
	strbuf_release(&bytes);
	free(path);
	return ret;
}

/* For the libraries that the program itself asks for and a guest has no use for. */
static int make_standins(struct rootfs *c, const char *program)
{
	struct strvec needed = STRVEC_INIT, lines = STRVEC_INIT;
	struct elf e;
	int ret;

	if (elf_open(&e, program) < 0)
		return -1;
	elf_needed(&e, &needed);
	ret = ask_libraries(program, NULL, &lines);
	for (size_t i = 0; ret == 0 && i < lines.count; i++) {
		struct library l;

		ret = library_read(&l, program, lines.items[i]);
		if (ret == 0 && l.path && standin_wanted(l.name) && strvec_has(&needed, l.name))
			ret = make_standin(c, &e, &l);
		library_release(&l);
	}
	elf_close(&e);
	strvec_release(&needed);
	strvec_release(&lines);
	return ret;
}

/* What the program loads when it finds the stand-ins first; these have their places already. */
static int add_libraries(struct rootfs *c, const char *program)
{
	struct strvec lines = STRVEC_INIT;
	int ret = make_standins(c, program);

	if (ret == 0)
		ret = ask_libraries(program, c->standins, &lines);
	for (size_t i = 0; ret == 0 && i < lines.count; i++) {
		struct library l;

		ret = library_read(&l, program, lines.items[i]);
		if (ret == 0 && l.path) {
			add(c, l.path, l.path);
			strvec_push(&c->sources, l.path);
		}
		library_release(&l);
	}
	strvec_release(&lines);
	return ret;
}

int rootfs_programs(char *paths[ROOTFS_PROGRAMS])
{
	int ret = 0;

	for (size_t i = 0; i < ROOTFS_PROGRAMS; i++) {
		paths[i] = find_program(&programs[i]);
		if (!paths[i])
			ret = -1;
	}
	return ret;
}

const char *rootfs_name(size_t program)
{
	return programs[program].name;
}

int rootfs_find(struct rootfs *c, char *const *paths)
{
	if (dir_make(c->standins) < 0)
		return -1;
	for (size_t i = 0; i < ROOTFS_PROGRAMS; i++) {
		add(c, paths[i], programs[i].guest);
		strvec_push(&c->sources, paths[i]);
	}
	for (size_t i = ROOTFS_FIO; i < ROOTFS_PROGRAMS; i++)
		if (add_libraries(c, paths[i]) < 0)
			return -1;
	return 0;
}

void rootfs_release(struct rootfs *c)
{
	strvec_release(&c->from);
	strvec_release(&c->to);
	strvec_release(&c->sources);
	free(c->standins);
}
