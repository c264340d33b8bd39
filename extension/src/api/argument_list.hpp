// The arguments of a call, and the errors that refuse them.
#pragma once

#include "src/api/arguments.hpp"
#include "src/declaration.hpp"

namespace tailor {

/// The arguments after the centre, in the order of the search functions in the install script. New ones are
/// appended, and have a default here as well: the functions of an earlier version are declared without them.
enum Option {
  kMaxDistance,
  kSkillsAny,
  kMinYears,
  kMaxYears,
  kMinStars,
  kSortBy,
  kPage,
  kPageSize,
  kWorks,
  kIncludeUnlocated,
  kFirstOptions,  // the number of those that the first searches had
  kBoxWest = kFirstOptions,
  kBoxSouth,
  kBoxEast,
  kBoxNorth,
  kNearest,
  kAfter,
  kSkillMatch,
  kWithFacets,  // not of tailor_search(), as what follows
  kZoom,
  kOptions  // their number
};

inline constexpr const char* kOptionNames[] = {"max_distance_km",
                                               "skills",
                                               "min_experience",
                                               "max_experience",
                                               "min_rating",
                                               "sort_by",
                                               "page",
                                               "page_size",
                                               "sample_works",
                                               "include_unlocated",
                                               "west",
                                               "south",
                                               "east",
                                               "north",
                                               "nearest",
                                               "after",
                                               "skill_match",
                                               "facets",
                                               "zoom"};

/// How a function may be declared: the least and largest number of arguments after the centre, and the place
/// of each option among them, negative where it is none of them.
struct Declaration {
  int least, most;
  int at[kOptions];
};

inline constexpr Declaration kDocumentDeclaration{
    kFirstOptions, kOptions, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}};
inline constexpr Declaration kRowsDeclaration{
    kFirstOptions, kWithFacets, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, -1, -1}};
inline constexpr Declaration kFacetsDeclaration{
    11, 11, {0, 1, 2, 3, 4, -1, -1, -1, -1, 5, 6, 7, 8, 9, -1, -1, 10, -1, -1}};
inline constexpr Declaration kClustersDeclaration{
    11, 11, {0, 1, 2, 3, 4, -1, -1, -1, -1, -1, 5, 6, 7, 8, -1, -1, 9, -1, 10}};

constexpr int centre_arguments(CentreForm form) {
  return form == CentreForm::lat_lng ? 2 : 1;
}

/// The message starts with the argument's name; the column field carries it for programs.
[[noreturn]] inline void refuse(const char* argument, const char* problem, const char* hint,
                                int code = ERRCODE_INVALID_PARAMETER_VALUE) {
  ereport(ERROR, (errcode(code), errmsg("%s must %s", argument, problem), errhint("%s", hint),
                  err_generic_string(PG_DIAG_COLUMN_NAME, argument)));
  pg_unreachable();
}

class Arguments {
 public:
  Arguments(FunctionCallInfo fcinfo, CentreForm form, const Declaration& declaration)
      : fcinfo_(fcinfo), first_(centre_arguments(form)), places_(declaration.at) {
    check_declared_arguments(fcinfo, first_ + declaration.least, first_ + declaration.most);
  }

  /// Whether the function has this argument.
  bool declared(Option option) const {
    return places_[option] >= 0 && first_ + places_[option] < fcinfo_->nargs;
  }

  bool present(Option option) const { return declared(option) && !argument(option).isnull; }

  Datum required(Option option, const char* hint = "Leave the argument out for its default.") const {
    if (!present(option)) refuse_null(kOptionNames[option], hint);
    return argument(option).value;
  }

  bool has_centre() const { return !fcinfo_->args[0].isnull || (first_ > 1 && !fcinfo_->args[1].isnull); }

  Datum centre(int index, const char* name) const {
    if (fcinfo_->args[index].isnull) refuse_null(name, "A search needs a point to be around, or a box.");
    return fcinfo_->args[index].value;
  }

  /// An integer within inclusive bounds.
  int32 integer(Option option, int32 least, int32 most, const char* hint) const {
    const int32 value = DatumGetInt32(required(option));
    if (value < least || value > most) {
      const char* problem = most == PG_INT32_MAX
                                ? psprintf("be at least %d, not %d", least, value)
                                : psprintf("be between %d and %d, not %d", least, most, value);
      refuse(kOptionNames[option], problem, hint);
    }
    return value;
  }

 private:
  const NullableDatum& argument(Option option) const { return fcinfo_->args[first_ + places_[option]]; }

  [[noreturn]] static void refuse_null(const char* name, const char* hint) {
    refuse(name, "not be null", hint, ERRCODE_NULL_VALUE_NOT_ALLOWED);
  }

  FunctionCallInfo fcinfo_;
  int first_;
  const int* places_;
};

}  // namespace tailor
