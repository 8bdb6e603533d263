// SPDX-License-Identifier: GPL-2.0-or-later
#include "accesses.h"

#include <stdbool.h>
#include <stddef.h>

#include "cache.h"
#include "l1.h"
#include "strings.h"
#include "tlb.h"

static inline __attribute__((always_inline)) bool touch_line(struct l1_set *s, uint16_t i,
							     uint64_t address)
{
	struct l1_line *l = &s->lines[i];

	if (address - l->base > L1_LINE_MASK || l->tlb->entries[l->place] != l->entry)
		return false;
	l->tlb->last = l->place;
	s->lines[0].last = i;
	return true;
}

static inline __attribute__((always_inline)) bool touch_recent(uint64_t address)
{
	struct l1_set *s = l1_set_of(address);

	return touch_line(s, 0, address) || touch_line(s, 1, address);
}

static inline __attribute__((always_inline)) void access_memory(struct tally *t,
								qemu_plugin_meminfo_t info,
								uint64_t address)
{
	if (!touch_recent(address)) {
		(void)l1_access(t, info, address);
		return;
	}
	t->events[CACHE_ACCESSES]++;
	if ((address & L1_LINE_MASK) > L1_LINE_SIZE - L1_WIDEST)
		l1_access_next(t, info, address);
}

/* Apart, so that the others need not keep registers for it. */
static __attribute__((noinline)) void access_after_string(struct tally *t,
							  qemu_plugin_meminfo_t info,
							  uint64_t address)
{
	strings_settle();
	access_memory(t, info, address);
}

void accesses_on_access(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	(void)vcpu;
	if (strings_running)
		access_after_string(data, info, address);
	else
		access_memory(data, info, address);
}

static __attribute__((noinline)) void fetch_slowly(const struct fetch *f)
{
	strings_settle();
	l1_fetch(f);
}

void accesses_on_fetch_line(unsigned int vcpu, void *data)
{
	const struct fetch *f = data;

	(void)vcpu;
	if (*f->lines[0].first != f->lines[0].entry)
		fetch_slowly(f);
}

void accesses_on_fetch(unsigned int vcpu, void *data)
{
	(void)vcpu;
	if (!l1_has_code(data))
		fetch_slowly(data);
}

void accesses_on_forget(unsigned int vcpu, void *data)
{
	enum forget what = *(const enum forget *)data;

	(void)vcpu;
	strings_settle();
	l1_forget(what != FORGET_PROGRAMS);
	/* Which page invlpg is about cannot be seen: one of thousands stays. */
	if (what == FORGET_PROGRAMS)
		tlb_drop_programs();
	else if (what == FORGET_ALL)
		tlb_drop_all();
}
