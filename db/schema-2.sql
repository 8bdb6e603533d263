-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Version 2: which arms are compared. A plan may have several bases, so it no longer follows from
-- the arms alone.

-- The figures of the arm `new` in a workload are judged against those of the arm `base`. Known from
-- the runs of `new`; those of `base` may be stored later, or never, so that one is no foreign key.
CREATE TABLE comparison (
	session TEXT NOT NULL,
	new INTEGER NOT NULL,
	base INTEGER NOT NULL CHECK (base >= 0),
	workload TEXT NOT NULL,
	PRIMARY KEY (session, base, new, workload),
	FOREIGN KEY (session, new) REFERENCES arm (session, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Up to now every arm was compared with the first.
INSERT INTO comparison (session, new, base, workload)
	SELECT DISTINCT run.session, run.arm, 0, workload.name
	FROM run JOIN workload ON workload.run = run.id WHERE run.arm > 0;
