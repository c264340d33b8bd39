#include "src/postgis/geography_point.hpp"

#include <cmath>
#include <cstring>

#include "core/geometry.hpp"

namespace tailor {
namespace {

// After the varlena header: srid (3 bytes), flags (1), then extended flags, box and geometry.
constexpr size_t kFlagsAt = 3;
constexpr size_t kBodyAt = 4;
constexpr uint8 kFlagBox = 0x04;
constexpr uint8 kFlagExtended = 0x10;  // version 2 only
constexpr uint8 kFlagVersion2 = 0x40;
constexpr size_t kExtendedFlagsSize = 8;
constexpr size_t kGeodeticBoxSize = 6 * sizeof(float);
constexpr uint32 kPointType = 1;
constexpr GeographyPoint kOther{.kind = PointKind::other, .srid = 0, .lat = 0, .lng = 0};

template <typename T>
T read_at(const char* data, size_t offset) {
  T value;
  std::memcpy(&value, data + offset, sizeof value);  // not aligned on disk
  return value;
}

// 21 bits with a sign, the highest byte first.
int32 read_srid(const char* data) {
  const auto byte = [data](int i) { return uint32{static_cast<uint8>(data[i])}; };
  const uint32 bits = byte(0) << 16 | byte(1) << 8 | byte(2);
  return static_cast<int32>(bits << 11) >> 11;
}

size_t geometry_offset(uint8 flags) {
  size_t offset = kBodyAt;
  if ((flags & kFlagVersion2) != 0 && (flags & kFlagExtended) != 0) offset += kExtendedFlagsSize;
  if ((flags & kFlagBox) != 0) offset += kGeodeticBoxSize;
  return offset;
}

}  // namespace

GeographyPoint read_geography_point(Datum geography) {
  const struct varlena* packed = PG_DETOAST_DATUM_PACKED(geography);
  const char* data = VARDATA_ANY(packed);
  const size_t size = VARSIZE_ANY_EXHDR(packed);
  if (size < kBodyAt) return kOther;
  const size_t at = geometry_offset(static_cast<uint8>(data[kFlagsAt]));
  if (size < at + 2 * sizeof(uint32) || read_at<uint32>(data, at) != kPointType) return kOther;
  const int32 srid = read_srid(data);
  const size_t coordinates = at + 2 * sizeof(uint32);
  if (read_at<uint32>(data, at + sizeof(uint32)) == 0 || size < coordinates + 2 * sizeof(double))
    return {.kind = PointKind::empty, .srid = srid, .lat = 0, .lng = 0};
  return {.kind = PointKind::point,
          .srid = srid,
          .lat = read_at<double>(data, coordinates + sizeof(double)),
          .lng = read_at<double>(data, coordinates)};
}

}  // namespace tailor

extern "C" {

TAILOR_SQL_FUNCTION(tailor_cell);
Datum tailor_cell(PG_FUNCTION_ARGS) {
  const tailor::GeographyPoint point = tailor::read_geography_point(PG_GETARG_DATUM(0));
  if (point.kind == tailor::PointKind::other)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("tailor_cell needs a point"),
                    errhint("Declare the column as geography(Point,4326).")));
  // PostGIS finds such a point within no distance of anything, and the searches agree.
  if (point.kind == tailor::PointKind::empty || !std::isfinite(point.lat) || !std::isfinite(point.lng))
    PG_RETURN_NULL();
  PG_RETURN_INT64(tailor::leaf_cell(point.lat, point.lng));
}
}
