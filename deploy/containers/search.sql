-- The extension, and what a search needs in the application's tables.
CREATE EXTENSION tailor_search CASCADE;
CALL tailor_search_setup(notify_changes => true);
