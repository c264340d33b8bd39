#include "src/settings.hpp"

#include "src/boundary.hpp"
#include "src/postgres.hpp"

namespace tailor::settings {

char* tailor_table = nullptr;
char* user_table = nullptr;
char* sample_work_table = nullptr;
double max_distance_km = 0;
double max_box_km = 0;
int max_skills = 0;
HiddenFields hidden;
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

char* hidden_fields = nullptr;

// What a check hook hands to the assign hook.
void* allocate_extra(std::size_t bytes) {
#if PG_VERSION_NUM >= 160000
  return guc_malloc(LOG, bytes);
#else
  return malloc(bytes);
#endif
}

bool check_hidden_fields(char** value, void** extra, GucSource) {
  HiddenFields fields;
  const char* text = *value;
  const char* unknown = guarded([text, &fields] {
    const std::string_view name = parse_hidden_fields(text, fields);
    return name.empty() ? nullptr : palloc_copy(name);
  });
  if (unknown != nullptr) {
    GUC_check_errdetail("\"%s\" is not a field that can be hidden.", unknown);
    GUC_check_errhint("Fields that can be hidden: %s.",
                      guarded([] { return palloc_copy(hideable_fields()); }));
    return false;
  }
  *extra = allocate_extra(sizeof fields);
  if (*extra == nullptr) return false;
  memcpy(*extra, &fields, sizeof fields);
  return true;
}

void assign_hidden_fields(const char*, void* extra) {
  memcpy(&hidden, extra, sizeof hidden);
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
  // These protect the server and what it may show, so they are not the caller's to change.
  DefineCustomRealVariable("tailor_search.max_distance_km",
                           "Largest radius that a search may ask for, in km.", nullptr, &max_distance_km, 100,
                           0.001, kFarthestKm, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomRealVariable(
      "tailor_search.max_box_km", "How far a box may reach from the centre of its search, in km.",
      "Beyond some 9000 km many tailors are ordered by exact distances, which takes long.", &max_box_km, 5000,
      0.001, kFarthestKm, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomIntVariable("tailor_search.max_skills", "Most skills that a search may name.",
                          "Each is compared with each skill of every tailor in the radius.", &max_skills, 100,
                          1, 10000, PGC_SUSET, 0, nullptr, nullptr, nullptr);
  DefineCustomStringVariable("tailor_search.hidden_fields", "Fields that are left out of answers.",
                             "A list such as 'contactEmail, contactPhone, user.email'. They are absent from "
                             "JSON and NULL in rows, and their columns are not read.",
                             &hidden_fields, "", PGC_SUSET, 0, check_hidden_fields, assign_hidden_fields,
                             nullptr);
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
