#include "src/postgis/postgis.hpp"

#include <cstring>

extern "C" {
#include "parser/parse_func.h"
}

namespace tailor {
namespace {

// The type modifier of PostGIS's geometry and geography, as it is stored in pg_attribute.
struct Modifier {
  explicit Modifier(int32 modifier)
      : prescribed(modifier >= 0),
        srid(((modifier & 0x0FFFFF00) - (modifier & 0x10000000)) >> 8),
        form((modifier & 0xFC) >> 2),
        higher_dimensions((modifier & 0x3) != 0) {}

  bool any_or_point() const { return !prescribed || form == 0 || form == 1; }
  bool wgs84() const { return !prescribed || srid == 0 || srid == wgs84_srid; }

  bool prescribed;
  int32 srid;
  int32 form;  // 0: any
  bool higher_dimensions;
};

// Found once a session, and again when PostGIS was dropped and came back.
Oid known_geography = InvalidOid;

Oid find_geography_type() {
  constexpr const char* sql =
      "SELECT t.oid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_extension e "
      "ON e.extnamespace OPERATOR(pg_catalog.=) t.typnamespace "
      "WHERE e.extname OPERATOR(pg_catalog.=) 'postgis' AND t.typname OPERATOR(pg_catalog.=) 'geography'";
  SPI_connect();
  if (SPI_execute(sql, true, 1) != SPI_OK_SELECT) elog(ERROR, "tailor_search: cannot look for PostGIS");
  Oid found = InvalidOid;
  bool isnull = false;
  if (SPI_processed == 1)
    found = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
  SPI_finish();
  return found;
}

// PostGIS's functions, by schema, name and argument types: the caller's search_path has no say.
class PostGis {
 public:
  PostGis() : namespace_(postgis_namespace()) {
    geometry_ = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("geometry"),
                                ObjectIdGetDatum(namespace_));
  }

  Oid geometry() const { return geometry_; }

  Oid function(const char* name, std::initializer_list<Oid> types) const {
    char* schema = get_namespace_name(namespace_);
    return LookupFuncName(list_make2(makeString(schema), makeString(pstrdup(name))),
                          static_cast<int>(types.size()), types.begin(), false);
  }

  Datum of_geometry(const char* name, Datum geometry) const {
    return OidFunctionCall1(function(name, {geometry_}), geometry);
  }

 private:
  Oid namespace_;
  Oid geometry_;
};

}  // namespace

Oid geography_type() {
  if (!OidIsValid(known_geography) || !SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(known_geography)))
    known_geography = find_geography_type();
  if (!OidIsValid(known_geography))
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("tailor_search needs the extension postgis"),
                    errhint("CREATE EXTENSION postgis;")));
  return known_geography;
}

bool holds_points(Oid type, int32 modifier) {
  const Modifier found(modifier);
  return type == geography_type() && found.any_or_point() && found.wgs84() &&
         !(found.prescribed && found.higher_dimensions);
}

bool converts_to_points(Oid type, int32 modifier) {
  const Modifier found(modifier);
  return (type == geography_type() || type == PostGis().geometry()) && found.any_or_point() && found.wgs84();
}

Oid postgis_namespace() {
  HeapTuple type = SearchSysCache1(TYPEOID, ObjectIdGetDatum(geography_type()));
  if (!HeapTupleIsValid(type)) elog(ERROR, "tailor_search: type geography is gone");
  const Oid found = (reinterpret_cast<Form_pg_type>(GETSTRUCT(type)))->typnamespace;
  ReleaseSysCache(type);
  return found;
}

const char* postgis_schema() {
  return quote_identifier(get_namespace_name(postgis_namespace()));
}

Datum make_geography(double lat, double lng) {
  const PostGis postgis;
  const Datum point = OidFunctionCall2(postgis.function("st_makepoint", {FLOAT8OID, FLOAT8OID}),
                                       Float8GetDatum(lng), Float8GetDatum(lat));
  const Datum located = OidFunctionCall2(postgis.function("st_setsrid", {postgis.geometry(), INT4OID}), point,
                                         Int32GetDatum(wgs84_srid));
  return postgis.of_geometry("geography", located);
}

NearPoint read_near(Datum geography) {
  const PostGis postgis;
  const Datum geometry = OidFunctionCall1(postgis.function("geometry", {geography_type()}), geography);
  const char* type = TextDatumGetCString(postgis.of_geometry("st_geometrytype", geometry));
  if (std::strcmp(type, "ST_Point") != 0 || DatumGetBool(postgis.of_geometry("st_isempty", geometry)))
    return {};
  return {.is_point = true,
          .srid = DatumGetInt32(postgis.of_geometry("st_srid", geometry)),
          .lat = DatumGetFloat8(postgis.of_geometry("st_y", geometry)),
          .lng = DatumGetFloat8(postgis.of_geometry("st_x", geometry))};
}

Oid postgis_function(const char* name, std::initializer_list<Oid> types) {
  return PostGis().function(name, types);
}

}  // namespace tailor
