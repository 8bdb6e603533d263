// SPDX-License-Identifier: GPL-2.0-or-later
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/strbuf.h"

/* The setup header, as Documentation/arch/x86/boot.rst describes it. */
#define BOOT_FLAG    0x1fe
#define MAGIC	     0x202
#define VERSION_AT   0x20e /* u16: where the version string is, less 0x200 */
#define LOAD_FLAGS   0x211
#define HEADER_MIN   0x230
#define LOADED_HIGH  0x01
#define VERSION_BASE 0x200
#define SETUP_MAX    (64 << 10) /* the real-mode part is at most this long */

static unsigned int get16(const char *at)
{
	return (unsigned int)(uint8_t)at[0] | (unsigned int)(uint8_t)at[1] << 8;
}

/* Why the bytes are no kernel; NULL when they are. */
static const char *objection(const struct strbuf *head)
{
	if (head->len < HEADER_MIN)
		return "it is too short";
	if (!memcmp(head->data, "\177ELF", 4))
		return "it is an ELF file, not a bzImage (take arch/x86/boot/bzImage)";
	if (get16(head->data + BOOT_FLAG) != 0xaa55 || memcmp(head->data + MAGIC, "HdrS", 4) != 0)
		return "it lacks the boot header of a bzImage";
	if (!(head->data[LOAD_FLAGS] & LOADED_HIGH))
		return "it is a zImage of old, not a bzImage";
	return NULL;
}

/* The first word of the version string. */
static char *release_of(const struct strbuf *head)
{
	size_t at = get16(head->data + VERSION_AT);

	at += VERSION_BASE;
	if (at == VERSION_BASE || at >= head->len)
		return xstrdup("");
	return xstrndup(head->data + at, strcspn(head->data + at, " "));
}

static int read_head(const char *path, struct strbuf *head)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return error("cannot open \"%s\":", path);
	do
		n = strbuf_read_once(head, fd, SETUP_MAX - head->len);
	while ((n > 0 && head->len < SETUP_MAX) || (n < 0 && errno == EINTR));
	if (n < 0)
		error("cannot read \"%s\":", path);
	close(fd);
	return n < 0 ? -1 : 0;
}

char *image_release(const char *path)
{
	struct strbuf head = STRBUF_INIT;
	const char *why = NULL;
	char *release = NULL;

	if (!read_head(path, &head)) {
		why = objection(&head);
		if (why)
			error("\"%s\" is no kernel image: %s", path, why);
		else
			release = release_of(&head);
	}
	strbuf_release(&head);
	return release;
}
