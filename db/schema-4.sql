-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Version 4: what a run directory looked like when it was read (runner/machine/fingerprint.h), so that one
-- that has not changed need not be read again. '' is not known. It follows from the directory, and
-- so a rebuilt database says the same.
ALTER TABLE run ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';
