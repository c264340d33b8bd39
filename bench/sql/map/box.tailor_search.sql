SELECT tailor_search_json(west => :lng::float8 - 0.1, south => :lat::float8 - 0.1, east => :lng::float8 + 0.1, north => :lat::float8 + 0.1) AS document;
