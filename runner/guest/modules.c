// SPDX-License-Identifier: GPL-2.0-or-later
#include "modules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "file.h"

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Module names: '-' in the file is '_' in the kernel, and either on the command line. */
static bool same_name(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((a[i] == '-' ? '_' : a[i]) != (b[i] == '-' ? '_' : b[i]))
			return false;
	return true;
}

/* Appends "rd_nr=1 rd_size=4096" for "brd.rd_nr=1 brd.rd_size=4096" of the command line. */
static void parameters(const char *module, size_t len, struct strbuf *out)
{
	struct strbuf cmdline = STRBUF_INIT;
	const char *at;

	read_fact("/proc/cmdline", &cmdline);
	for (at = cmdline.data; *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word > len + 1 && at[len] == '.' && same_name(at, module, len)) {
			strbuf_add(out, at + len + 1, word - len - 1);
			strbuf_addch(out, ' ');
		}
		at += word;
	}
	strbuf_release(&cmdline);
}

int module_load(const char *path, const char *params)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret, saved;

	if (fd < 0)
		return -1;
	ret = (int)syscall(SYS_finit_module, fd, params, 0);
	saved = errno;
	close(fd);
	errno = saved;
	return ret;
}

int module_unload(const char *name)
{
	return (int)syscall(SYS_delete_module, name, O_NONBLOCK);
}

/* 0, or -1 with errno. One that is loaded already is fine. */
static int load(const char *folder, const char *file)
{
	struct strbuf path = STRBUF_INIT, params = STRBUF_INIT;
	size_t len = strlen(file), suffix = strlen(".ko");
	int ret, saved;

	strbuf_addf(&path, "%s/%s", folder, file);
	parameters(file, len > suffix ? len - suffix : len, &params);
	ret = module_load(path.data, params.data);
	if (ret < 0 && errno == EEXIST)
		ret = 0;
	saved = errno;
	strbuf_release(&path);
	strbuf_release(&params);
	errno = saved;
	return ret;
}

int modules_load(const char *folder, struct strbuf *why)
{
	struct strbuf path = STRBUF_INIT, order = STRBUF_INIT;
	int ret = 0;

	strbuf_addf(&path, "%s/order", folder);
	read_fact(path.data, &order);
	for (char *line = order.data, *next; ret == 0 && *line; line = next) {
		char *end = line + strcspn(line, "\n");

		next = end + (*end == '\n');
		*end = '\0';
		ret = load(folder, line);
		if (ret < 0)
			strbuf_addf(why, "'%s': %s", line, strerror(errno));
	}
	strbuf_release(&path);
	strbuf_release(&order);
	return ret;
}

/* The sections of code are those that the kernel's module loader and the compiler give names to. */
static int is_code(const struct dirent *entry)
{
	return strncmp(entry->d_name, ".text", 5) == 0 ||
	       strcmp(entry->d_name, ".init.text") == 0 ||
	       strcmp(entry->d_name, ".exit.text") == 0 ||
	       strcmp(entry->d_name, ".noinstr.text") == 0;
}

static void add_sections(const char *module, struct strbuf *out)
{
	struct strbuf folder = STRBUF_INIT, path = STRBUF_INIT;
	struct dirent **entries = NULL;
	int count;

	strbuf_addf(&folder, "/sys/module/%s/sections", module);
	count = scandir(folder.data, &entries, is_code, compare_names);
	for (int i = 0; i < count; i++) {
		strbuf_reset(&path);
		strbuf_addf(&path, "%s/%s", folder.data, entries[i]->d_name);
		strbuf_addf(out, "%s %s ", module, entries[i]->d_name);
		read_fact(path.data, out);
		strbuf_addch(out, '\n');
		free(entries[i]);
	}
	free(entries);
	strbuf_release(&folder);
	strbuf_release(&path);
}

void modules_send(struct sender *out, const char *workload)
{
	struct strbuf list = STRBUF_INIT, text = STRBUF_INIT;

	(void)read_file("/proc/modules", &list);
	for (char *line = list.data; *line;) {
		char *end = line + strcspn(line, "\n");
		bool last = *end == '\0';

		line[strcspn(line, " \n")] = '\0';
		add_sections(line, &text);
		if (last)
			break;
		line = end + 1;
	}
	if (text.len)
		(void)send_file(out, workload, "modules", text.data, text.len);
	strbuf_release(&list);
	strbuf_release(&text);
}
