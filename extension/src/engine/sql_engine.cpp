#include "src/engine/sql_engine.hpp"

#include <algorithm>
#include <cmath>

#include "core/clusters_sql.hpp"
#include "core/facets_sql.hpp"
#include "core/search_sql.hpp"
#include "src/boundary.hpp"
#include "src/engine/cluster_counts.hpp"
#include "src/postgis/geography_point.hpp"
#include "src/postgis/postgis.hpp"

namespace tailor::sql_engine {
namespace {

enum class Statement { search, facets, clusters, by_id };

const char* write_sql(const Binding& binding, Statement statement, const SearchShape& shape) {
  const Relations& relations = binding.relations;
  const char* tailor = qualified_name(relations.tailor);
  const char* user = qualified_name(relations.user);
  const char* work = qualified_name(relations.sample_work);
  const char* postgis = postgis_schema();
  const HiddenFields hidden = relations.hidden;
  const bool foreign = binding.has_foreign_partition;
  return guarded([=] {
    const SqlNames names{.tailor = tailor,
                         .user = user,
                         .sample_work = work,
                         .postgis_schema = postgis,
                         .hidden = hidden,
                         .has_foreign_partition = foreign};
    if (statement == Statement::facets) return palloc_copy(facets_sql(names, shape));
    if (statement == Statement::clusters) return palloc_copy(clusters_sql(names, shape));
    return palloc_copy(statement == Statement::search ? search_sql(names, shape) : by_id_sql(names));
  });
}

// The plan is kept beyond the transaction and belongs to the binding.
SPIPlanPtr prepare(const char* sql, int parameters, Oid* types) {
  SPIPlanPtr plan = SPI_prepare(sql, parameters, types);
  if (plan == nullptr) elog(ERROR, "tailor_search: SPI_prepare: %s", SPI_result_code_string(SPI_result));
  if (SPI_keepplan(plan) != 0) elog(ERROR, "tailor_search: SPI_keepplan failed");
  return plan;
}

SPIPlanPtr& kept_plan(Binding& binding, Statement statement, const SearchShape& shape) {
  if (statement == Statement::facets) return binding.facet_plans[shape.index()];
  if (statement == Statement::clusters) return binding.cluster_plans[shape.index()];
  return binding.search_plans[shape.index()];
}

SPIPlanPtr search_plan(Binding& binding, Statement statement, const SearchShape& shape) {
  SPIPlanPtr& plan = kept_plan(binding, statement, shape);
  if (plan == nullptr) {
    Oid types[kSearchParameters];
    types[kCenter] = geography_type();
    types[kMetres] = types[kMinRating] = FLOAT8OID;
    types[kAround] = geography_type();
    types[kAfterKey] = types[kAfterDistance] = FLOAT8OID;
    types[kAfterId] = TEXTOID;
    types[kWest] = types[kSouth] = types[kEast] = types[kNorth] = FLOAT8OID;
    types[kLimit] = types[kOffset] = types[kSampleWorks] = INT8OID;
    types[kSkills] = TEXTARRAYOID;
    types[kMinExperience] = types[kMaxExperience] = INT4OID;
    plan = prepare(write_sql(binding, statement, shape), kSearchParameters, types);
  }
  return plan;
}

SPIPlanPtr by_id_plan(Binding& binding) {
  if (binding.by_id_plan == nullptr) {
    Oid types[] = {TEXTOID};
    binding.by_id_plan = prepare(write_sql(binding, Statement::by_id, {}), 1, types);
  }
  return binding.by_id_plan;
}

// Read-only, so that the statement uses the calling statement's snapshot. JIT is off: a plan with a high
// estimated cost would be compiled at every call, which takes longer than the search.
//
// With partitions on other servers the statement is planned for each search: CHECK constraints leave out a
// partition only where the planner knows the area.
int begin_settings(bool plans_anew) {
  const int settings = NewGUCNestLevel();
  const auto set = [](const char* name, const char* value) {
    set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  };
  set("jit", "off");
  if (plans_anew) set("plan_cache_mode", "force_custom_plan");
  return settings;
}

void execute(SPIPlanPtr plan, Datum* values, const char* nulls, bool plans_anew = false) {
  const int settings = begin_settings(plans_anew);
  const int result = SPI_execute_plan(plan, values, nulls, true, 0);
  if (result != SPI_OK_SELECT) elog(ERROR, "tailor_search: SPI: %s", SPI_result_code_string(result));
  AtEOXact_GUC(false, settings);  // after an error the transaction's end restores them
}

void put_circle_around(const Box& box, Datum* values) {
  const BoundingCircle around = guarded([&box] { return bounding_circle(box); });
  values[kAround] = make_geography(around.centre.lat, around.centre.lng);
  values[kMetres] = Float8GetDatum(around.metres);
}

void put_edges(const Box& box, Datum* values) {
  values[kWest] = Float8GetDatum(box.west);
  values[kSouth] = Float8GetDatum(box.south);
  values[kEast] = Float8GetDatum(box.east);
  values[kNorth] = Float8GetDatum(box.north);
}

// The values of SearchParameter.
struct Parameters {
  Datum values[kSearchParameters];
  char nulls[kSearchParameters];
};

Box box_of_circle(const Request& request) {
  const LatLng centre{request.lat, request.lng};
  const double metres = request.metres();
  return guarded([=] { return box_around(centre, metres); });
}

Parameters parameters_of(const Request& request) {
  Parameters parameters;
  auto& values = parameters.values;
  auto& nulls = parameters.nulls;
  std::fill(std::begin(nulls), std::end(nulls), ' ');
  const auto unless = [&nulls](bool present, SearchParameter p) { nulls[p] = present ? ' ' : 'n'; };
  values[kCenter] = make_geography(request.lat, request.lng);
  values[kMetres] = Float8GetDatum(request.metres());
  values[kLimit] = Int64GetDatum(request.page_size);
  values[kOffset] = Int64GetDatum(request.offset());
  values[kSampleWorks] = Int64GetDatum(request.sample_works);
  values[kSkills] = PointerGetDatum(request.skills);
  unless(request.shape.skills, kSkills);
  values[kMinExperience] = Int32GetDatum(request.min_experience);
  unless(request.shape.min_experience, kMinExperience);
  values[kMaxExperience] = Int32GetDatum(request.max_experience);
  unless(request.shape.max_experience, kMaxExperience);
  values[kMinRating] = Float8GetDatum(request.min_rating);
  unless(request.shape.min_rating, kMinRating);
  unless(request.shape.box, kAround);
  if (request.shape.box) put_circle_around(request.box, values);
  put_edges(request.shape.box ? request.box : box_of_circle(request), values);
  const Cursor& after = request.after;
  values[kAfterKey] = Float8GetDatum(after.key);
  unless(after.has_key, kAfterKey);
  values[kAfterDistance] = Float8GetDatum(after.kilometres);
  unless(after.located, kAfterDistance);
  values[kAfterId] = PointerGetDatum(after.id);
  unless(after.id != nullptr, kAfterId);
  return parameters;
}

void execute_search(Binding& binding, Statement statement, const SearchShape& shape, const Request& request) {
  Parameters parameters = parameters_of(request);
  execute(search_plan(binding, statement, shape), parameters.values, parameters.nulls,
          binding.has_foreign_partition);
}

// A row of the result. Values that are used later are copied to the caller's memory context.
class ResultRow {
 public:
  explicit ResultRow(uint64 number)
      : tuple_(SPI_tuptable->vals[number]), descriptor_(SPI_tuptable->tupdesc) {}

  Datum get(int column, bool& null) const { return SPI_getbinval(tuple_, descriptor_, column + 1, &null); }

  bool is_null(int column) const {
    bool null = false;
    get(column, null);
    return null;
  }

  int64 integer(int column) const {
    bool null = false;
    return DatumGetInt64(get(column, null));
  }

  template <std::size_t N>
  void copy_columns(int first, Values<N>& to) const {
    for (int i = 0; i < static_cast<int>(N); ++i) {
      const Datum value = get(first + i, to.null[i]);
      const Form_pg_attribute attribute = TupleDescAttr(descriptor_, first + i);
      if (!to.null[i]) to.value[i] = SPI_datumTransfer(value, attribute->attbyval, attribute->attlen);
    }
  }

 private:
  HeapTuple tuple_;
  TupleDesc descriptor_;
};

Tailor* read_tailor(const ResultRow& row) {
  auto* tailor = static_cast<Tailor*>(SPI_palloc(sizeof(Tailor)));
  row.copy_columns(RowLayout::tailor, tailor->columns);
  row.copy_columns(RowLayout::user, tailor->user);
  bool unlocated = false;
  const Datum distance = row.get(RowLayout::distance, unlocated);
  tailor->located = !unlocated;
  tailor->distance_km = unlocated ? 0 : DatumGetFloat8(distance);
  tailor->works = NIL;
  return tailor;
}

SampleWork* read_work(const ResultRow& row) {
  auto* work = static_cast<SampleWork*>(SPI_palloc(sizeof(SampleWork)));
  row.copy_columns(RowLayout::sample_work, *work);
  return work;
}

List* append(List* list, void* item, MemoryContext owner) {
  MemoryContext before = MemoryContextSwitchTo(owner);
  list = lappend(list, item);
  MemoryContextSwitchTo(before);
  return list;
}

// Groups the rows, one for each tailor and sample work, into tailors with their works.
Answer read_answer(MemoryContext owner, const Request* request = nullptr) {
  Answer answer{};
  Tailor* tailor = nullptr;
  int64 ordinal = 0, remaining = -1;  // without a cursor
  for (uint64 i = 0; i < SPI_processed; ++i) {
    CHECK_FOR_INTERRUPTS();
    const ResultRow row(i);
    answer.total = row.integer(RowLayout::total);
    if (i == 0 && !row.is_null(RowLayout::remaining)) remaining = row.integer(RowLayout::remaining);
    if (row.is_null(RowLayout::ordinal)) break;  // an empty page has one row with the total alone
    if (tailor == nullptr || row.integer(RowLayout::ordinal) != ordinal) {
      ordinal = row.integer(RowLayout::ordinal);
      tailor = read_tailor(row);
      answer.tailors = append(answer.tailors, tailor, owner);
    }
    if (!row.is_null(RowLayout::has_work)) tailor->works = append(tailor->works, read_work(row), owner);
  }
  if (request == nullptr) return answer;
  if (remaining < 0) remaining = answer.total - request->offset();
  answer.more = remaining > request->page_size;
  return answer;
}

text* copy_text(Datum value) {
  const text* packed = DatumGetTextPP(value);
  auto* copy = static_cast<text*>(SPI_palloc(VARSIZE_ANY(packed)));
  memcpy(copy, packed, VARSIZE_ANY(packed));
  return copy;
}

void put_facet(const ResultRow& row, Facets& facets) {
  const int64 tailors = row.integer(FacetRow::tailors);
  bool null = false;
  const int32 number = DatumGetInt32(row.get(FacetRow::number, null));
  switch (DatumGetInt32(row.get(FacetRow::facet, null))) {
    case kRatingFacet:
      facets.at_least_stars[number - 1] = tailors;
      break;
    case kExperienceFacet:
      facets.experience[number] = tailors;
      break;
    default: {
      facets.skills[facets.skill_count++] = {copy_text(row.get(FacetRow::skill, null)), tailors};
      facets.other_skills = row.integer(FacetRow::skills) - facets.skill_count;
    }
  }
}

void add_to_cluster(const ResultRow& row, ClusterCounts& counts) {
  bool null = false;
  const GeographyPoint at = read_geography_point(row.get(ClusterRow::point, null));
  if (at.kind != PointKind::point || !std::isfinite(at.lat) || !std::isfinite(at.lng))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("clusters need points"),
                    errhint("Declare the column as geography(Point,4326).")));
  ClusterTally& tally = counts.add(leaf_cell(at.lat, at.lng));
  if (tally.count > 1) return;
  const Datum id = row.get(ClusterRow::id, null);
  if (!null) tally.id = copy_text(id);
}

}  // namespace

Answer search(Binding& binding, const Request& request) {
  MemoryContext owner = CurrentMemoryContext;
  SPI_connect();
  execute_search(binding, Statement::search, request.shape, request);
  const Answer answer = read_answer(owner, &request);
  SPI_finish();
  return answer;
}

Facets* count_facets(Binding& binding, const Request& request) {
  auto* facets = static_cast<Facets*>(palloc0(sizeof(Facets)));
  facets->skills = static_cast<SkillFacet*>(palloc(sizeof(SkillFacet) * kMostFacetSkills));
  SPI_connect();
  execute_search(binding, Statement::facets, request.shape.unordered(), request);
  for (uint64 i = 0; i < SPI_processed; ++i) put_facet(ResultRow(i), *facets);
  SPI_finish();
  return facets;
}

// The rows are read in steps, as an area may have millions.
Clusters* count_clusters(Binding& binding, const Request& request) {
  constexpr long kStep = 1000;
  ClusterCounts counts(request.zoom);
  SPI_connect();
  Parameters parameters = parameters_of(request);
  SPIPlanPtr plan = search_plan(binding, Statement::clusters, request.shape.unordered());
  const int settings = begin_settings(binding.has_foreign_partition);
  Portal rows = SPI_cursor_open(nullptr, plan, parameters.values, parameters.nulls, true);
  do {
    SPI_cursor_fetch(rows, true, kStep);
    for (uint64 i = 0; i < SPI_processed; ++i) add_to_cluster(ResultRow(i), counts);
    SPI_freetuptable(SPI_tuptable);
  } while (SPI_processed > 0);
  SPI_cursor_close(rows);
  AtEOXact_GUC(false, settings);
  SPI_finish();
  return counts.finish([](const ClusterTally& tally) { return tally.id; });
}

Tailor* by_id(Binding& binding, Datum id) {
  MemoryContext owner = CurrentMemoryContext;
  SPI_connect();
  Datum values[] = {id};
  execute(by_id_plan(binding), values, nullptr);
  const Answer answer = read_answer(owner);
  SPI_finish();
  return answer.tailors == NIL ? nullptr : static_cast<Tailor*>(linitial(answer.tailors));
}

}  // namespace tailor::sql_engine
