SELECT count, latitude, longitude, west, south, east, north, id
FROM tailor_search_clusters(west => -180, south => -90, east => 180, north => 90, zoom => 3);
