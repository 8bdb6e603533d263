// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the run ended: the supervisor's findings, and the reasons that workloads left behind. When
 * in doubt the run has failed, as its figures must not be used.
 */
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "collect.h"
#include "jsontext.h"
#include "lib/alloc.h"
#include "lib/file.h"
#include "lib/strbuf.h"

#define REASON_MAX 900

/* What is not known is taken for the worst. */
static enum severity severity_of(const char *name)
{
	for (enum severity s = SEVERITY_NOTE; s < SEVERITY_FAILURE; s++)
		if (name && !strcmp(name, severity_name(s)))
			return s;
	return SEVERITY_FAILURE;
}

static void observe_one(struct json_object *finding, struct observations *o)
{
	const char *workload = jsontext_string(finding, "workload");
	const char *kind = jsontext_string(finding, "kind");
	const char *message = jsontext_string(finding, "message");

	observe_finding(o, workload ? workload : "", kind ? kind : "unknown",
			severity_of(jsontext_string(finding, "severity")), "%s",
			message ? message : "");
}

static void observe_outcome(struct json_object *root, struct observations *o)
{
	struct json_object *findings = jsontext_array(root, "findings");
	const char *outcome = jsontext_string(root, "outcome");

	for (size_t i = 0; findings && i < json_object_array_length(findings); i++)
		observe_one(json_object_array_get_idx(findings, i), o);
	if (outcome && strcmp(outcome, "skipped") == 0)
		return;
	if ((!outcome || strcmp(outcome, "ok") != 0) && !observations_failed(o))
		observe_finding(o, "", "failed", SEVERITY_FAILURE,
				"the run ended as \"%s\" without a reason", outcome ? outcome : "");
}

static int collect_outcome(const struct rundir *run, struct observations *o)
{
	char *path = xasprintf("%s/outcome.json", run->path);
	struct json_object *root;
	const char *why;
	int ret = jsontext_load(path, &root, &why);

	if (ret == 0)
		observe_outcome(root, o);
	else if (ret > 0)
		observe_finding(o, "", "malformed-outcome", SEVERITY_FAILURE, "outcome.json: %s",
				ret == 1 ? "missing" : why);
	json_object_put(root);
	free(path);
	return ret < 0 ? -1 : 0;
}

/* The guest also sends its reason as a finding; the file is for when that one got lost. */
static int collect_failure(const struct rundir *run, const char *workload, struct observations *o)
{
	struct strbuf text = STRBUF_INIT;
	char *path = rundir_file(run, workload, "failure");
	int ret = file_read_optional(path, &text);

	if (ret == 0 && !observations_failed_for(o, workload)) {
		char *reason = clean_text(text.data, text.len, REASON_MAX);

		observe_finding(o, workload, "workload-failed", SEVERITY_FAILURE, "%s", reason);
		free(reason);
	}
	strbuf_release(&text);
	free(path);
	return ret < 0 ? -1 : 0;
}

static int outcome_collect(const struct rundir *run, struct observations *o)
{
	if (collect_outcome(run, o) < 0)
		return -1;
	for (size_t i = 0; i < run->workload_count; i++)
		if (collect_failure(run, run->workloads[i].name, o) < 0)
			return -1;
	return 0;
}

const struct collector outcome_collector = { "outcome", outcome_collect };
