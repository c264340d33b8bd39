// The application's model: which columns of which table are used, and what type they must have.
// Written once, for the binding (which checks them), the SQL text (which reads them) and the JSON
// (which names them).
#pragma once

#include <array>
#include <cstddef>

namespace tailor {

enum class ColumnType { text, text_array, integer, real, timestamp, geography };

struct Column {
  const char* name;
  ColumnType type;
  bool can_hide = false;  // whether a search can do without it (core/hidden_fields.hpp)
};

inline constexpr bool kCanHide = true;

/// The Tailor model in its order: the first columns of tailor_search() and the members of its JSON.
inline constexpr std::array tailor_columns{
    Column{"id", ColumnType::text},
    Column{"userId", ColumnType::text},
    Column{"location", ColumnType::text, kCanHide},
    Column{"latitude", ColumnType::real},
    Column{"longitude", ColumnType::real},
    Column{"skills", ColumnType::text_array},
    Column{"yearsExperience", ColumnType::integer},
    Column{"profilePhoto", ColumnType::text, kCanHide},
    Column{"contactPhone", ColumnType::text, kCanHide},
    Column{"contactEmail", ColumnType::text, kCanHide},
    Column{"rating", ColumnType::real},
    Column{"reviewCount", ColumnType::integer, kCanHide},
    Column{"createdAt", ColumnType::timestamp, kCanHide},
    Column{"updatedAt", ColumnType::timestamp, kCanHide},
};

/// The tailor's point: not part of the model, because a migration added it, but needed by every search.
inline constexpr Column point_column{"locationPoint", ColumnType::geography};

/// "password" is not among them, and is never read. "createdAt" is read for a single tailor only.
inline constexpr std::array user_columns{
    Column{"id", ColumnType::text},
    Column{"name", ColumnType::text, kCanHide},
    Column{"email", ColumnType::text, kCanHide},
    Column{"createdAt", ColumnType::timestamp, kCanHide},
};

inline constexpr std::array sample_work_columns{
    Column{"id", ColumnType::text},
    Column{"imageUrl", ColumnType::text, kCanHide},
    Column{"description", ColumnType::text, kCanHide},
    Column{"createdAt", ColumnType::timestamp},
};

/// The column that joins a sample work to its tailor.
inline constexpr Column work_tailor_column{"tailorId", ColumnType::text};

enum class SortBy { distance, experience, rating };
inline constexpr std::array sort_by_names{"distance", "experience", "rating"};

}  // namespace tailor
