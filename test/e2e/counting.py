"""Writers that count tailors, users and works upwards, and readers that know by this how old an answer is."""

import contextlib
import http.client
import json
import random
import threading
import time

TAILORS = 6
PAUSE = 4  # seconds between the writers' bursts: so old is an answer that has missed a change
PLACES = [(10.0, 10.0), (10.0, 10.5)]  # 55 km apart
PATHS = [f"/api/tailors?lat={lat}&lng={lng}&maxDistance=5" for lat, lng in PLACES]
PATHS += [f"/api/tailors/t{i}" for i in range(TAILORS)]
SETUP = (
    'TRUNCATE "User" CASCADE',
    "CALL tailor_search_setup(notify_changes => true)",
    "INSERT INTO \"User\" (id, email, password, name, \"updatedAt\") SELECT 'u' || i, i, '', 0, now() FROM generate_series(0, 5) i",
    'INSERT INTO "Tailor" (id, "userId", latitude, longitude, "updatedAt") SELECT \'t\' || i, \'u\' || i, 10, 10, now() FROM generate_series(0, 5) i',
    "INSERT INTO \"SampleWork\" (id, \"tailorId\", \"imageUrl\", description, \"updatedAt\") SELECT 'w' || i, 't' || i, '', 0, now() FROM generate_series(0, 5) i",
)
UPDATES = {
    "row": 'UPDATE "Tailor" SET rating = %(n)s, latitude = %(lat)s, longitude = %(lng)s WHERE id = \'t%(i)s\'',
    "user": "UPDATE \"User\" SET name = %(n)s WHERE id = 'u%(i)s'",
    "work": "UPDATE \"SampleWork\" SET description = %(n)s WHERE id = 'w%(i)s'",
}


def place_of(count):
    """Where a tailor is when it has been counted up to this."""
    return count // 5 % len(PLACES)


class Counts:
    """When each count was known to be committed."""

    def __init__(self):
        self.times = [time.monotonic()]  # 0: from the beginning

    def age(self, seen, asked):
        """How long before `asked` the count `seen` had been replaced; 0 if it had not."""
        return max(0, asked - self.times[seen + 1]) if seen + 1 < len(self.times) else 0

    def age_elsewhere(self, place, asked):
        """The same for an answer that does not show the tailor at that place: the latest count elsewhere."""
        count = len(self.times)  # the next one may be committed already
        while count > 0 and place_of(count) == place:
            count -= 1
        return self.age(count, asked)


class Run:
    """Writers and readers at work, and what they saw."""

    def __init__(self, database, frontends):
        self.counts = [{what: Counts() for what in UPDATES} for _ in range(TAILORS)]
        self.oldest = 0
        self.changes = 0
        self.statuses = {}  # of answers: HTTP's, and how the cache came by them
        self.errors = []
        self.ended = threading.Event()
        jobs = [(self.write, database, first) for first in range(2)] + [(self.read, each) for each in frontends * 2]
        self.threads = [threading.Thread(target=self.run, args=job) for job in jobs]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()
        assert not self.errors, self.errors

    def run(self, job, *arguments):
        try:
            job(*arguments)
        except Exception as error:  # told by the thread that waits
            self.errors.append(error)
            self.ended.set()

    def write(self, database, first):
        """Alone with every other tailor, so that counts go up one by one. In bursts: what an answer has missed
        is not covered up by the next change, but shows in the pause after."""
        with contextlib.closing(database.session()) as session:
            session.autocommit = True
            cursor = session.cursor()
            while not self.ended.is_set():
                for i in [*range(first, TAILORS, 2)] * 8:
                    what = random.choice(list(UPDATES))
                    counts = self.counts[i][what].times
                    lat, lng = PLACES[place_of(len(counts))]
                    cursor.execute(UPDATES[what], {"n": len(counts), "i": i, "lat": lat, "lng": lng})
                    counts.append(time.monotonic())
                    self.changes += 1
                    time.sleep(random.uniform(0, 0.04))
                self.ended.wait(PAUSE)

    def read(self, frontend):
        connection = http.client.HTTPConnection("127.0.0.1", frontend.port, timeout=60)
        while not self.ended.is_set():
            key = random.randrange(len(PATHS))
            asked = time.monotonic()
            connection.request("GET", PATHS[key])
            response = connection.getresponse()
            body = response.read()
            status = f"{response.status} {response.headers.get('Cache-Status', '').split(' ', 1)[-1]}"
            self.statuses[status] = self.statuses.get(status, 0) + 1
            assert response.status == 200, body
            self.oldest = max(self.oldest, self.age(key, json.loads(body)["data"], asked))
            time.sleep(0.001)
        connection.close()

    def age(self, key, data, asked):
        if key >= len(PLACES):
            return self.age_of(data, asked)
        shown = {int(row["id"][1:]) for row in data}
        absent = [self.counts[i]["row"].age_elsewhere(key, asked) for i in range(TAILORS) if i not in shown]
        return max(absent + [self.age_of(row, asked) for row in data])

    def age_of(self, row, asked):
        counts = self.counts[int(row["id"][1:])]
        seen = {"row": int(row["rating"]), "user": int(row["user"]["name"]), "work": int(row["sampleWorks"][0]["description"])}
        return max(counts[what].age(seen[what], asked) for what in seen)

    def served(self, beginning):
        """How many answers the cache came by like this."""
        return sum(count for status, count in list(self.statuses.items()) if status.split(" ", 1)[1].startswith(beginning))
