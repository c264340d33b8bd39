#include "area_sql.hpp"

namespace tailor {
namespace {

// Coordinates within the edges of kWest to kNorth, across the antimeridian where west > east.
std::string between_edges(const std::string& lat, const std::string& lng) {
  const std::string east_of_west = compare(lng, ">=", parameter(kWest));
  const std::string west_of_east = compare(lng, "<=", parameter(kEast));
  return "\n    AND " + compare(lat, ">=", parameter(kSouth)) + " AND " +
         compare(lat, "<=", parameter(kNorth)) + "\n    AND (" + east_of_west + " AND " + west_of_east +
         " OR " + compare(parameter(kWest), ">", parameter(kEast)) + " AND (" + east_of_west + " OR " +
         west_of_east + "))";
}

// The point's coordinates within the box. The circle around it, before, can use the GiST index.
std::string in_box(const SqlNames& names) {
  const auto coordinate = [&names](const char* function) {
    return names.postgis_schema + "." + function + "(t.\"locationPoint\"::" + names.postgis_schema +
           ".geometry)";
  };
  return between_edges(coordinate("ST_Y"), coordinate("ST_X"));
}

}  // namespace

std::string parameter(SearchParameter p) {
  return "$" + std::to_string(static_cast<int>(p) + 1);
}

std::string compare(const std::string& left, const char* op, const std::string& right) {
  return left + " OPERATOR(pg_catalog." + op + ") " + right;
}

std::string is_in_area(const SqlNames& names, const SearchShape& shape) {
  return names.postgis_schema + ".ST_DWithin(t.\"locationPoint\", " +
         parameter(shape.box ? kAround : kCenter) + ", " + parameter(kMetres) + ")" +
         (shape.box ? in_box(names) : "") +
         (names.has_foreign_partition ? between_edges("t.\"latitude\"", "t.\"longitude\"") : "");
}

std::string is_unlocated(const SqlNames& names) {
  return "(t.\"locationPoint\" IS NULL OR " + names.postgis_schema +
         ".ST_IsEmpty(t.\"locationPoint\"::" + names.postgis_schema + ".geometry))";
}

std::string passes_skills(const SearchShape& shape) {
  if (!shape.skills) return "true";
  return compare("t.\"skills\"", shape.all_skills ? "@>" : "&&", parameter(kSkills));
}

std::string passes_experience(const SearchShape& shape) {
  const auto bound = [](const char* op, SearchParameter p) {
    return compare("t.\"yearsExperience\"", op, parameter(p));
  };
  if (!shape.min_experience && !shape.max_experience) return "true";
  if (!shape.max_experience) return bound(">=", kMinExperience);
  if (!shape.min_experience) return bound("<=", kMaxExperience);
  return bound(">=", kMinExperience) + " AND " + bound("<=", kMaxExperience);
}

std::string passes_rating(const SearchShape& shape) {
  return shape.min_rating ? compare("t.\"rating\"", ">=", parameter(kMinRating)) : "true";
}

std::string passes_filters(const SearchShape& shape) {
  std::string sql;
  for (const std::string& filter : {passes_skills(shape), passes_experience(shape), passes_rating(shape)})
    if (filter != "true") sql += "\n    AND " + filter;
  return sql;
}

}  // namespace tailor
