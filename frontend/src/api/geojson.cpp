#include "api/geojson.hpp"

#include <nlohmann/json.hpp>

namespace tailor::api {
namespace {

using Json = nlohmann::ordered_json;

// A tailor without a distance has no point.
Json geometry_of(const Json& tailor) {
  const Json& latitude = tailor.at("latitude");
  const Json& longitude = tailor.at("longitude");
  if (tailor.at("distance").is_null() || latitude.is_null() || longitude.is_null()) return nullptr;
  return {{"type", "Point"}, {"coordinates", Json::array({longitude, latitude})}};
}

Json feature_of(Json& tailor) {
  Json feature{{"type", "Feature"}};
  if (!tailor.at("id").is_null()) feature["id"] = tailor["id"];
  feature["geometry"] = geometry_of(tailor);
  for (const char* coordinate : {"latitude", "longitude"}) tailor.erase(coordinate);
  feature["properties"] = std::move(tailor);
  return feature;
}

}  // namespace

std::string feature_collection(std::string_view document) {
  Json page = Json::parse(document);
  Json features = Json::array();
  for (Json& tailor : page.at("data")) features.push_back(feature_of(tailor));
  page.erase("data");
  Json collection{{"type", "FeatureCollection"}, {"features", std::move(features)}};
  for (const auto& [name, member] : page.items()) collection[name] = member;
  return collection.dump();
}

}  // namespace tailor::api
