// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <stddef.h>

#include "lib/alloc.h"
#include "lib/json.h"

#define COUNT(name)                                      \
	{                                                \
#name, offsetof(struct hba_counts, name) \
	}

static const struct {
	const char *key;
	size_t offset;
} counts[] = {
	COUNT(requests),   COUNT(handshakes),	 COUNT(unit_resets),	COUNT(diag_resets),
	COUNT(events),	   COUNT(tasks),	 COUNT(scsi_commands),	COUNT(check_conditions),
	COUNT(bytes_read), COUNT(bytes_written), COUNT(chain_segments), COUNT(unknown),
};

static void add_sessions(struct json_object *root, const struct hba *h)
{
	struct json_object *list = json_new_array();

	for (uint64_t i = 0; i < h->session_count && i < SESSIONS_KEPT; i++) {
		const struct hba_session *s = &h->sessions[i];
		struct json_object *o = json_new_object();

		json_set_int(o, "requests", (int64_t)s->requests);
		json_set_int(o, "interrupts", (int64_t)s->interrupts);
		json_set_int(o, "handshakes", (int64_t)s->handshakes);
		json_append(list, o);
	}
	json_set_int(root, "session_count", (int64_t)h->session_count);
	json_set(root, "sessions", list);
}

int report_write(const struct hba *h, const char *path)
{
	struct json_object *root = json_new_object();
	int result;

	json_set_int(root, "disks", h->disk_count);
	json_set_int(root, "interrupts", (int64_t)h->msix.sent);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_set_int(root, counts[i].key,
			     *(const int64_t *)((const char *)&h->counts + counts[i].offset));
	add_sessions(root, h);
	json_set_int(root, "refused", (int64_t)h->refusals.count);
	json_set_strings(root, "refusals", &h->refusals.first);
	result = json_write(path, root);
	json_object_put(root);
	return result;
}
