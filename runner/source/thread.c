// SPDX-License-Identifier: GPL-2.0-or-later
#include "thread.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/alloc.h"
#include "lib/log.h"
#include "lib/strbuf.h"
#include "patch.h"

#define PATCHES_MAX  1000   /* of a series */
#define DEPTH_MAX    200    /* of a thread */
#define SHOWN_MAX    5	    /* missing numbers in a message */
#define NUMBER_LIMIT 100000 /* above any version */

static const char *const trailers[] = { "Reviewed-by", "Acked-by", "Tested-by" };

/* A mail that is a patch or a cover letter. */
struct item {
	const struct mail *mail;
	struct mail_tag tag;
	bool cover;
};

struct items {
	struct item *items;
	size_t count;
};

/* One revision of one total. */
struct revision {
	int version, total;
	const struct mail **slots; /* total of them; NULL: missing */
	size_t filled;
};

/*
 * What there is.
 */
static void find_items(const struct thread *t, struct items *out)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct mail *mail = &t->mails[i];
		struct item item = { .mail = mail };
		bool changes = patch_changes_files(mail->patch.data);

		mail_read_tag(mail->subject, &item.tag);
		item.cover = !changes && item.tag.total && !item.tag.number;
		if (item.tag.reply || (!changes && !item.cover))
			continue;
		out->items = xreallocarray(out->items, out->count + 1, sizeof(*out->items));
		out->items[out->count++] = item;
	}
}

static size_t count_patches(const struct items *items)
{
	size_t count = 0;

	for (size_t i = 0; i < items->count; i++)
		count += !items->items[i].cover;
	return count;
}

static bool is_numbered(const struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		if (items->items[i].tag.total)
			return true;
	return false;
}

static int highest_version(const struct items *items, int below)
{
	int version = 0;

	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->items[i];

		if (!item->cover && item->tag.version < below && item->tag.version > version)
			version = item->tag.version;
	}
	return version;
}

/* A single patch has no number and is 1 of 1. */
static int total_of(const struct item *item)
{
	return item->tag.total ? item->tag.total : 1;
}

static int number_of(const struct item *item)
{
	return item->tag.total ? item->tag.number : 1;
}

/*
 * One revision.
 */

/* The total of the mail that was asked for when it has this version, else 0. */
static int asked_total(const struct thread *t, const struct items *items, int version)
{
	for (size_t i = 0; t->asked && i < items->count; i++)
		if (items->items[i].tag.version == version &&
		    !strcmp(items->items[i].mail->id, t->asked))
			return total_of(&items->items[i]);
	return 0;
}

/* How many patches it should have, 0 without any; -1 with an error when that is not clear. */
static int find_total(const struct thread *t, const struct items *items, int version)
{
	const struct item *first = NULL;
	int asked = asked_total(t, items, version);

	if (asked)
		return asked;
	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->items[i];

		if (item->cover || item->tag.version != version)
			continue;
		if (first && total_of(first) != total_of(item))
			return error("\"%s\": \"%s\" and \"%s\" belong to different series",
				     t->name, first->mail->subject, item->mail->subject);
		first = item;
	}
	return first ? total_of(first) : 0;
}

static int fill_slot(const struct thread *t, struct revision *r, const struct item *item)
{
	int number = number_of(item);
	const struct mail **slot = &r->slots[number - 1];

	if (!*slot) {
		*slot = item->mail;
		r->filled++;
		return 0;
	}
	if (!strcmp((*slot)->patch.data, item->mail->patch.data))
		return 0; /* the same by two ways */
	return error("\"%s\": two different patches have number %d of %d: \"%s\" and \"%s\"",
		     t->name, number, r->total, (*slot)->subject, item->mail->subject);
}

static void revision_release(struct revision *r)
{
	free(r->slots);
	*r = (struct revision){ 0 };
}

static int revision_find(const struct thread *t, const struct items *items, int version,
			 struct revision *r)
{
	int total = find_total(t, items, version);
	int result = 0;

	*r = (struct revision){ .version = version, .total = total };
	if (total <= 0)
		return total;
	if (total > PATCHES_MAX)
		return error("\"%s\": a series of %d patches is more than kab takes (%d)", t->name,
			     total, PATCHES_MAX);
	r->slots = xcalloc((size_t)total, sizeof(struct mail *));
	for (size_t i = 0; result == 0 && i < items->count; i++) {
		const struct item *item = &items->items[i];

		if (item->cover || item->tag.version != version || total_of(item) != total)
			continue;
		if (number_of(item) < 1 || number_of(item) > total)
			result = error("\"%s\": \"%s\" has a number that cannot be", t->name,
				       item->mail->subject);
		else
			result = fill_slot(t, r, item);
	}
	if (result < 0)
		revision_release(r);
	return result;
}

static bool is_whole(const struct revision *r)
{
	return r->slots && r->filled == (size_t)r->total;
}

/* "v2 lacks 3/5, 4/5" */
static void describe_lack(const struct revision *r, struct strbuf *out)
{
	size_t shown = 0;

	strbuf_addf(out, "v%d lacks", r->version);
	for (int i = 0; i < r->total; i++) {
		if (r->slots[i])
			continue;
		if (shown++ < SHOWN_MAX)
			strbuf_addf(out, "%s %d/%d", shown > 1 ? "," : "", i + 1, r->total);
	}
	if (shown > SHOWN_MAX)
		strbuf_addf(out, " and %zu more", shown - SHOWN_MAX);
}

/*
 * Answers.
 */
static const struct mail *find_mail(const struct thread *t, const char *id)
{
	for (size_t i = 0; *id && i < t->count; i++)
		if (!strcmp(t->mails[i].id, id))
			return &t->mails[i];
	return NULL;
}

/* True when `mail` is an answer to `id`, or an answer to an answer. */
static bool answers(const struct thread *t, const struct mail *mail, const char *id)
{
	for (int depth = 0; mail && *id && depth < DEPTH_MAX; depth++) {
		if (strvec_has(&mail->parents, id))
			return true;
		mail = mail->parents.count ? find_mail(t, mail->parents.items[0]) : NULL;
	}
	return false;
}

/*
 * Puts the patches of a revision that is not whole into the places of those that they answer. False
 * when they do not: then nothing is changed.
 */
static bool replace_some(const struct thread *t, struct revision *whole, const struct revision *r)
{
	if (r->total != whole->total)
		return false;
	for (int i = 0; i < r->total; i++)
		if (r->slots[i] && !answers(t, r->slots[i], whole->slots[i]->id))
			return false;
	for (int i = 0; i < r->total; i++)
		if (r->slots[i])
			whole->slots[i] = r->slots[i];
	whole->version = r->version;
	return true;
}

/* From the oldest to the newest of those above the one that is whole. */
static int apply_fixups(const struct thread *t, const struct items *items, struct revision *whole)
{
	int highest = highest_version(items, NUMBER_LIMIT);

	for (int version = whole->version + 1; version <= highest; version++) {
		struct strbuf lack = STRBUF_INIT;
		struct revision r;

		if (revision_find(t, items, version, &r) < 0)
			return -1;
		describe_lack(&r, &lack);
		if (r.filled && !replace_some(t, whole, &r))
			note("\"%s\": %s; v%d is taken", t->name, lack.data, whole->version);
		strbuf_release(&lack);
		revision_release(&r);
	}
	return 0;
}

static int find_newest(const struct thread *t, const struct items *items, struct revision *r)
{
	struct strbuf lack = STRBUF_INIT;
	int version = NUMBER_LIMIT;
	int result = -1;

	while ((version = highest_version(items, version)) > 0) {
		if (revision_find(t, items, version, r) < 0)
			goto out;
		if (is_whole(r)) {
			result = apply_fixups(t, items, r);
			goto out;
		}
		if (lack.len)
			strbuf_adds(&lack, ", ");
		describe_lack(r, &lack);
		revision_release(r);
	}
	error("\"%s\": the series is not whole: %s", t->name, lack.data);
out:
	strbuf_release(&lack);
	return result;
}

/*
 * Trailers.
 */

/* Whether the line is one: "Reviewed-by: Name <user@host>". */
static bool is_trailer(const char *line, size_t len)
{
	for (size_t i = 0; i < sizeof(trailers) / sizeof(trailers[0]); i++) {
		size_t name = strlen(trailers[i]);

		if (len > name + 2 && !strncasecmp(line, trailers[i], name) && line[name] == ':')
			return true;
	}
	return false;
}

/* Those of a text that stand at the beginning of a line: what is quoted does not. */
static void add_trailers(struct strvec *list, const char *text)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\r\n");

		if (is_trailer(line, len)) {
			char *trailer = xstrndup(line, len);

			if (!strvec_has(list, trailer))
				strvec_push(list, trailer);
			free(trailer);
		}
		line += len;
		line += strspn(line, "\r\n");
	}
}

/* Gives the trailers of an answer to what it answers, the nearest patch first. */
static void take_answer(const struct thread *t, const struct mail *answer, struct selection *s)
{
	const struct mail *mail = answer;

	for (int depth = 0; mail && depth < DEPTH_MAX; depth++) {
		for (size_t p = 0; p < mail->parents.count; p++) {
			const char *id = mail->parents.items[p];
			bool to_cover = s->cover && *s->cover->id && !strcmp(s->cover->id, id);
			bool taken = to_cover;

			for (size_t i = 0; i < s->count; i++)
				if (to_cover || !strcmp(s->patches[i]->id, id)) {
					add_trailers(&s->trailers[i], answer->text.data);
					add_trailers(&s->trailers[i], answer->patch.data);
					taken = true;
				}
			if (taken)
				return;
		}
		mail = mail->parents.count ? find_mail(t, mail->parents.items[0]) : NULL;
	}
}

static void collect_trailers(const struct thread *t, struct selection *s)
{
	for (size_t i = 0; i < s->count; i++)
		add_trailers(&s->trailers[i], s->patches[i]->text.data);
	for (size_t i = 0; i < t->count; i++) {
		struct mail_tag tag;

		mail_read_tag(t->mails[i].subject, &tag);
		if (tag.reply)
			take_answer(t, &t->mails[i], s);
	}
}

/*
 * The whole.
 */
static void find_cover(const struct items *items, const struct revision *r, struct selection *s)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->items[i];

		if (item->cover && item->tag.version == r->version && item->tag.total == r->total)
			s->cover = item->mail;
	}
}

static void fill_selection(struct selection *s, const struct mail **patches, size_t count)
{
	s->patches = xcalloc(count, sizeof(struct mail *));
	s->trailers = xcalloc(count, sizeof(*s->trailers));
	s->count = count;
	memcpy(s->patches, patches, count * sizeof(struct mail *));
}

/* Patches without numbers, or a single one of a series, as they lie: all of the newest revision. */
static void take_in_order(const struct items *items, struct selection *s)
{
	const struct mail **patches = xcalloc(items->count, sizeof(struct mail *));
	size_t count = 0;

	s->version = highest_version(items, NUMBER_LIMIT);
	for (size_t i = 0; i < items->count; i++)
		if (!items->items[i].cover && items->items[i].tag.version == s->version)
			patches[count++] = items->items[i].mail;
	fill_selection(s, patches, count);
	free(patches);
}

static int take_newest(const struct thread *t, const struct items *items, struct selection *s)
{
	struct revision r = { 0 };
	int cover_version;

	if (find_newest(t, items, &r) < 0) {
		revision_release(&r);
		return -1;
	}
	cover_version = r.version;
	s->version = r.version;
	fill_selection(s, r.slots, (size_t)r.total);
	/* When only single patches are new, the cover letter is an older one. */
	for (; !s->cover && cover_version > 0; cover_version--) {
		r.version = cover_version;
		find_cover(items, &r, s);
	}
	revision_release(&r);
	return 0;
}

int thread_select(const struct thread *t, struct selection *s)
{
	struct items items = { 0 };
	int result = 0;

	*s = (struct selection){ 0 };
	find_items(t, &items);
	if (!count_patches(&items))
		result = error("\"%s\" holds no patches", t->name);
	else if (t->ordered && (!is_numbered(&items) || count_patches(&items) == 1))
		take_in_order(&items, s);
	else
		result = take_newest(t, &items, s);
	free(items.items);
	if (!result)
		collect_trailers(t, s);
	return result;
}

void selection_release(struct selection *s)
{
	for (size_t i = 0; i < s->count; i++)
		strvec_release(&s->trailers[i]);
	free(s->trailers);
	free(s->patches);
	*s = (struct selection){ 0 };
}

/* The commit after "base-commit: " at the beginning of a line. */
static char *base_in(const char *text)
{
	static const char name[] = "base-commit: ";

	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		if (!strncmp(line, name, strlen(name))) {
			const char *at = line + strlen(name);
			size_t digits = 0;

			while (isxdigit((unsigned char)at[digits]))
				digits++;
			if (digits == 40 || digits == 64)
				return xstrndup(at, digits);
		}
		line += len + (line[len] == '\n');
	}
	return NULL;
}

char *selection_base(const struct selection *s)
{
	char *base = s->cover ? base_in(s->cover->text.data) : NULL;

	if (!base && s->cover)
		base = base_in(s->cover->patch.data);
	for (size_t i = 0; !base && i < s->count; i++) {
		base = base_in(s->patches[i]->text.data);
		if (!base)
			base = base_in(s->patches[i]->patch.data);
	}
	return base;
}
