-- Looks for a report that did not show it any more, as a versioned JSON frame; null while Expensify shows it.
ALTER TABLE reports ADD COLUMN absence TEXT;
