// SPDX-License-Identifier: GPL-2.0-or-later
#include "apt.h"

#include "lib/file.h"
#include "lib/proc.h"
#include "lib/progress.h"
#include "lib/transcript.h"

#define TIMEOUT_MS (INT64_C(60) * 60 * 1000)
#define POLL_MS	   250
#define SAID_MAX   2000
#define MIB	   (1 << 20)

/* Until apt has ended, the user had enough, or the time is over. */
static int follow(struct proc *apt, const char *dir, struct progress *progress)
{
	int64_t deadline = clock_ms() + TIMEOUT_MS;
	int state;

	do {
		state = proc_wait(apt, POLL_MS);
		progress_update(progress, dir_size(dir) / MIB);
	} while (state == 1 && !interrupted() && clock_ms() < deadline);
	proc_stop(apt, 1000);
	return proc_ok(apt) ? 0 : -1;
}

int apt_fetch(const struct strvec *argv, const char *dir, int64_t mib, const char *what,
	      struct strbuf *said)
{
	char locale[] = "LC_ALL=C";
	char *env[] = { locale, NULL };
	struct proc apt = { .argv = argv->items, .dir = dir, .env = env, .out = PROC_NULL };
	struct progress progress;
	int result = -1;

	apt.err = transcript_open("", 0);
	if (apt.err >= 0 && proc_start(&apt) == 0) {
		progress_begin(&progress, "MiB", mib, "downloading %s", what);
		result = follow(&apt, dir, &progress);
		progress_end(&progress, result ? NULL : "done"); /* why not, the caller says */
		transcript_close(apt.err, said, result && !interrupted() ? SAID_MAX : 0);
		if (result && !interrupted() && !said->len)
			strbuf_adds(said, "it took too long");
	} else {
		transcript_close(apt.err, said, 0);
	}
	return result;
}
