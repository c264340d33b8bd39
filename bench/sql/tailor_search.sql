-- Ours: page, relations and exact total in one call.
SELECT tailor_search_json(:lat::float8, :lng::float8, :km::float8{arguments}) AS document;
