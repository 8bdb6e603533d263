-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- kab's database, version 1: what the collectors read out of run directories, and nothing else.
-- It can be deleted at any time; `kab collect` fills a new one, with the same content: keys are
-- natural, nothing here counts up or tells the time, and no row depends on the order of storing.
--
--	session 1-n arm 1-n run 1-n (workload, sample, histogram, finding, environment)
--
-- Every table is STRICT, so that a text never slips into a column of numbers, and WITHOUT ROWID,
-- so that a run's rows lie together in the order of their key. Times of day are UTC, ISO 8601.

-- One execution of a plan. A comparison never leaves its session.
CREATE TABLE session (
	id TEXT PRIMARY KEY,	-- its folder below sessions/; begins with the time it started
	plan TEXT NOT NULL,	-- the plan's name: trends follow it from session to session
	target TEXT NOT NULL,	-- the machine: "det", "kvm"
	clock TEXT NOT NULL	-- what the figures mean; never mixed in a comparison
		CHECK (clock IN ('instruction', 'wall'))
) STRICT, WITHOUT ROWID;

-- A kernel's place in a session: one side of a comparison. The kernel is described here and not in
-- a table of its own, as two sessions may reach one identity by different names.
CREATE TABLE arm (
	session TEXT NOT NULL REFERENCES session (id),
	position INTEGER NOT NULL CHECK (position >= 0), -- in the plan; 0 is the base
	spec TEXT NOT NULL,		-- as the user wrote it: the name in reports
	kernel TEXT NOT NULL,		-- identity: hash of source, patches, config and compiler
	release TEXT NOT NULL,		-- "6.1.192"; '' for an image that does not tell
	source TEXT NOT NULL,		-- "linux-6.1 (6.1.192-2)": what was built, for people
	series TEXT NOT NULL,		-- the patches on top, '' for none
	compiler TEXT NOT NULL,		-- a change of it changes figures as a patch would
	config_sha256 TEXT NOT NULL,	-- of the .config; '' for an image without one
	image_sha256 TEXT NOT NULL,	-- of what was booted: the proof that a build is reproducible
	PRIMARY KEY (session, position)
) STRICT, WITHOUT ROWID;

-- One boot: the replicate. What happened in one boot is never pooled as if it were independent.
CREATE TABLE run (
	id TEXT PRIMARY KEY,		-- "SESSION/NNN", the folder of its run directory
	session TEXT NOT NULL,
	arm INTEGER NOT NULL,
	boot INTEGER NOT NULL CHECK (boot >= 1), -- counts within session, arm and workload list
	started TEXT NOT NULL,		-- finds the newest session, and the x axis of trends
	FOREIGN KEY (session, arm) REFERENCES arm (session, position)
) STRICT, WITHOUT ROWID;

-- Sides of a comparison are looked up this way, and arms without a run are found.
CREATE INDEX run_arm ON run (session, arm);

-- What a run was to do, also when it failed and left no sample.
CREATE TABLE workload (
	run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	position INTEGER NOT NULL,	-- reports keep the order of the plan
	name TEXT NOT NULL,
	title TEXT NOT NULL,		-- one line for people
	PRIMARY KEY (run, position),
	UNIQUE (run, name)
) STRICT, WITHOUT ROWID;

-- One figure of one workload in one boot. Unit, direction and headline belong to the sample: a
-- later kab or a changed workload may see them otherwise, and must not reinterpret old figures.
CREATE TABLE sample (
	run TEXT NOT NULL,
	workload TEXT NOT NULL,
	metric TEXT NOT NULL,		-- "write_clat_p99_ns"
	unit TEXT NOT NULL,		-- values of different units are never compared
	better TEXT NOT NULL CHECK (better IN ('higher', 'lower')), -- makes a change good or bad
	headline INTEGER NOT NULL CHECK (headline IN (0, 1)), -- shown first, and gated on
	value REAL NOT NULL,		-- as measured, unrounded
	PRIMARY KEY (run, workload, metric),
	FOREIGN KEY (run, workload) REFERENCES workload (run, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Exact latency bins. Percentiles of several boots come from their sum and are never averaged.
CREATE TABLE histogram (
	run TEXT NOT NULL,
	workload TEXT NOT NULL,
	kind TEXT NOT NULL,		-- "write_slat", "write_clat", "write_lat"
	ns INTEGER NOT NULL,		-- the bin as fio names it
	count INTEGER NOT NULL CHECK (count > 0),
	PRIMARY KEY (run, workload, kind, ns),
	FOREIGN KEY (run, workload) REFERENCES workload (run, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What was not as it should be. One of severity "failure" forbids the use of the run's figures.
CREATE TABLE finding (
	run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	position INTEGER NOT NULL,	-- the collectors' order: how it ended first
	workload TEXT NOT NULL,		-- '' when it is not of one workload, so no foreign key
	kind TEXT NOT NULL,		-- "panic", "warning", "corrupt-record"
	severity TEXT NOT NULL CHECK (severity IN ('note', 'warning', 'failure')),
	message TEXT NOT NULL,		-- the telling line
	PRIMARY KEY (run, position)
) STRICT, WITHOUT ROWID;

-- Facts of host, machine, guest and kernel that figures depend on.
CREATE TABLE environment (
	run TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	key TEXT NOT NULL,		-- "qemu.version", "guest.mitigations.retbleed"
	value TEXT NOT NULL,
	PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;

-- The runs whose figures may be used, and their figures: what every comparison starts from.
CREATE VIEW comparable_run AS
	SELECT * FROM run
	WHERE NOT EXISTS (SELECT 1 FROM finding WHERE finding.run = run.id AND severity = 'failure');

CREATE VIEW comparable_sample AS
	SELECT comparable_run.session, comparable_run.arm, comparable_run.boot, sample.*
	FROM comparable_run JOIN sample ON sample.run = comparable_run.id;
