// SPDX-License-Identifier: GPL-2.0-or-later
#include "strings.h"

#include <stddef.h>

#include "behind.h"
#include "lib/alloc.h"
#include "misses.h"

#define NOWHERE (UINT64_C(1) << 62) /* no canonical address */
#define MANY	16

struct string *strings_running;

bool strings_fit(void)
{
	return l1_holds_two() && l1_mask;
}

struct string *strings_make(struct fetch *f, uint64_t size)
{
	struct string *s = xcalloc(1, sizeof(*s));

	s->fetch = f;
	s->size = size;
	s->shift = (uint32_t)__builtin_ctzll(size);
	for (size_t i = 0; i < STRING_SIDES; i++)
		s->sides[i].next = NOWHERE;
	return s;
}

static bool goes_on(const struct string_side *side)
{
	return side->next != NOWHERE;
}

static uint64_t pending(const struct string *s, size_t side)
{
	const struct string_side *at = &s->sides[side];

	return goes_on(at) ? (at->next - at->done) >> s->shift : 0;
}

/* One side on its way through the turns that are pending. */
struct walk {
	bool goes_on;
	uint64_t address; /* of the next line */
	uint32_t line;
	int64_t turns;	    /* that have been on it, or behind it */
	struct l1_set *set; /* of the line before */
	uint64_t place;	    /* in it */
};

static struct walk begin(const struct string *s, const struct string_side *at)
{
	uint64_t address = ((at->done - 1) | L1_LINE_MASK) + 1;

	if (!goes_on(at))
		return (struct walk){ .turns = 0 };
	return (struct walk){ .goes_on = true,
			      .address = address,
			      .line = l1_line_of(&at->page, address),
			      .turns = (int64_t)(at->next - address) >> s->shift,
			      .set = at->set,
			      .place = at->line_place };
}

/* What has become of a line that L1's first places did not have. */
typedef void missed_fn(struct tally *t, uint32_t line, uint32_t older);

/*
 * A turn reaches the next line, if one did. The access before was one of the other side's, and its
 * line stays one of the last two. What comes after a string hardly looks at its lines, so their
 * addresses are not noted.
 */
ALWAYS_INLINE void reach(struct tally *t, struct walk *w, const struct walk *other, int64_t turns,
			 missed_fn *missed)
{
	uint32_t older;

	if (w->turns <= 0)
		return;
	if (other->goes_on)
		other->set->lines[0].last = (uint16_t)other->place;
	w->set = l1_set_of(w->address);
	w->place = l1_bring(w->set, lru_entry(w->line), &older);
	w->set->lines[w->place].base = L1_NOWHERE;
	if (older != lru_entry(w->line))
		missed(t, w->line, older);
	w->address += L1_LINE_SIZE;
	w->line++;
	w->turns -= turns;
}

ALWAYS_INLINE void reach_all(struct tally *t, struct walk *a, struct walk *b, int64_t turns,
			     missed_fn *missed)
{
	struct walk first = *a, last = *b;

	if (last.turns > first.turns)
		reach(t, &last, &first, turns, missed);
	while (first.turns > 0 || last.turns > 0) {
		reach(t, &first, &last, turns, missed);
		reach(t, &last, &first, turns, missed);
	}
	*a = first;
	*b = last;
}

static void reach_few(struct tally *t, struct walk *a, struct walk *b, int64_t turns)
{
	reach_all(t, a, b, turns, misses_data);
}

#ifdef __x86_64__
EXCHANGE_TARGET ALWAYS_INLINE void missed_8_8_24(struct tally *t, uint32_t line, uint32_t older)
{
	if (exchange_8(behind_set(&behind_l1d, line, BEHIND_8_8_24.l1d), lru_entry(line), older,
		       behind_l1d.last))
		return;
	t->events[CACHE_L1D]++;
	behind_data(t, line, BEHIND_8_8_24);
}

/* With so many, it is worth while not to write them down. */
EXCHANGE_TARGET static void reach_many(struct tally *t, struct walk *a, struct walk *b,
				       int64_t turns)
{
	misses_settle();
	reach_all(t, a, b, turns, missed_8_8_24);
}
#endif

static void end(struct string_side *at, const struct walk *w)
{
	if (!w->goes_on)
		return;
	at->set = w->set;
	at->line_place = w->place;
	at->set->lines[0].last = (uint16_t)w->place;
	at->page.tlb->last = at->place;
	at->done = at->next;
}

/*
 * The lines that both sides have reached, in the order in which they did. How many turns of its side
 * a line has had, its own included, tells when it was reached; with as many, the side that the last
 * access does not belong to was earlier. From then on they are reached in turn, as both sides take as
 * many turns for a line.
 */
static void walk(struct string *s, struct string_side *first, struct string_side *last)
{
	struct walk a = begin(s, first), b = begin(s, last);
	int64_t turns = (int64_t)(L1_LINE_SIZE >> s->shift);

#ifdef __x86_64__
	if (behind_is_8_8_24 && a.turns + b.turns >= MANY * turns)
		reach_many(s->fetch->tally, &a, &b, turns);
	else
#endif
		reach_few(s->fetch->tally, &a, &b, turns);
	end(first, &a);
	end(last, &b);
}

/* Loads and stores take turns, so the number of each tells which was the last. */
static void make_up(struct string *s)
{
	size_t other = s->first ^ 1;
	uint64_t done[STRING_SIDES] = { pending(s, 0), pending(s, 1) };
	size_t last = done[other] > done[s->first] ? other : s->first;

	if (!done[0] && !done[1])
		return;
	s->fetch->tally->events[CACHE_ACCESSES] += done[0] + done[1];
	walk(s, &s->sides[last ^ 1], &s->sides[last]);
	s->first = last;
}

void strings_settle(void)
{
	struct string *s = strings_running;

	if (!s)
		return;
	make_up(s);
	s->sides[0].next = s->sides[1].next = NOWHERE;
	strings_running = NULL;
}

/* The access that has just been looked at is where this side goes on, if it can. */
static void go_on(struct string *s, struct string_side *at, uint64_t address)
{
	uint64_t room = address & (s->size - 1) ? L1_LINE_MASK : L1_PAGE_MASK;

	at->next = at->done = address + s->size;
	at->stop = (address | room) + 1 - s->size;
	if (address > at->stop) {
		at->next = NOWHERE;
		return;
	}
	at->page = *l1_page_of(address);
	at->place = at->page.tlb->last;
	at->set = l1_set_of(at->done - 1);
	at->line_place = at->set->lines[0].last;
}

/* The other side's line and page may have gone for one that came. */
static bool still_there(const struct string_side *at)
{
	const struct l1_line *l = &at->set->lines[at->line_place];

	return l->line == lru_entry(l1_line_of(&at->page, at->done - 1)) &&
	       at->page.tlb->entries[at->place] == at->page.entry;
}

static __attribute__((noinline)) void look(struct string *s, qemu_plugin_meminfo_t info,
					   uint64_t address)
{
	size_t side = qemu_plugin_mem_is_store(info);
	struct string_side *at = &s->sides[side], *other = &s->sides[side ^ 1];

	if (strings_running == s) {
		make_up(s);
	} else {
		strings_settle();
		l1_fetch(s->fetch);
		strings_running = s;
	}
	if (l1_access(s->fetch->tally, info, address))
		go_on(s, at, address);
	else
		at->next = NOWHERE;
	if (goes_on(other) && !still_there(other))
		other->next = NOWHERE;
	s->first = side;
}

/* QEMU 7.2 mixes up callbacks for loads and those for stores, so this one is for both. */
void strings_on_turn(unsigned int vcpu, qemu_plugin_meminfo_t info, uint64_t address, void *data)
{
	struct string *s = data;
	struct string_side *load = &s->sides[0], *store = &s->sides[1];

	(void)vcpu;
	if (address == load->next && address <= load->stop)
		load->next = address + s->size;
	else if (address == store->next && address <= store->stop)
		store->next = address + s->size;
	else
		look(s, info, address);
}
