-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Version 3: profiles.

-- The measured part of a workload in a run whose instructions were counted. What the functions
-- have adds up to its total: code that has no name is a function "unknown".
CREATE TABLE profile (
	run TEXT NOT NULL,
	workload TEXT NOT NULL,
	instructions INTEGER NOT NULL,	-- the whole, so that shares need no sum
	ns INTEGER NOT NULL,		-- by the guest's clock, to be compared with; 0: not known
	idle_ns INTEGER NOT NULL,	-- of these; explains most of the difference
	PRIMARY KEY (run, workload),
	FOREIGN KEY (run, workload) REFERENCES workload (run, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What each function did in it.
CREATE TABLE function_count (
	run TEXT NOT NULL,
	workload TEXT NOT NULL,
	name TEXT NOT NULL,		-- as in the source: parts that the compiler made are joined
	object TEXT NOT NULL,		-- "mm/mempool.o": its folder is the subsystem; "[dm_crypt]"
					-- is a module, '' is not known
	user INTEGER NOT NULL CHECK (user IN (0, 1)), -- a program of the guest, not the kernel
	instructions INTEGER NOT NULL,	-- its own, without those of functions that it calls
	calls INTEGER NOT NULL,		-- times it was entered
	inclusive INTEGER NOT NULL,	-- with those of functions that it calls; 0 without a call graph
	PRIMARY KEY (run, workload, name, object),
	FOREIGN KEY (run, workload) REFERENCES profile (run, workload) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The call graph, as a tree: a function by the path of calls to it. Small ones are part of their
-- callers, so that a tree has some thousand nodes.
CREATE TABLE call_node (
	run TEXT NOT NULL,
	workload TEXT NOT NULL,
	node INTEGER NOT NULL,		-- counts from 1; parents come before their children
	parent INTEGER NOT NULL,	-- 0: the root
	name TEXT NOT NULL,		-- as in function_count
	object TEXT NOT NULL,
	user INTEGER NOT NULL CHECK (user IN (0, 1)),
	instructions INTEGER NOT NULL,	-- its own, on this path
	calls INTEGER NOT NULL,		-- on this path
	PRIMARY KEY (run, workload, node),
	FOREIGN KEY (run, workload) REFERENCES profile (run, workload) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- All functions of a kernel that was profiled, executed or not. A function that is gone in the
-- other kernel may have been inlined into its caller: that is not a saving, and only this tells.
CREATE TABLE kernel_symbols (
	kernel TEXT PRIMARY KEY,	-- identity, as in arm
	names TEXT NOT NULL		-- sorted, a line each: as one text, for there are 30,000
) STRICT, WITHOUT ROWID;
