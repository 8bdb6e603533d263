// SPDX-License-Identifier: GPL-2.0-or-later
#include "kmodule.h"

#include <errno.h>
#include <libkmod.h>
#include <stdlib.h>
#include <string.h>

#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"

#define SUFFIX	  ".ko"
#define DEPTH_MAX 32 /* of dependencies; a kernel's own have less than ten */

/*
 * What the symbols that workloads need are called as modules. A symbol that is only a part of a
 * module has the name of that one. AES also stands for what a distribution would load for the
 * processor, and XTS for the mode that it is made of: in a guest nobody asks for them by name.
 */
static const struct {
	const char *symbol;
	const char *modules;
} symbols[] = {
	{ "AIO", "" },
	{ "BLK_DEV_DM", "dm_mod" },
	{ "BLK_DEV_NULL_BLK", "null_blk" },
	{ "BLK_DEV_RAM", "brd" },
	{ "BLK_DEV_SD", "sd_mod" },
	{ "CRYPTO_AES", "aes_generic aesni_intel" },
	{ "CRYPTO_CBC", "cbc" },
	{ "CRYPTO_ECB", "ecb" },
	{ "CRYPTO_NULL", "crypto_null" },
	{ "CRYPTO_XTS", "ecb xts" },
	{ "DM_CRYPT", "dm_crypt" },
	{ "NFSD_V4", "nfsd" },
	{ "NFS_V4", "nfsv4" },
	{ "PACKET", "af_packet" },
	{ "SCSI_MPT3SAS", "mpt3sas" },
	{ "TMPFS", "" },
	{ "VETH", "veth" },
};

const char *kmodule_of_symbol(const char *symbol)
{
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (!strcmp(symbols[i].symbol, symbol))
			return symbols[i].modules;
	return NULL;
}

static void underline(char *name)
{
	for (; *name; name++)
		*name = *name == '-' ? '_' : *name;
}

char *kmodule_find(const char *folder, const char *name)
{
	struct strvec files = STRVEC_INIT;
	char *wanted = xasprintf("%s" SUFFIX, name), *path = NULL;

	underline(wanted);
	if (folder && dir_list(folder, &files) < 0)
		strvec_release(&files);
	for (size_t i = 0; i < files.count && !path; i++) {
		char *plain = xstrdup(files.items[i]);

		underline(plain);
		if (!strcmp(plain, wanted))
			path = xasprintf("%s/%s", folder, files.items[i]);
		free(plain);
	}
	strvec_release(&files);
	free(wanted);
	return path;
}

bool kmodule_is_builtin(const char *folder, const char *name)
{
	char *path = xasprintf("%s/../modules.builtin", folder ? folder : ".");
	char *wanted = xasprintf("/%s" SUFFIX, name);
	struct strbuf text = STRBUF_INIT;
	struct strvec lines = STRVEC_INIT;
	bool found = file_read_optional(path, &text) != 0;

	underline(wanted);
	underline(text.data);
	strvec_split(&lines, text.data, "\n");
	for (size_t i = 0; !found && i < lines.count; i++) {
		const char *base = strrchr(lines.items[i], '/');

		found = base && !strcmp(base, wanted);
	}
	strvec_release(&lines);
	strbuf_release(&text);
	free(wanted);
	free(path);
	return found;
}

/* "pre: crc32c post: x y": what is between "pre:" and the next word with a colon. */
static void add_soft(struct strvec *names, const char *value)
{
	struct strvec words = STRVEC_INIT;
	bool before = false;

	strvec_split(&words, value, " \t");
	for (size_t i = 0; i < words.count; i++) {
		const char *word = words.items[i];

		if (word[strlen(word) - 1] == ':')
			before = !strcmp(word, "pre:");
		else if (before)
			strvec_push(names, word);
	}
	strvec_release(&words);
}

/* The names of what the module needs, softly or not. */
static int read_needs(struct kmod_ctx *ctx, const char *path, struct strvec *names)
{
	struct kmod_list *info = NULL, *item;
	struct kmod_module *module = NULL;
	int code = kmod_module_new_from_path(ctx, path, &module);

	if (code >= 0)
		code = kmod_module_get_info(module, &info);
	kmod_list_foreach(item, info)
	{
		const char *key = kmod_module_info_get_key(item);
		const char *value = kmod_module_info_get_value(item);

		if (!strcmp(key, "depends"))
			strvec_split(names, value, ",");
		else if (!strcmp(key, "softdep"))
			add_soft(names, value);
	}
	kmod_module_info_free_list(info);
	kmod_module_unref(module);
	if (code >= 0)
		return 0;
	errno = -code;
	return error("the module \"%s\" cannot be read:", path);
}

static int add_needs(struct kmod_ctx *ctx, const char *folder, const char *path, int depth,
		     struct strvec *files)
{
	struct strvec names = STRVEC_INIT;
	int result = read_needs(ctx, path, &names);

	if (!result && depth > DEPTH_MAX)
		result = error("the dependencies of the module \"%s\" lead in a circle", path);
	for (size_t i = 0; !result && i < names.count; i++) {
		char *needed = kmodule_find(folder, names.items[i]);

		if (needed && !strvec_has(files, needed)) {
			result = add_needs(ctx, folder, needed, depth + 1, files);
			if (!result && !strvec_has(files, needed))
				strvec_push(files, needed);
		}
		free(needed);
	}
	strvec_release(&names);
	return result;
}

int kmodule_dependencies(const char *folder, const char *path, struct strvec *files)
{
	static const char *const no_configuration = NULL;
	/* The folder only says where indexes would be: none is read. */
	struct kmod_ctx *ctx = kmod_new(folder, &no_configuration);
	int result;

	if (!ctx)
		return error("libkmod cannot be used");
	result = add_needs(ctx, folder, path, 0, files);
	kmod_unref(ctx);
	return result;
}
