-- A cursor is of one search, so the centre stays.
SELECT tailor_search_json({latitude}, {longitude}, :km::float8, after => '{after}') AS document;
