// SPDX-License-Identifier: GPL-2.0-or-later
#include "device.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/nearest.h"

#define SIZE_MIB_MAX	(1 << 20)
#define KEY_BITS_MAX	4096
#define SECTOR_SIZE_MAX 4096
#define BLOCK_KIB_MIN	4
#define BLOCK_KIB_MAX	1024 /* of the protocol's implementation: NFSSVC_MAXBLKSIZE */
#define THREADS_MAX	256

#define COUNT(array)   (sizeof(array) / sizeof((array)[0]))
#define DMCRYPT(field) offsetof(struct dmcrypt, field)
#define NFS(field)     offsetof(struct nfs, field)

struct dmcrypt {
	char *type;
	char *cipher;
	int64_t ramdisk_mib;
	int64_t key_bits;
	int64_t sector_size;
	struct strvec flags;
	bool prefill;
};

static const struct json_field dmcrypt_fields[] = {
	{ "type", JSON_STR, DMCRYPT(type), true, 0, 0 },
	{ "cipher", JSON_STR, DMCRYPT(cipher), true, 0, 0 },
	{ "ramdisk_mib", JSON_INT, DMCRYPT(ramdisk_mib), true, 1, SIZE_MIB_MAX },
	{ "key_bits", JSON_INT, DMCRYPT(key_bits), true, 0, KEY_BITS_MAX },
	{ "sector_size", JSON_INT, DMCRYPT(sector_size), false, 512, SECTOR_SIZE_MAX },
	{ "flags", JSON_STRINGS, DMCRYPT(flags), false, 0, 0 },
	{ "prefill", JSON_BOOL, DMCRYPT(prefill), false, 0, 0 },
};

struct nfs {
	char *type;
	int64_t file_mib;
	int64_t block_kib;
	int64_t threads;
};

static const struct json_field nfs_fields[] = {
	{ "type", JSON_STR, NFS(type), true, 0, 0 },
	{ "file_mib", JSON_INT, NFS(file_mib), true, 1, SIZE_MIB_MAX },
	{ "block_kib", JSON_INT, NFS(block_kib), false, BLOCK_KIB_MIN, BLOCK_KIB_MAX },
	{ "threads", JSON_INT, NFS(threads), false, 1, THREADS_MAX },
};

/* A dm-crypt table is words between spaces: what has a space would become two. */
static bool is_word(const char *s)
{
	return *s && !strpbrk(s, " \t\r\n");
}

static int check_dmcrypt(const struct json_at *at, const struct dmcrypt *d)
{
	int ret = 0;

	if (!is_word(d->cipher))
		ret = json_member_error(at, "cipher",
					"expected a cipher such as \"aes-xts-plain64\"");
	if (d->key_bits % 8)
		ret = json_member_error(at, "key_bits", "expected a multiple of 8");
	if (d->sector_size & (d->sector_size - 1))
		ret = json_member_error(at, "sector_size", "expected 512, 1024, 2048 or 4096");
	for (size_t i = 0; i < d->flags.count; i++)
		if (!is_word(d->flags.items[i]))
			ret = json_member_error(at, "flags", "expected flags without spaces");
	return ret;
}

/* The size of the ramdisk stands in one place: the command line follows from the device. */
static int read_dmcrypt(const struct json_at *at, struct strvec *append)
{
	struct dmcrypt d = { .sector_size = 512 };
	int ret = json_read(at, dmcrypt_fields, COUNT(dmcrypt_fields), &d);

	if (ret == 0)
		ret = check_dmcrypt(at, &d);
	if (ret == 0) {
		strvec_push(append, "brd.rd_nr=1");
		strvec_pushf(append, "brd.rd_size=%" PRId64, d.ramdisk_mib * 1024);
	}
	free(d.type);
	free(d.cipher);
	strvec_release(&d.flags);
	return ret;
}

/* The kernel would round what is no multiple of a page, and the file system of the guest too. */
static int read_nfs(const struct json_at *at, struct strvec *append)
{
	struct nfs n = { .block_kib = BLOCK_KIB_MAX };
	int ret = json_read(at, nfs_fields, COUNT(nfs_fields), &n);

	(void)append;
	if (ret == 0 && n.block_kib % BLOCK_KIB_MIN)
		ret = json_member_error(at, "block_kib", "expected a multiple of 4");
	free(n.type);
	return ret;
}

static const struct kind {
	const char *type;
	int (*read)(const struct json_at *at, struct strvec *append);
} kinds[] = {
	{ "dmcrypt", read_dmcrypt },
	{ "nfs", read_nfs },
};

static int unknown_type(const struct json_at *type, const char *name)
{
	struct strvec names = STRVEC_INIT;
	const char *near;

	for (size_t i = 0; i < COUNT(kinds); i++)
		strvec_push(&names, kinds[i].type);
	near = nearest(name, names.items);
	if (near)
		(void)json_error(type, "unknown device \"%s\", did you mean \"%s\"?", name, near);
	else
		(void)json_error(type, "unknown device \"%s\"", name);
	strvec_release(&names);
	return -1;
}

int device_read(const struct json_at *at, struct strvec *append)
{
	struct json_at type;
	const char *name;

	if (!json_object_is_type(at->value, json_type_object))
		return json_error(at, "expected an object");
	type = json_member(at, "type");
	if (!json_object_is_type(type.value, json_type_string))
		return json_member_error(at, "type", "expected the type of a device");
	name = json_object_get_string(type.value);
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].type, name) == 0)
			return kinds[i].read(at, append);
	return unknown_type(&type, name);
}
