-- The same page without facets, by tailor_search.
SELECT tailor_search_json(:lat::float8, :lng::float8, :km::float8) AS document;
