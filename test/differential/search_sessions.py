"""Sessions that search in one way, over tables that random tests fill."""

from amounts import amount
from ways import options_of

FIRST_SEED = amount("TAILOR_DIFFERENTIAL_SEED", 1, 1)
TABLES = amount("TAILOR_DIFFERENTIAL_TABLES", 8, 40)
COVERING_INDEX = """CREATE INDEX ON "Tailor" (tailor_cell("locationPoint"), "yearsExperience", rating, tailor_indexed_skills(skills) COLLATE "C")"""


def search_session(database, way):
    """Demands the way: an engine that cannot serve is an error. Half of the native tables' pages are all-visible."""
    searched = database.connect(options=options_of(way)).cursor()
    if way == "native":
        searched.execute(COVERING_INDEX)
        searched.execute('VACUUM "Tailor"')
        searched.execute("""UPDATE "Tailor" SET "reviewCount" = "reviewCount" + 1 WHERE ctid < '(2,1)'""")
    return searched
