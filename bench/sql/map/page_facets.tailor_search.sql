SELECT tailor_search_json(:lat::float8, :lng::float8, :km::float8, facets => true) AS document;
