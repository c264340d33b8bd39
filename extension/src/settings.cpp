#include "src/settings.hpp"

#include "src/postgres.hpp"

namespace tailor::settings {

char* tailor_table = nullptr;
char* user_table = nullptr;
char* sample_work_table = nullptr;
double max_distance_km = 0;
int max_skills = 0;
int engine = kAuto;
int index_access = kFastest;

namespace {

// Half the equator: no two points are further apart.
constexpr double kFarthestKm = 20037.6;

constexpr const char* kRelationHint =
    "An SQL name, found on the search_path unless schema-qualified; Prisma's names need double quotes.";

void define_relation(const char* name, const char* what, char** value, const char* initial) {
  DefineCustomStringVariable(name, what, kRelationHint, value, initial, PGC_USERSET, 0, nullptr, nullptr,
                             nullptr);
}

const config_enum_entry kEngines[] = {
    {"auto", kAuto, false}, {"native", kNative, false}, {"sql", kSql, false}, {nullptr, 0, false}};

const config_enum_entry kIndexAccesses[] = {{"auto", kFastest, false},
                                            {"am", kAccessMethod, false},
#ifdef TAILOR_NBTREE_SCAN
                                            {"nbtree", kNbtree, false},
#endif
                                            {nullptr, 0, false}};

}  // namespace

void define() {
  define_relation("tailor_search.tailor_table", "Table of tailors.", &tailor_table, "\"Tailor\"");
  define_relation("tailor_search.user_table", "Table of users.", &user_table, "\"User\"");
  define_relation("tailor_search.sample_work_table", "Table of sample works.", &sample_work_table,
                  "\"SampleWork\"");
  // These two protect the server, so they are not the caller's to change.
  DefineCustomRealVariable("tailor_search.max_distance_km",
                           "Largest radius that a search may ask for, in km.", nullptr, &max_distance_km, 100,
                           0.001, kFarthestKm, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("tailor_search.max_skills", "Most skills that a search may name.",
                          "Each is compared with each skill of every tailor in the radius.", &max_skills, 100,
                          1, 10000, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomEnumVariable(
      "tailor_search.engine", "Which engine answers a search.",
      "auto: the native engine where it is sure to give the SQL engine's answer; native: an error "
      "where it cannot; sql: always over PostGIS.",
      &engine, kAuto, kEngines, PGC_USERSET, 0, nullptr, nullptr, nullptr);
  DefineCustomEnumVariable(
      "tailor_search.index_access", "How the native engine reads indexes.",
      "am: by PostgreSQL's access methods; nbtree: it reads the pages of a B-tree itself, which is faster; "
      "auto: nbtree on the releases of PostgreSQL that it knows, else am.",
      &index_access, kFastest, kIndexAccesses, PGC_USERSET, 0, nullptr, nullptr, nullptr);
#if PG_VERSION_NUM >= 150000
  MarkGUCPrefixReserved("tailor_search");
#else
  EmitWarningsOnPlaceholders("tailor_search");
#endif
}

}  // namespace tailor::settings
