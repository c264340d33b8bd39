SELECT count, latitude, longitude, west, south, east, north, id
FROM tailor_search_clusters(west => :lng::float8 - 0.25, south => :lat::float8 - 0.25, east => :lng::float8 + 0.25, north => :lat::float8 + 0.25, zoom => 11);
