// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

void memory_release(struct memory *m)
{
	for (size_t i = 0; i < m->count; i++)
		munmap(m->pieces[i].at, m->pieces[i].size);
	m->count = 0;
}

/* A file that is shorter than the piece would be a SIGBUS later. */
static bool fits_file(const struct memory_share *share)
{
	struct stat st;

	return fstat(share->fd, &st) == 0 && share->offset >= 0 &&
	       share->size <= (uint64_t)st.st_size &&
	       (uint64_t)share->offset <= (uint64_t)st.st_size - share->size;
}

static bool overlaps(const struct memory *m, const struct memory_share *share)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct memory_piece *p = &m->pieces[i];

		if (share->gpa < p->gpa + p->size && p->gpa < share->gpa + share->size)
			return true;
	}
	return false;
}

static int add(struct memory *m, const struct memory_share *share)
{
	struct memory_piece *p = &m->pieces[m->count];
	void *at;

	if (!share->size || share->gpa + share->size < share->gpa || overlaps(m, share) ||
	    !fits_file(share))
		return error("a piece of guest memory of %" PRIu64 " bytes at 0x%" PRIx64
			     " is not usable",
			     share->size, share->gpa);
	at = mmap(NULL, share->size, PROT_READ | PROT_WRITE, MAP_SHARED, share->fd, share->offset);
	if (at == MAP_FAILED)
		return error("guest memory at 0x%" PRIx64 ":", share->gpa);
	*p = (struct memory_piece){ .gpa = share->gpa, .size = share->size, .at = at };
	m->count++;
	return 0;
}

int memory_map(struct memory *m, const struct memory_share *shares, size_t count)
{
	memory_release(m);
	if (count > MEMORY_PIECES)
		return error("%zu pieces of guest memory are too many", count);
	for (size_t i = 0; i < count; i++)
		if (add(m, &shares[i]) < 0) {
			memory_release(m);
			return -1;
		}
	return 0;
}

/* The memory at an address, and how much of it follows in one piece. NULL: there is none. */
static uint8_t *find(const struct memory *m, uint64_t gpa, uint64_t *room)
{
	for (size_t i = 0; i < m->count; i++) {
		const struct memory_piece *p = &m->pieces[i];

		if (gpa >= p->gpa && gpa - p->gpa < p->size) {
			*room = p->size - (gpa - p->gpa);
			return p->at + (gpa - p->gpa);
		}
	}
	return NULL;
}

/* Whether all of it is memory; it may span pieces that touch. */
static bool is_memory(const struct memory *m, uint64_t gpa, uint64_t len)
{
	uint64_t room;

	if (gpa + len < gpa)
		return false;
	while (len) {
		if (!find(m, gpa, &room))
			return false;
		room = room < len ? room : len;
		gpa += room;
		len -= room;
	}
	return true;
}

bool memory_read(const struct memory *m, uint64_t gpa, void *out, size_t len)
{
	uint8_t *to = out;
	uint64_t room;

	if (!is_memory(m, gpa, len))
		return false;
	for (; len; gpa += room, to += room, len -= room) {
		const uint8_t *from = find(m, gpa, &room);

		if (!from)
			return false;
		room = room < len ? room : len;
		memcpy(to, from, room);
	}
	return true;
}

bool memory_write(const struct memory *m, uint64_t gpa, const void *data, size_t len)
{
	const uint8_t *from = data;
	uint64_t room;

	if (!is_memory(m, gpa, len))
		return false;
	for (; len; gpa += room, from += room, len -= room) {
		uint8_t *to = find(m, gpa, &room);

		if (!to)
			return false;
		room = room < len ? room : len;
		memcpy(to, from, room);
	}
	return true;
}
