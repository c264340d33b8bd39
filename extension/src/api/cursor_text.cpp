#include "src/api/cursor_text.hpp"

#include <cstring>

extern "C" {
#include "common/hashfn.h"
#include "utils/builtins.h"
}

namespace tailor {
namespace {

enum Flag : uint32 { kHasKey = 1, kLocated = 2, kHasId = 4 };

// The id follows.
struct Packed {
  uint64 checksum;  // of all behind it, with the search's hash
  double key, kilometres;
  int32 page;
  uint32 flags;
};
static_assert(sizeof(Packed) == 32, "without gaps");

constexpr std::size_t kRating = 10;  // of tailor_columns
constexpr std::size_t kExperience = 6;

template <typename Value>
uint64 hash(const Value& value, uint64 seed) {
  static_assert(std::has_unique_object_representations_v<Value> || std::is_same_v<Value, double>);
  unsigned char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  return hash_bytes_extended(bytes, sizeof bytes, seed);
}

// Of all arguments that decide which rows match, and in which order.
uint64 search_hash(const Request& request) {
  SearchShape shape = request.shape;
  shape.after = false;
  uint64 sum = hash(shape.index(), 0);
  const Box& box = request.box;
  for (const double number : {request.lat, request.lng, request.max_distance_km, box.west, box.south,
                              box.east, box.north, request.min_rating})
    sum = hash(number, sum);
  for (const int32 number : {request.min_experience, request.max_experience}) sum = hash(number, sum);
  if (!shape.skills) return sum;
  const auto* skills = reinterpret_cast<const unsigned char*>(request.skills);
  return hash_bytes_extended(skills, VARSIZE(request.skills), sum);
}

uint64 checksum(const char* packed, std::size_t bytes, const Request& request) {
  constexpr std::size_t at = sizeof(uint64);
  return hash_bytes_extended(reinterpret_cast<const unsigned char*>(packed) + at,
                             static_cast<int>(bytes - at), search_hash(request));
}

Packed pack(const Tailor& last, const Request& request) {
  Packed packed{.checksum = 0, .key = 0, .kilometres = last.distance_km, .page = request.page, .flags = 0};
  if (last.located) packed.flags |= kLocated;
  if (!last.columns.null[0]) packed.flags |= kHasId;
  const SortBy by = request.shape.sort_by;
  const std::size_t column = by == SortBy::rating ? kRating : kExperience;
  if (by == SortBy::distance || last.columns.null[column]) return packed;
  packed.flags |= kHasKey;
  const Datum key = last.columns.value[column];
  packed.key = by == SortBy::rating ? DatumGetFloat8(key) : DatumGetInt32(key);
  return packed;
}

}  // namespace

const char* next_cursor(const Answer& answer, const Request& request) {
  if (!answer.more || answer.tailors == NIL) return nullptr;
  const Tailor& last = *static_cast<Tailor*>(llast(answer.tailors));
  Packed packed = pack(last, request);
  const text* id = (packed.flags & kHasId) != 0 ? DatumGetTextPP(last.columns.value[0]) : nullptr;
  StringInfoData bytes;
  initStringInfo(&bytes);
  appendBinaryStringInfo(&bytes, reinterpret_cast<const char*>(&packed), sizeof packed);
  if (id != nullptr) appendBinaryStringInfo(&bytes, VARDATA_ANY(id), VARSIZE_ANY_EXHDR(id));
  packed.checksum = checksum(bytes.data, bytes.len, request);
  std::memcpy(bytes.data, &packed.checksum, sizeof packed.checksum);
  auto* written = static_cast<char*>(palloc(2 * bytes.len + 1));
  written[hex_encode(bytes.data, bytes.len, written)] = '\0';
  return written;
}

bool read_cursor(const char* text, const Request& request, Cursor& cursor) {
  const std::size_t digits = std::strlen(text), bytes = digits / 2;
  if (digits % 2 != 0 || bytes < sizeof(Packed) || std::strspn(text, "0123456789abcdef") != digits)
    return false;
  auto* data = static_cast<char*>(palloc(bytes));
  hex_decode(text, digits, data);
  Packed packed;
  std::memcpy(&packed, data, sizeof packed);
  if (packed.checksum != checksum(data, bytes, request)) return false;
  const bool has_id = (packed.flags & kHasId) != 0;
  cursor = {
      .page = packed.page,
      .has_key = (packed.flags & kHasKey) != 0,
      .key = packed.key,
      .located = (packed.flags & kLocated) != 0,
      .kilometres = packed.kilometres,
      .id = has_id ? cstring_to_text_with_len(data + sizeof packed, static_cast<int>(bytes - sizeof packed))
                   : nullptr};
  return true;
}

}  // namespace tailor
