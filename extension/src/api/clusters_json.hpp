// The JSON form of clusters.
#pragma once

#include "src/engine/clusters.hpp"

extern "C" {
#include "lib/stringinfo.h"
}

namespace tailor::json {

/// Appends [{"count":2,"latitude":…,"longitude":…,"bbox":[west,south,east,north]},…], with "id" where the
/// count is 1.
void append_clusters(StringInfo out, const Clusters& clusters);

}  // namespace tailor::json
