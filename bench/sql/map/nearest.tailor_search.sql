SELECT tailor_search_json(:lat::float8, :lng::float8, nearest => 12) AS document;
