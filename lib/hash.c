// SPDX-License-Identifier: GPL-2.0-or-later
#include "hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

void hash_init(struct hash *h)
{
	sha256_init(&h->ctx);
}

void hash_bytes(struct hash *h, const void *data, size_t len)
{
	sha256_update(&h->ctx, len, data);
}

static void add_counted(struct hash *h, const char *s)
{
	uint64_t len = strlen(s);
	uint8_t prefix[8];

	for (unsigned int i = 0; i < sizeof(prefix); i++)
		prefix[i] = (uint8_t)(len >> (8 * i));
	hash_bytes(h, prefix, sizeof(prefix));
	hash_bytes(h, s, len);
}

void hash_part(struct hash *h, const char *name, const char *value)
{
	add_counted(h, name);
	add_counted(h, value);
}

void hash_end(struct hash *h, struct hash_hex *out)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&h->ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		out->s[2 * i] = digits[digest[i] >> 4];
		out->s[2 * i + 1] = digits[digest[i] & 15];
	}
	out->s[HASH_HEX_LEN] = '\0';
}

void hash_buffer(const void *data, size_t len, struct hash_hex *out)
{
	struct hash h;

	hash_init(&h);
	hash_bytes(&h, data, len);
	hash_end(&h, out);
}

int hash_file(const char *path, struct hash_hex *out)
{
	uint8_t chunk[64 << 10];
	struct hash h;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error("cannot open \"%s\":", path);
	hash_init(&h);
	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		hash_bytes(&h, chunk, (size_t)n);
	}
	if (n < 0)
		error("cannot read \"%s\":", path);
	else
		hash_end(&h, out);
	close(fd);
	return n < 0 ? -1 : 0;
}
