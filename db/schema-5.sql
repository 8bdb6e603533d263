-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Version 5: what a model of caches saw of each function.

-- Only of profiles that have it: what is not here was not modelled, which is not the same as no miss. Misses are
-- those of the model, whose sizes belong to the target; the run directory has them in its command.
CREATE TABLE function_cache (
	run TEXT NOT NULL,
	workload TEXT NOT NULL,
	name TEXT NOT NULL,
	object TEXT NOT NULL,
	accesses INTEGER NOT NULL,	-- loads and stores, without those of devices' registers
	l1d INTEGER NOT NULL,		-- that missed the first cache
	l1i INTEGER NOT NULL,		-- fetches of code that did
	l2 INTEGER NOT NULL,		-- of both, those that missed the second as well
	llc INTEGER NOT NULL,		-- and the last: they went to memory
	dtlb INTEGER NOT NULL,		-- accesses whose page the first TLB did not have
	stlb INTEGER NOT NULL,		-- nor the second
	cycles INTEGER NOT NULL,	-- estimated from all of these with the profile's own weights, so
					-- that those of a later target do not reinterpret it
	PRIMARY KEY (run, workload, name, object),
	FOREIGN KEY (run, workload, name, object)
		REFERENCES function_count (run, workload, name, object) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
