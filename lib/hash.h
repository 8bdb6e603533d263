/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256 identities (by nettle). Parts are added with their length, so that no two different
 * sequences of parts give the same bytes.
 */
#ifndef KAB_LIB_HASH_H
#define KAB_LIB_HASH_H

#include <nettle/sha2.h>
#include <stddef.h>

#define HASH_HEX_LEN 64

struct hash {
	struct sha256_ctx ctx;
};

struct hash_hex {
	char s[HASH_HEX_LEN + 1];
};

void hash_init(struct hash *h);
/* Raw bytes, without a length: the plain SHA-256 of a stream. */
void hash_bytes(struct hash *h, const void *data, size_t len);
/* One part of an identity: name and value, each with its length. */
void hash_part(struct hash *h, const char *name, const char *value);
void hash_end(struct hash *h, struct hash_hex *out);

void hash_buffer(const void *data, size_t len, struct hash_hex *out);
/* Plain SHA-256 of a file's bytes. Returns 0, or -1 with an error printed. */
int hash_file(const char *path, struct hash_hex *out);

#endif
