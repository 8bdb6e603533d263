// SPDX-License-Identifier: GPL-2.0-or-later
#include "secret.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "log.h"
#include "strbuf.h"

int secret_check(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? 1 : error("cannot look at \"%s\":", path);
	if (!S_ISREG(st.st_mode))
		return error("\"%s\" is not a file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return error("\"%s\" holds secrets, and belongs to someone else", path);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return error("\"%s\" holds secrets, and its mode %03o lets others see them "
			     "(chmod 600)",
			     path, (unsigned int)(st.st_mode & 0777));
	return 0;
}

char *secret_read(const char *path)
{
	struct strbuf text = STRBUF_INIT;
	int found = secret_check(path);

	if (found == 1)
		error("cannot open \"%s\":", path);
	if (found != 0 || file_read(path, &text) < 0)
		goto fail;
	text.len = strcspn(text.data, "\r\n");
	text.data[text.len] = '\0';
	if (text.len)
		return strbuf_detach(&text);
	error("\"%s\" has nothing in its first line", path);
fail:
	strbuf_release(&text);
	return NULL;
}
