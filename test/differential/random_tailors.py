"""Random tailors where searches are hard: at one point, within centimetres, on a grid, at the poles, around ±180°, and nowhere."""

import random

from psycopg2.extras import execute_values

SKILLS = ["HEMMING", "STITCHING", "BRIDAL_WORK", 'qu"ote', "back\\slash", "ಹೊಲಿಗೆ", "a,b", "NULL", ""]
BENGALURU = (12.9716, 77.5946)
ID_LETTERS = "abcxyzABCXYZ019_é"


def degrees(latitude, longitude):
    """Back onto the globe: over a pole and around the date line."""
    if abs(latitude) > 90:
        latitude, longitude = (180 if latitude > 0 else -180) - latitude, longitude + 180
    if abs(longitude) > 180:
        longitude -= 360 if longitude > 0 else -360
    return latitude, longitude


def around(rng, centre, spread):
    return degrees(rng.gauss(centre[0], spread), rng.gauss(centre[1], spread))


PLACES = {
    "city": lambda rng: around(rng, BENGALURU, 0.2),
    "one point": lambda rng: BENGALURU,
    "within centimetres": lambda rng: around(rng, BENGALURU, 10 ** rng.uniform(-10, -6)),
    "grid": lambda rng: (13 + rng.randint(-4, 4) / 50, 77.6 + rng.randint(-4, 4) / 50),
    "symmetric": lambda rng: (rng.choice((-1, 1)) * 0.1, rng.choice((-1, 1)) * 0.1),
    "north pole": lambda rng: degrees(90 - abs(rng.gauss(0, 0.3)), rng.uniform(-180, 180)),
    "south pole": lambda rng: (-90 + rng.choice((0, 0, 0.01, 0.1)), float(rng.randint(-180, 180))),
    "date line": lambda rng: degrees(rng.gauss(-17, 0.2), rng.choice((180, -180, 179.9, -179.9)) + rng.choice((0, rng.gauss(0, 0.1)))),
    "anywhere": lambda rng: (rng.uniform(-90, 90), rng.uniform(-180, 180)),
    "nowhere": lambda rng: None,
}


def random_id(rng):
    return "c" + "".join(rng.choices(ID_LETTERS, k=12))


def random_skills(rng):
    return rng.choice((None, [], rng.sample(SKILLS, rng.randint(1, 4)), rng.sample(SKILLS, 2), [rng.choice(SKILLS), None]))


def random_time(rng):
    return f"2024-01-0{rng.randint(1, 3)} 10:00:00.{rng.choice((0, 1, 999)):03}"


def random_tailor(rng, place):
    where = PLACES[place](rng)
    latitude, longitude = where or (None, None)
    point = f"SRID=4326;POINT({longitude!r} {latitude!r})" if where else rng.choice((None, "SRID=4326;POINT EMPTY"))
    years = rng.choice((None, 0, 1, 2, 5, 5, 10, 40))
    contact = rng.choice((None, "", 'q"\\\n\t\u0001', "🧵"))
    user = random_id(rng)
    return {
        "user": (user, user + "@example.com", "secret", rng.choice((None, "", "O'Hara \\ \"x\"")), "2024-01-01"),
        "tailor": (random_id(rng), user, contact, latitude, longitude, random_skills(rng), years, contact, contact, contact,
                   rng.randint(0, 50) / 10, rng.randint(0, 3), random_time(rng), random_time(rng), point),
        "works": rng.choice((0, 0, 1, 2, 3, 7)),
    }


def partition(cursor):
    """Partitions the empty table of tailors by hash: one partition has other numbers for its columns, one has partitions by rating."""
    cursor.execute("""
        ALTER TABLE "SampleWork" DROP CONSTRAINT "SampleWork_tailorId_fkey";
        ALTER TABLE "Tailor" RENAME TO plain;
        CREATE TABLE "Tailor" (LIKE plain INCLUDING DEFAULTS) PARTITION BY HASH (id);
        CREATE TABLE h0 PARTITION OF "Tailor" FOR VALUES WITH (MODULUS 3, REMAINDER 0);
        CREATE TABLE h1 (gone int, LIKE plain INCLUDING DEFAULTS);
        ALTER TABLE h1 DROP gone, DROP skills, DROP id, DROP "locationPoint";
        ALTER TABLE h1 ADD "locationPoint" geography(Point,4326), ADD id text NOT NULL, ADD skills text[];
        ALTER TABLE "Tailor" ATTACH PARTITION h1 FOR VALUES WITH (MODULUS 3, REMAINDER 1);
        CREATE TABLE h2 PARTITION OF "Tailor" FOR VALUES WITH (MODULUS 3, REMAINDER 2) PARTITION BY RANGE (rating);
        CREATE TABLE low PARTITION OF h2 FOR VALUES FROM (MINVALUE) TO (2);
        CREATE TABLE high PARTITION OF h2 DEFAULT;
        DROP TABLE plain;
        CREATE INDEX ON "Tailor" USING gist ("locationPoint")""")


def fill(cursor, seed, count=300):
    """Fills the three empty tables; the same rows for the same seed."""
    cursor.execute("SELECT format('ALTER DATABASE %I SET tailor_search.max_box_km = 20037.6', current_database())")
    cursor.execute(cursor.fetchone()[0])  # for the sessions that begin afterwards
    rng = random.Random(seed)
    places = rng.sample(sorted(PLACES), rng.randint(2, len(PLACES))) + ["grid", "nowhere", "one point", "within centimetres"]
    tailors = [random_tailor(rng, rng.choice(places)) for _ in range(count)]
    works = [(random_id(rng), tailor["tailor"][0], "https://example.com/" + str(number), rng.choice((None, "", "w\\\"")), random_time(rng), "2024-01-01")
             for tailor in tailors for number in range(tailor["works"])]
    execute_values(cursor, 'INSERT INTO "User" (id, email, password, name, "updatedAt") VALUES %s', [t["user"] for t in tailors])
    execute_values(cursor, 'INSERT INTO "Tailor" VALUES %s', [t["tailor"] for t in tailors],
                   template="(%s, %s, %s, %s, %s, %s::text[], %s, %s, %s, %s, %s, %s, %s, %s, %s::geography)")
    execute_values(cursor, 'INSERT INTO "SampleWork" VALUES %s', works)
    cursor.execute("ANALYZE")
