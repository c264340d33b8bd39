#!/usr/bin/env python3
"""Writes N synthetic tailors with their users and sample works as COPY commands for psql. See README.md.

Tailors are made in batches, each from a seed of its own: the first rows do not depend on how many follow.
"""

import csv
import itertools
import math
import random
import signal
import struct
import sys
from datetime import datetime, timedelta
from pathlib import Path

SEED = "tailor_search 1"
BATCH = 5000
PASSWORD = "not-a-password-hash"

SKILLS = (
    "ALTERATIONS STITCHING EMBROIDERY BUTTON_WORK ZIPPER_REPAIR HEMMING CUSTOM_FITTING"
    " BRIDAL_WORK ETHNIC_WEAR WESTERN_WEAR"
).split()
FIRST_NAMES = (
    "Aarav Aisha Ana Chen Diego Elif Fatima Hana Ivan Jamal Kavya Lena Mateo Ngozi Priya Ravi Sofia Tomas Yuki Zara"
).split()
LAST_NAMES = (
    "Adeyemi Costa Das Fischer Garcia Haddad Ito Khan Kim Kumar"
    " Mehta Novak Okafor Patel Reddy Rossi Silva Singh Tran Yilmaz"
).split()
SHOPS = ("Tailors", "Bespoke", "Stitch House", "Alterations", "Boutique", "Needle & Thread")
WORKS = (
    "Wedding dress;Three-piece suit;Silk blouse;Sherwani;Hemmed trousers;Embroidered shawl;School uniform;Zip replaced"
).split(";")

COLUMNS = {
    "User": "id email password role name createdAt updatedAt",
    "Tailor": "id userId location latitude longitude skills yearsExperience profilePhoto contactPhone contactEmail"
    " rating reviewCount createdAt updatedAt locationPoint",
    "SampleWork": "id tailorId imageUrl description createdAt updatedAt",
}

YEARS_START = datetime(2023, 1, 1)
YEARS_MS = int((datetime(2026, 1, 1) - YEARS_START) / timedelta(milliseconds=1))
NULL = r"\N"
KM_PER_DEGREE = 111.2
ID_ALPHABET = bytes(b"abcdefghijklmnopqrstuvwxyz0123456789"[i % 36] for i in range(256))
EWKB_POINT_4326 = "0101000020E6100000"


class Cities:
    """The places, and a draw among them weighted by population."""

    def __init__(self):
        with open(Path(__file__).with_name("cities.csv"), encoding="utf-8", newline="") as file:
            self.rows = [
                (f"{name}, {country}", float(latitude), float(longitude), int(population))
                for name, country, latitude, longitude, population in itertools.islice(csv.reader(file), 1, None)
            ]
        self.cumulative = list(itertools.accumulate(population for *_, population in self.rows))

    def draw(self, rng, count):
        return rng.choices(self.rows, cum_weights=self.cumulative, k=count)


def ids(rng, count):
    """As Prisma's cuids look: c and 24 letters or digits."""
    text = rng.randbytes(24 * count).translate(ID_ALPHABET).decode()
    return ["c" + text[i : i + 24] for i in range(0, 24 * count, 24)]


def time_text(ms):
    return (YEARS_START + timedelta(milliseconds=ms)).isoformat(" ", "milliseconds")


def two_times(rng):
    created = int(rng.random() * YEARS_MS)
    updated = created + int(rng.random() * (YEARS_MS - created))
    return time_text(created), time_text(updated)


def place(rng, latitude, longitude, population):
    """A point near a city's centre: Gaussian, the wider the larger the city."""
    sigma = (1 + 0.004 * math.sqrt(population)) / KM_PER_DEGREE
    east = rng.gauss(0, sigma) / math.cos(math.radians(latitude))
    north = rng.gauss(0, sigma)
    latitude = max(-90.0, min(90.0, latitude + north))
    longitude = (longitude + east + 180) % 360 - 180
    return round(latitude, 6), round(longitude, 6)


def make_batch(cities, number, count):
    """The rows of one batch, by table, as lines of COPY text."""
    rng = random.Random(f"{SEED} {number}")
    tables = {table: [] for table in COLUMNS}
    user_ids, tailor_ids = ids(rng, BATCH), ids(rng, BATCH)
    places = cities.draw(rng, BATCH)
    for i in range(count):
        add_tailor(rng, tables, number * BATCH + i, user_ids[i], tailor_ids[i], places[i])
    return {table: "".join(lines) for table, lines in tables.items()}


def add_tailor(rng, tables, n, user_id, tailor_id, city):
    pick = rng.random
    location, *centre = city
    first, last = FIRST_NAMES[int(pick() * 20)], LAST_NAMES[int(pick() * 20)]
    email = f"{first}.{last}.{n}@example.com".lower()
    created, updated = two_times(rng)
    tables["User"].append(f"{user_id}\t{email}\t{PASSWORD}\tTAILOR\t{first} {last}\t{created}\t{updated}\n")

    latitude, longitude = place(rng, *centre)
    point = EWKB_POINT_4326 + struct.pack("<dd", longitude, latitude).hex()
    if pick() < 0.01:
        latitude = longitude = point = NULL
    skills = ",".join(rng.sample(SKILLS, 1 + int(pick() * 5)))
    years = int(pick() * 41) if pick() >= 0.05 else NULL
    photo = f"https://images.example.com/tailors/{n}.jpg" if pick() < 0.7 else NULL
    shop = f"{last} {SHOPS[int(pick() * len(SHOPS))]}, {location}"
    rating = int(pick() * 51) / 10
    reviews = int(pick() * pick() * 500)
    tables["Tailor"].append(
        f"{tailor_id}\t{user_id}\t{shop}\t{latitude}\t{longitude}\t{{{skills}}}\t{years}\t{photo}"
        f"\t+1 555 {n % 10000000:07d}\t{email}\t{rating}\t{reviews}\t{created}\t{updated}\t{point}\n"
    )

    for work_id in ids(rng, int(pick() * 7)):
        created, updated = two_times(rng)
        description = WORKS[int(pick() * len(WORKS))] if pick() < 0.8 else NULL
        image = f"https://images.example.com/works/{work_id}.jpg"
        tables["SampleWork"].append(f"{work_id}\t{tailor_id}\t{image}\t{description}\t{created}\t{updated}\n")


def write_batch(tables):
    for table, lines in tables.items():
        columns = ", ".join(f'"{column}"' for column in COLUMNS[table].split())
        sys.stdout.write(f'COPY "{table}" ({columns}) FROM stdin;\n{lines}\\.\n')


def show_progress(done, total):
    """A line that counts on a terminal, a line every tenth elsewhere."""
    if sys.stderr.isatty():
        print(f"\r  {done:,} of {total:,} tailors", end="\n" if done == total else "", file=sys.stderr, flush=True)
    elif done == total or done * 10 // total > (done - BATCH) * 10 // total:
        print(f"  {done:,} of {total:,} tailors", file=sys.stderr, flush=True)


def main():
    if len(sys.argv) != 2 or not sys.argv[1].isdecimal():
        sys.exit("usage: generate.py NUMBER_OF_TAILORS")
    for number in (signal.SIGINT, signal.SIGPIPE):  # interrupted, or psql gave up: it has said why
        signal.signal(number, signal.SIG_DFL)
    sys.stdout.reconfigure(encoding="utf-8")
    total = int(sys.argv[1])
    cities = Cities()
    for number, start in enumerate(range(0, total, BATCH)):
        count = min(BATCH, total - start)
        write_batch(make_batch(cities, number, count))
        show_progress(start + count, total)


if __name__ == "__main__":
    main()
