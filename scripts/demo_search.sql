SELECT id, "user"->>'name' AS name, round(distance::numeric, 3) AS km, rating, "yearsExperience" AS years,
       json_array_length("sampleWorks") AS works, total
FROM tailor_search(12.9716, 77.5946, max_distance_km => 10, page_size => 5);
