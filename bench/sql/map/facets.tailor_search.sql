SELECT facet, value, count FROM tailor_search_facets(:lat::float8, :lng::float8, :km::float8, skills => ARRAY['BRIDAL_WORK'], min_rating => 4);
