#pragma once

#include <string>
#include <string_view>

namespace tailor::api {

/// The database's page of tailors as a FeatureCollection (RFC 7946), a feature each; what else the page has
/// (pagination, radius, facets) are foreign members.
std::string feature_collection(std::string_view document);

}  // namespace tailor::api
