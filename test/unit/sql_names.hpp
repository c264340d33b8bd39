// The names that the tests of SQL text use.
#pragma once

#include "core/search_sql.hpp"

namespace tailor {

inline const SqlNames names{.tailor = "app.\"Tailor\"",
                            .user = "app.\"User\"",
                            .sample_work = "app.\"SampleWork\"",
                            .postgis_schema = "gis"};

}  // namespace tailor
