"""What the answer to a search must be: the plain PostGIS query, written by hand, and nothing of the extension's."""

MATCHES = """
WITH centre AS (SELECT ST_SetSRID(ST_MakePoint(%(lng)s::float8, %(lat)s::float8), 4326)::geography AS c), matches AS (
  SELECT t.*, ST_Distance(t."locationPoint", c) / 1000 AS distance FROM "Tailor" t, centre
  WHERE CASE WHEN %(west)s::float8 IS NULL THEN ST_DWithin(t."locationPoint", c, %(max_distance_km)s::float8 * 1000)
             WHEN %(west)s::float8 <= %(east)s::float8
             THEN t.latitude BETWEEN %(south)s AND %(north)s AND t.longitude BETWEEN %(west)s AND %(east)s
             ELSE t.latitude BETWEEN %(south)s AND %(north)s AND (t.longitude >= %(west)s OR t.longitude <= %(east)s) END
  UNION ALL
  SELECT t.*, NULL FROM "Tailor" t
  WHERE %(include_unlocated)s AND (t."locationPoint" IS NULL OR ST_IsEmpty(t."locationPoint"::geometry))
), filtered AS (
  SELECT * FROM matches
  WHERE (%(skills)s::text[] IS NULL OR CASE %(skill_match)s WHEN 'any' THEN skills && %(skills)s ELSE skills @> %(skills)s END)
    AND (%(min_experience)s::int IS NULL OR "yearsExperience" >= %(min_experience)s)
    AND (%(max_experience)s::int IS NULL OR "yearsExperience" <= %(max_experience)s)
    AND (%(min_rating)s::float8 IS NULL OR rating >= %(min_rating)s::float8)
)
"""
TIME = """to_char(%s, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
TAILOR = ("id userId location latitude longitude skills yearsExperience profilePhoto contactPhone contactEmail rating"
          " reviewCount createdAt updatedAt").split()
COLUMNS = ", ".join(TIME % f'p."{name}"' if name in ("createdAt", "updatedAt") else f'p."{name}"' for name in TAILOR)
RELATIONS = f"""
  (SELECT json_build_object('id', u.id, 'name', u.name, 'email', u.email) FROM "User" u WHERE u.id = p."userId"),
  (SELECT coalesce(json_agg(json_build_object('id', w.id, 'imageUrl', w."imageUrl", 'description', w.description,
                                              'createdAt', {TIME % 'w."createdAt"'})), '[]')
   FROM (SELECT * FROM "SampleWork" w WHERE w."tailorId" = p.id ORDER BY w."createdAt" DESC, w.id LIMIT %(sample_works)s) w)
"""
ORDERS = {
    "distance": "distance ASC NULLS LAST, id",
    "experience": '"yearsExperience" DESC NULLS LAST, distance ASC NULLS LAST, id',
    "rating": "rating DESC, distance ASC NULLS LAST, id",
}


def plain_answer(cursor, request):
    """(total, tailors), each tailor as the JSON document has it."""
    values = {**request.values, **request.centre, "offset": (request.values["page"] - 1) * request.values["page_size"]}
    cursor.execute(MATCHES + "SELECT count(*) FROM filtered", values)
    total = cursor.fetchone()[0]
    if values["nearest"]:
        total = min(total, values["nearest"])
    order = ORDERS[values["sort_by"]]
    cursor.execute(f"""{MATCHES} SELECT {COLUMNS}, p.distance, {RELATIONS}
        FROM (SELECT * FROM filtered ORDER BY {order} LIMIT %(page_size)s OFFSET %(offset)s) p ORDER BY {order}""", values)
    return total, [dict(zip(TAILOR + ["distance", "user", "sampleWorks"], row)) for row in cursor]
