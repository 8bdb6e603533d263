// SPDX-License-Identifier: GPL-2.0-or-later
#include "format.h"

#include <string.h>

#include "lib/log.h"

static const struct {
	const char *name;
	format_fn *write;
} formats[] = {
	{ "text", format_text },   { "json", format_json },	      { "csv", format_csv },
	{ "email", format_email }, { "benchstat", format_benchstat }, { "junit", format_junit },
	{ "ktap", format_ktap },
};

format_fn *format_find(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(name, formats[i].name))
			return formats[i].write;
	return NULL;
}

int format_finish(FILE *out)
{
	if (fflush(out) != 0 || ferror(out))
		return error("cannot write the report:");
	return 0;
}
