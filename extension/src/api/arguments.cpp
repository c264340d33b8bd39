#include "src/api/arguments.hpp"

#include <cmath>
#include <cstring>
#include <iterator>

#include "src/api/argument_list.hpp"
#include "src/api/cursor_text.hpp"
#include "src/boundary.hpp"
#include "src/postgis/postgis.hpp"
#include "src/settings.hpp"
//
#include "core/clusters.hpp"

extern "C" {
#include "access/detoast.h"
}

namespace tailor {
namespace {

constexpr double kDefaultDistance = 10;  // km
constexpr int kDefaultPageSize = 12;
constexpr int kMostRows = 100;
constexpr Size kMaxCursorBytes = 65536;

constexpr const char* kMaxSkillsHint = "The upper bound is the setting tailor_search.max_skills.";
// A point with everything that PostGIS may store (dimensions, box, flags) is smaller.
constexpr Size kMaxPointBytes = 128;
constexpr Size kMaxSkillBytes = 1024;
// A longer id does not fit into a B-tree, unless it compresses well.
constexpr Size kMaxIdBytes = 8192;

const char* shown(double value) {
  return DatumGetCString(DirectFunctionCall1(float8out, Float8GetDatum(value)));
}

// The beginning of a text, short enough for an error message.
const char* beginning(const char* text) {
  constexpr int most = 60;
  const int bytes = static_cast<int>(std::strlen(text));
  return bytes <= most ? text : psprintf("%s...", pnstrdup(text, pg_mbcliplen(text, bytes, most)));
}

// Measured without detoasting: a small stored value may expand to a large one.
Size content_bytes(Datum value) {
  return toast_raw_datum_size(value) - VARHDRSZ;
}

double degrees(Datum datum, const char* name, double bound) {
  const double value = DatumGetFloat8(datum);
  if (!(std::fabs(value) <= bound))  // refuses NaN, too
    refuse(name, psprintf("be between -%g and %g degrees, not %s", bound, bound, shown(value)),
           "Give latitude and longitude in decimal degrees, WGS 84, latitude first.");
  return value;
}

void read_box(const Arguments& arguments, Request& request) {
  constexpr const char* hint = "A box has four edges, in degrees: west, south, east and north.";
  request.shape.box = arguments.present(kBoxWest) || arguments.present(kBoxSouth) ||
                      arguments.present(kBoxEast) || arguments.present(kBoxNorth);
  if (!request.shape.box) return;
  const auto edge = [&](Option option, double bound) {
    return degrees(arguments.required(option, hint), kOptionNames[option], bound);
  };
  request.box = {edge(kBoxWest, 180), edge(kBoxSouth, 90), edge(kBoxEast, 180), edge(kBoxNorth, 90)};
  if (request.box.south > request.box.north)
    refuse(kOptionNames[kBoxSouth],
           psprintf("not exceed north, but %s > %s", shown(request.box.south), shown(request.box.north)),
           "Only west may be greater than east: such a box crosses the antimeridian.");
}

void read_centre(const Arguments& arguments, CentreForm form, Request& request) {
  if (form == CentreForm::lat_lng && request.shape.box && !arguments.has_centre()) {
    const LatLng middle = middle_of(request.box);
    request.lat = middle.lat;
    request.lng = middle.lng;
    return;
  }
  if (form == CentreForm::lat_lng) {
    request.lat = degrees(arguments.centre(0, "lat"), "lat", 90);
    request.lng = degrees(arguments.centre(1, "lng"), "lng", 180);
    return;
  }
  const Datum near = arguments.centre(0, "near");
  const NearPoint point = content_bytes(near) <= kMaxPointBytes ? read_near(near) : NearPoint{};
  if (!point.is_point)
    refuse("near", "be a point", "Give a single point, not empty, for instance of ST_MakePoint.");
  if (point.srid != 4326)
    refuse("near", psprintf("be in SRID 4326 (WGS 84), not %d", point.srid),
           "Use ST_Transform(geometry, 4326)::geography.");
  if (!std::isfinite(point.lat) || !std::isfinite(point.lng))
    refuse("near", "have finite coordinates", "Check the numbers that the point was made of.");
  request.lat = point.lat;
  request.lng = point.lng;
}

// A small request must not cost much: what a box contains is counted, and what is far away is ordered slowly.
void check_reach(const Request& request) {
  if (!request.shape.box) return;
  const double km = guarded([&request] {
                      return reach_metres(request.box, {request.lat, request.lng});
                    }) /
                    1000;
  if (km <= settings::max_box_km) return;
  refuse(
      kOptionNames[kBoxWest],
      psprintf("be an edge of a box that reaches at most %g km from the centre, not %.0f km",
               settings::max_box_km, km),
      "Give a smaller box, or lat and lng in it. The upper bound is the setting tailor_search.max_box_km.");
}

double read_distance(const Arguments& arguments, bool box) {
  if (!arguments.present(kMaxDistance))
    return arguments.present(kNearest) ? settings::max_distance_km
                                       : Min(kDefaultDistance, settings::max_distance_km);
  if (box)
    refuse(kOptionNames[kMaxDistance], "be left out where a box is given",
           "A search is within a distance of a point, or within a box.");
  const double km = DatumGetFloat8(arguments.required(kMaxDistance));
  if (!(km > 0 && km <= settings::max_distance_km))
    refuse(kOptionNames[kMaxDistance],
           psprintf("be greater than 0 and at most %s, not %s", shown(settings::max_distance_km), shown(km)),
           "The upper bound, in kilometres, is the setting tailor_search.max_distance_km.");
  return km;
}

[[noreturn]] void refuse_skills(const char* problem, const char* hint) {
  refuse(kOptionNames[kSkillsAny], problem, hint);
}

// The array's own size is checked before it is detoasted.
void check_skills_size(Datum skills) {
  const Size count = settings::max_skills;
  const Size most = ARR_OVERHEAD_WITHNULLS(MAXDIM, count) + count * INTALIGN(kMaxSkillBytes + VARHDRSZ);
  const Size found = toast_raw_datum_size(skills);
  if (found > most)
    refuse_skills(psprintf("have at most %zu values of at most %zu bytes, not %zu bytes in all", count,
                           kMaxSkillBytes, found),
                  kMaxSkillsHint);
}

void check_each_skill(ArrayType* skills) {
  Datum* values = nullptr;
  int count = 0;
  deconstruct_array(skills, TEXTOID, -1, false, TYPALIGN_INT, &values, nullptr, &count);
  for (int i = 0; i < count; ++i)
    if (content_bytes(values[i]) > kMaxSkillBytes)
      refuse_skills(
          psprintf("have values of at most %zu bytes, not %zu", kMaxSkillBytes, content_bytes(values[i])),
          "Each value is the name of one skill.");
  pfree(values);
}

void read_skills(const Arguments& arguments, Request& request) {
  request.shape.skills = arguments.present(kSkillsAny);
  if (!request.shape.skills) return;
  const Datum given = arguments.required(kSkillsAny);
  check_skills_size(given);
  request.skills = DatumGetArrayTypeP(given);
  const int count = ArrayGetNItems(ARR_NDIM(request.skills), ARR_DIMS(request.skills));
  if (count > settings::max_skills)
    refuse_skills(psprintf("have at most %d values, not %d", settings::max_skills, count), kMaxSkillsHint);
  if (array_contains_nulls(request.skills))
    refuse_skills("not contain null", "Leave skills out, or pass null for it, to allow any skill.");
  check_each_skill(request.skills);
}

// What a text may be, in `names`. `allowed` lists them.
template <typename Names>
std::size_t read_name(const Arguments& arguments, Option option, const Names& names, const char* allowed) {
  constexpr int longer_than_any = 64;
  const char* given = text_to_cstring(DatumGetTextPSlice(arguments.required(option), 0, longer_than_any));
  for (std::size_t i = 0; i < std::size(names); ++i)
    if (std::strcmp(given, names[i]) == 0) return i;
  refuse(kOptionNames[option], psprintf("be %s, not \"%s\"", allowed, beginning(given)),
         "The names are in lower case.");
}

void read_experience(const Arguments& arguments, Request& request) {
  constexpr const char* hint = "Years of experience, as a whole number.";
  request.shape.min_experience = arguments.present(kMinYears);
  request.shape.max_experience = arguments.present(kMaxYears);
  if (request.shape.min_experience)
    request.min_experience = arguments.integer(kMinYears, 0, PG_INT32_MAX, hint);
  if (request.shape.max_experience)
    request.max_experience = arguments.integer(kMaxYears, 0, PG_INT32_MAX, hint);
  if (request.shape.min_experience && request.shape.max_experience &&
      request.min_experience > request.max_experience)
    refuse(kOptionNames[kMinYears],
           psprintf("not exceed max_experience, but %d > %d", request.min_experience, request.max_experience),
           "Swap the two bounds, or leave one out.");
}

void read_rating(const Arguments& arguments, Request& request) {
  request.shape.min_rating = arguments.present(kMinStars);
  if (!request.shape.min_rating) return;
  request.min_rating = DatumGetFloat8(arguments.required(kMinStars));
  if (!std::isfinite(request.min_rating))
    refuse(kOptionNames[kMinStars], psprintf("be a finite number, not %s", shown(request.min_rating)),
           "Leave min_rating out to allow any rating.");
}

// The page of a search for the nearest is all of its answer.
void read_nearest(const Arguments& arguments, Request& request) {
  if (!arguments.present(kNearest)) return;
  constexpr const char* hint = "nearest asks for the nearest tailors within max_distance_km, on one page.";
  const auto refuse_if = [](bool given, Option option, const char* problem) {
    if (given) refuse(kOptionNames[option], psprintf("%s together with nearest", problem), hint);
  };
  request.nearest = request.page_size =
      arguments.integer(kNearest, 1, kMostRows, "Leave it out to see all matches, page by page.");
  if (request.shape.box) refuse(kOptionNames[kNearest], "be left out where a box is given", hint);
  refuse_if(request.shape.sort_by != SortBy::distance, kSortBy, "be distance");
  refuse_if(request.page != 1, kPage, "be 1");
  refuse_if(arguments.present(kPageSize), kPageSize, "be left out");
  refuse_if(request.shape.include_unlocated, kIncludeUnlocated, "be false");
  refuse_if(arguments.present(kAfter), kAfter, "be left out");
  refuse_if(request.facets, kWithFacets, "be false");
  refuse_if(request.clusters, kZoom, "be left out");
}

void read_after(const Arguments& arguments, Request& request) {
  request.shape.after = arguments.present(kAfter);
  if (!request.shape.after) return;
  if (request.page != 1)
    refuse(kOptionNames[kPage], "be left out together with after", "after says where the page begins.");
  const Datum given = arguments.required(kAfter);
  if (content_bytes(given) > kMaxCursorBytes ||
      !read_cursor(TextDatumGetCString(given), request, request.after))
    refuse(kOptionNames[kAfter], "be a cursor of the same search",
           "Pass what the page before returned as next, and leave all other arguments as they were; "
           "page_size and sample_works may change.");
  request.page = request.after.page < PG_INT32_MAX ? request.after.page + 1 : PG_INT32_MAX;
}

// The area and the filters: which tailors match, but not which of them are shown.
double cells_of(const Request& request, int zoom) {
  const int level = cluster_level(zoom);
  return request.shape.box ? cells_in_box(request.box, level) : cells_in_circle(request.metres(), level);
}

// An answer's size is bounded by the area's cells, not by the tailors in it.
void read_zoom(const Arguments& arguments, Request& request) {
  request.clusters = true;
  request.zoom = arguments.integer(kZoom, 0, kMaxZoom,
                                   "Give the zoom of a web map, whose world is 256 pixels wide at 0.");
  const double cells = cells_of(request, request.zoom);
  if (cells <= kMostClusters) return;
  int most = request.zoom - 1;
  while (cells_of(request, most) > kMostClusters) --most;
  refuse(kOptionNames[kZoom],
         psprintf("be at most %d for this area, not %d: it has about %.0f cells then, of at most %d", most,
                  request.zoom, cells, kMostClusters),
         "Give a smaller zoom, or a smaller area.");
}

Request read_filters(const Arguments& arguments, CentreForm form) {
  Request request{};
  read_box(arguments, request);
  read_centre(arguments, form, request);
  request.max_distance_km = read_distance(arguments, request.shape.box);
  read_skills(arguments, request);
  constexpr const char* skill_matches[] = {"any", "all"};
  request.shape.all_skills =
      arguments.declared(kSkillMatch) && read_name(arguments, kSkillMatch, skill_matches, "any or all") == 1;
  read_experience(arguments, request);
  read_rating(arguments, request);
  request.shape.include_unlocated =
      arguments.declared(kIncludeUnlocated) && DatumGetBool(arguments.required(kIncludeUnlocated));
  return request;
}

}  // namespace

int page_size_argument(CentreForm form) {
  return centre_arguments(form) + kPageSize;
}

Request read_request(FunctionCallInfo fcinfo, CentreForm form, Result result) {
  const Arguments arguments(fcinfo, form, result == Result::rows ? kRowsDeclaration : kDocumentDeclaration);
  Request request = read_filters(arguments, form);
  request.shape.sort_by =
      static_cast<SortBy>(read_name(arguments, kSortBy, sort_by_names, "distance, experience or rating"));
  request.page = arguments.integer(kPage, 1, PG_INT32_MAX, "The first page is 1.");
  request.page_size = kDefaultPageSize;
  if (arguments.present(kPageSize))
    request.page_size = arguments.integer(kPageSize, 1, kMostRows, "Ask for further pages to see more rows.");
  request.sample_works =
      arguments.integer(kWorks, 0, kMostRows, "The newest works come first; 0 leaves them out.");
  if (arguments.declared(kWithFacets)) request.facets = DatumGetBool(arguments.required(kWithFacets));
  if (arguments.present(kZoom)) read_zoom(arguments, request);
  read_nearest(arguments, request);
  read_after(arguments, request);
  check_reach(request);
  return request;
}

Request read_facets_request(FunctionCallInfo fcinfo, CentreForm form) {
  Request request = read_filters(Arguments(fcinfo, form, kFacetsDeclaration), form);
  check_reach(request);
  request.facets = true;
  request.page = request.page_size = 1;
  return request;
}

Request read_clusters_request(FunctionCallInfo fcinfo, CentreForm form) {
  const Arguments arguments(fcinfo, form, kClustersDeclaration);
  Request request = read_filters(arguments, form);
  check_reach(request);
  arguments.required(kZoom, "Clusters are for a map: give its zoom, 0 to 30.");
  read_zoom(arguments, request);
  request.page = request.page_size = 1;
  return request;
}

Datum read_id(FunctionCallInfo fcinfo) {
  const Datum id = PG_GETARG_DATUM(0);
  if (content_bytes(id) > kMaxIdBytes)
    refuse("id", psprintf("have at most %zu bytes, not %zu", kMaxIdBytes, content_bytes(id)),
           "Check where the id comes from: no tailor has such a long one.");
  return id;
}

}  // namespace tailor
