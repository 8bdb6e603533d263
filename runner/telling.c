// SPDX-License-Identifier: GPL-2.0-or-later
#include "telling.h"

#include <stdlib.h>
#include <unistd.h>

#include "db/store.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/paths.h"
#include "reports/judge.h"

static int tell(const struct telling *o, const struct notify_config *config, const char *database)
{
	struct db *db = db_open_readonly(database);
	struct judgements list = { 0 };
	int ret = -1;

	if (!db)
		return -1;
	if (judge_session(db, o->session, o->threshold_pct, &list) == 0) {
		for (size_t i = 0; i < list.count; i++)
			(void)judgement_refuse(&list.items[i], "what is worse there is not told");
		ret = notify(config, &o->notify, list.items, list.count);
	}
	judgements_release(&list);
	db_close(db);
	return ret;
}

/* One at a time: the second would tell the same again. */
int telling_run(struct telling *o, const struct notify_config *config)
{
	char *memory = path_data("notified.json"), *lock_path = path_data("notified.lock");
	char *database = o->database ? xstrdup(o->database) : path_data("kab.db");
	char *work = o->no_pictures ? NULL : path_data("notify-XXXXXX");
	int ret = -1, lock = -1;

	if (memory && lock_path && database)
		lock = file_lock(lock_path, "another kab that tells", false);
	if (lock < 0)
		goto out;
	if (work && !mkdtemp(work)) {
		error("cannot make \"%s\":", work);
		goto out;
	}
	o->notify.memory = memory;
	o->notify.work = work;
	if (!o->notify.out)
		o->notify.out = stdout;
	ret = tell(o, config, database);
	if (work && dir_remove(work) < 0)
		ret = -1;
	close(lock);
out:
	free(memory);
	free(lock_path);
	free(database);
	free(work);
	return ret;
}
