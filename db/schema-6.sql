-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Version 6: a hash of all that is stored of a run, so that what is made from many runs can be left
-- as it is without reading their figures. '' is not known yet; db_open() changes that. It follows from
-- the rows, and so a rebuilt database says the same.
ALTER TABLE run ADD COLUMN content TEXT NOT NULL DEFAULT '';
CREATE INDEX run_unread ON run (id) WHERE content = '';
