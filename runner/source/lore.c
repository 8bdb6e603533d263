// SPDX-License-Identifier: GPL-2.0-or-later
#include "lore.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "cache.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/hash.h"
#include "lib/log.h"
#include "lib/proc.h"
#include "lib/transfer.h"

#define DEFAULT_BASE "https://lore.kernel.org/all"
#define ID_MAX	     500
#define FRESH_S	     3600
#define STALL_S	     60
#define TRIES	     3
#define THREAD_MAX   (256u << 20) /* unpacked; the longest threads of the kernel's list have 20 MiB */
#define CHUNK	     65536
#define GZIP_WINDOW  (15 + 16) /* zlib: the largest window, and a gzip header */

static const char *base_url(void)
{
	const char *base = getenv("KAB_LORE");

	return base && *base ? base : DEFAULT_BASE;
}

bool lore_is_id(const char *id)
{
	const char *at = strchr(id, '@');
	size_t len = strlen(id);

	if (!at || at == id || !at[1] || len > ID_MAX)
		return false;
	for (; *id; id++)
		if (!isgraph((unsigned char)*id) || *id == '<' || *id == '>')
			return false;
	return true;
}

/* What is not a letter, a digit or one of these would end the path or mean something in it. */
static void add_escaped(struct strbuf *url, const char *id)
{
	for (; *id; id++) {
		if (isalnum((unsigned char)*id) || strchr("-._~@+=", *id))
			strbuf_addch(url, *id);
		else
			strbuf_addf(url, "%%%02X", (unsigned char)*id);
	}
}

static char *url_of(const char *id, const char *rest)
{
	struct strbuf url = STRBUF_INIT;
	const char *base = base_url();
	size_t len = strlen(base);

	while (len && base[len - 1] == '/')
		len--;
	strbuf_add(&url, base, len);
	strbuf_addch(&url, '/');
	add_escaped(&url, id);
	strbuf_adds(&url, rest);
	return strbuf_detach(&url);
}

char *lore_link(const char *id)
{
	return url_of(id, "/");
}

int lore_unpack(const char *data, size_t len, struct strbuf *out, const char **why)
{
	z_stream z = { .next_in = (Bytef *)data, .avail_in = (uInt)len };
	char *chunk;
	int code = Z_OK;

	if (len < 2 || memcmp(data, "\x1f\x8b", 2) != 0 || len > UINT32_MAX) {
		*why = "is not a gzip file";
		return -1;
	}
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK) {
		*why = "cannot be unpacked here";
		return -1;
	}
	chunk = xcalloc(CHUNK, 1);
	while (code == Z_OK && out->len <= THREAD_MAX) {
		z.next_out = (Bytef *)chunk;
		z.avail_out = CHUNK;
		code = inflate(&z, Z_NO_FLUSH);
		strbuf_add(out, chunk, CHUNK - z.avail_out);
		if (code == Z_BUF_ERROR || (code == Z_OK && !z.avail_in && z.avail_out))
			break;
	}
	inflateEnd(&z);
	free(chunk);
	*why = out->len > THREAD_MAX  ? "is more than a thread of mails can be"
	       : code == Z_STREAM_END ? NULL
	       : code == Z_DATA_ERROR ? "is a damaged gzip file"
				      : "is cut short";
	return *why ? -1 : 0;
}

/* Whether the answer is a page, as servers send it in place of what they do not have. */
static bool is_page(const struct strbuf *answer)
{
	const char *at = answer->data + strspn(answer->data, " \t\r\n");

	return !strncasecmp(at, "<!doctype", 9) || !strncasecmp(at, "<html", 5);
}

/* The thread, checked. */
static int take_answer(const struct strbuf *answer, const char *url, struct strbuf *mbox)
{
	const char *why;

	if (is_page(answer))
		return error("\"%s\": the server sends a page in place of a thread: is it a "
			     "public-inbox?",
			     url);
	if (lore_unpack(answer->data, answer->len, mbox, &why) < 0)
		return error("\"%s\": what the server sends %s", url, why);
	if (strncmp(mbox->data, "From ", 5) != 0)
		return error("\"%s\": what the server sends holds no mails", url);
	return 0;
}

static int ask(const char *id, const char *url, struct strbuf *mbox)
{
	const struct transfer_setup setup = { .stall_s = STALL_S, .tries = TRIES };
	enum transfer_outcome outcome;
	struct transfer t;
	int result = -1;

	note("asking for the thread of \"%s\"", id);
	transfer_init(&t, &setup);
	transfer_begin(&t, url);
	outcome = transfer_run(&t);
	if (outcome == TRANSFER_DONE)
		result = take_answer(&t.answer, url, mbox);
	else if (outcome == TRANSFER_MISSING)
		error("there is no message \"%s\" at \"%s\"", id, base_url());
	else if (!interrupted())
		error("cannot get \"%s\": %s", url, t.why);
	transfer_release(&t);
	return result;
}

/* Seconds since it was fetched; -1 when it never was. */
static int64_t age_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : time(NULL) - st.st_mtim.tv_sec;
}

static int fetch(const char *id, const char *path)
{
	char *url = url_of(id, "/t.mbox.gz");
	struct strbuf mbox = STRBUF_INIT;
	int result = ask(id, url, &mbox);

	if (result == 0)
		result = file_write(path, mbox.data, mbox.len);
	strbuf_release(&mbox);
	free(url);
	return result;
}

/* Under the lock: from the cache while it is fresh, else from the server. */
static int refresh(const char *id, const char *path)
{
	int64_t age = age_of(path);

	if (age >= 0 && age < FRESH_S)
		return 0;
	if (fetch(id, path) == 0)
		return 0;
	if (age < 0 || interrupted())
		return -1;
	warning("the thread of \"%s\" is taken as it was %lld hours ago", id,
		(long long)age / 3600);
	return 0;
}

char *lore_thread(const char *id)
{
	struct hash_hex hex;
	struct hash h;
	char *name, *path;
	int lock = -1, result = -1;

	hash_init(&h);
	hash_part(&h, "server", base_url());
	hash_part(&h, "message", id);
	hash_end(&h, &hex);
	name = xasprintf("%s.mbox", hex.s);
	path = cache_path("downloads", name);
	if (path)
		lock = cache_lock("download", name, CACHE_EXCLUSIVE);
	if (lock >= 0) {
		result = refresh(id, path);
		close(lock);
	}
	free(name);
	if (result < 0) {
		free(path);
		path = NULL;
	}
	return path;
}
