"""Tables without constraints: with any collation and index, with NULL, and with empty and long texts."""

from psycopg2.extras import execute_values

DETERMINISTIC = ("default", "C", "en-x-icu", "de-x-icu")
COLLATIONS = DETERMINISTIC + ("loose",)
TABLES = """
CREATE COLLATION IF NOT EXISTS loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE "Tailor" (id text COLLATE "{tailor_id}", "userId" text COLLATE "{user_id_of_tailor}", location text, latitude float8, longitude float8,
  skills text[] COLLATE "{skills}", "yearsExperience" int, "profilePhoto" text, "contactPhone" text, "contactEmail" text, rating float8,
  "reviewCount" int, "createdAt" timestamp, "updatedAt" timestamp, "locationPoint" geography(Point, 4326));
CREATE TABLE "User" (id text COLLATE "{user_id}", name text, email text, "createdAt" timestamp);
CREATE TABLE "SampleWork" (id text COLLATE "{work_id}", "tailorId" text COLLATE "{tailor_id_of_work}", "imageUrl" text, description text,
  "createdAt" timestamp);
CREATE INDEX ON "Tailor" USING gist ("locationPoint");
"""
COVERING_INDEXES = tuple(f'CREATE INDEX ON "Tailor" (tailor_cell("locationPoint"){columns})' for columns in
                         (', "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C"', ', tailor_indexed_skills(skills), rating) INCLUDE ("yearsExperience"',
                          ') INCLUDE ("yearsExperience", rating, skills', ') INCLUDE (rating, "yearsExperience"'))
# One of each is made. What they leave out is NULLS FIRST, DESC and INCLUDE in every mixture.
USER_INDEXES = ('CREATE INDEX ON "User" (id)', 'CREATE INDEX ON "User" (id DESC)', 'CREATE INDEX ON "User" (id NULLS FIRST) INCLUDE (name, email)',
                'CREATE INDEX ON "User" (id COLLATE "C")', 'CREATE INDEX ON "User" (id text_pattern_ops)')
WORK_INDEXES = ('CREATE INDEX ON "SampleWork" ("tailorId")', 'CREATE INDEX ON "SampleWork" ("tailorId" COLLATE "C")',
                'CREATE INDEX ON "SampleWork" ("tailorId", "createdAt" DESC)', 'CREATE INDEX ON "SampleWork" ("tailorId", "createdAt" DESC NULLS LAST)',
                'CREATE INDEX ON "SampleWork" ("tailorId" DESC, "createdAt" DESC) INCLUDE (id, "imageUrl", description)')
SKILLS = ["Hemming", "HEMMING", "hemming", "éclair", "", "x" * 300, "x" * 2100]


def random_collations(rng):
    """Mostly those that the native engine serves: no two collations of their own in one comparison."""
    if rng.random() < 0.3:
        return {name: rng.choice(COLLATIONS) for name in ("tailor_id", "user_id_of_tailor", "skills", "user_id", "work_id", "tailor_id_of_work")}
    tailor, user = rng.choice(DETERMINISTIC), rng.choice(DETERMINISTIC)
    return {"tailor_id": tailor, "tailor_id_of_work": rng.choice((tailor, "default")), "user_id": user, "user_id_of_tailor": rng.choice((user, "default")),
            "work_id": rng.choice(DETERMINISTIC), "skills": rng.choice(COLLATIONS)}


def random_id(rng):
    letters = rng.choice(("ab", "aAbB", "aáAÁ-_", "xyz019"))
    return rng.choice((None, "", "a" * 2500 + rng.choice(letters), "".join(rng.choices(letters, k=rng.randint(1, 4)))))


def fill(cursor, rng, count):
    ids = [random_id(rng) for _ in range(count)]
    users = [random_id(rng) for _ in range(count)]
    tailors = []
    for number, key in enumerate(ids):
        # Distances differ where order would otherwise be left open: by NULL, or by ids that are equal.
        point = None if rng.random() < 0.1 else f"SRID=4326;POINT({number / 1000} {rng.choice((0, 0, 0.001))})"
        skills = rng.choice((None, [], rng.sample(SKILLS, 2), [rng.choice(SKILLS), None], [None]))
        tailors.append((key, rng.choice(users), rng.choice((None, "", "q\"\\\n", "l" * 3000)), skills, rng.choice((None, 0, 5, 10)),
                        rng.choice((None, 0, 2.5, 5, float("nan"))), rng.choice((None, "2024-01-01", "infinity")), point))
    execute_values(cursor, 'INSERT INTO "Tailor" (id, "userId", location, skills, "yearsExperience", rating, "createdAt", "locationPoint") VALUES %s',
                   tailors, template="(%s, %s, %s, %s::text[], %s, %s, %s::timestamp, %s::geography)")
    # One user an id, whatever the collation; the works of one tailor and date have ids of their own.
    known = {user.lower(): user for user in users if user is not None}.values()
    execute_values(cursor, 'INSERT INTO "User" VALUES %s', [(user, rng.choice((None, "", "n" * 3000)), rng.choice((None, "e")), None) for user in known])
    works = [(rng.choice(("", "", "a" * 2500)) + f"{rng.choice('aBcDé-')}{number}", rng.choice(ids), rng.choice((None, "u")), rng.choice((None, "d" * 3000)),
              rng.choice((None, "2024-01-01", "2024-01-02", "-infinity"))) for number in range(2 * count)]
    works += [(None, key, None, None, f"2025-01-01 00:00:{number % 60:02}.{number:03}") for number, key in enumerate(ids)]
    execute_values(cursor, 'INSERT INTO "SampleWork" VALUES %s', works)
