// The settings (GUCs) of the extension.
#pragma once

#include "core/hidden_fields.hpp"

namespace tailor::settings {

extern char* tailor_table;       // tailor_search.tailor_table
extern char* user_table;         // tailor_search.user_table
extern char* sample_work_table;  // tailor_search.sample_work_table
extern double max_distance_km;   // tailor_search.max_distance_km
extern double max_box_km;        // tailor_search.max_box_km
extern int max_skills;           // tailor_search.max_skills
extern HiddenFields hidden;      // tailor_search.hidden_fields

enum Engine { kAuto, kNative, kSql };
extern int engine;  // tailor_search.engine

enum IndexAccess { kFastest, kAccessMethod, kNbtree };
extern int index_access;  // tailor_search.index_access

/// Defines them; called once, when the library is loaded.
void define();

}  // namespace tailor::settings
