#include "cache/shown.hpp"

#include <cstring>
#include <utility>

namespace tailor::cache {
namespace {

constexpr std::string_view kNoTailors = "\"data\":[]";
constexpr std::string_view kKeyOfEachTailor = "\"sampleWorks\":";
constexpr std::string_view kId = "{\"id\":\"";
constexpr std::string_view kUserIdKey = ",\"userId\":";

// The string that starts at `begin`, and the position of its closing quote. Nothing if it contains an escape.
std::optional<std::string_view> string_at(std::string_view json, std::size_t begin) {
  const std::size_t end = json.find('"', begin);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = json.substr(begin, end - begin);
  return text.find('\\') == std::string_view::npos ? std::optional{text} : std::nullopt;
}

std::size_t count(std::string_view json, std::string_view text) {
  std::size_t found = 0;
  while (const void* const at = memmem(json.data(), json.size(), text.data(), text.size())) {
    json.remove_prefix(static_cast<std::size_t>(static_cast<const char*>(at) - json.data()) + text.size());
    ++found;
  }
  return found;
}

// Whether the number of tailors found is that of the whole document. If not, the keys have an unexpected
// order.
bool are_all(std::size_t tailors, std::string_view json) {
  if (tailors == 0) return json.find(kNoTailors) != std::string_view::npos;
  return tailors == count(json, kKeyOfEachTailor);
}

}  // namespace

// A text search suffices: quotes within a JSON string are escaped, so `{"id":"` always begins an object. Only
// a tailor's object continues with "userId".
std::optional<std::vector<std::string>> shown_ids(std::string_view json) {
  std::vector<std::string> ids;
  std::size_t tailors = 0;
  for (std::size_t at = json.find(kId); at != std::string_view::npos; at = json.find(kId, at)) {
    at += kId.size();
    const auto id = string_at(json, at);
    if (!id) return std::nullopt;
    at += id->size() + 1;
    if (!json.substr(at).starts_with(kUserIdKey)) continue;
    at += kUserIdKey.size();
    ids.emplace_back(*id);
    ++tailors;
    if (json.substr(at).starts_with("null")) continue;
    if (!json.substr(at).starts_with('"')) return std::nullopt;
    const auto user = string_at(json, at + 1);
    if (!user) return std::nullopt;
    ids.emplace_back(*user);
  }
  return are_all(tailors, json) ? std::optional{std::move(ids)} : std::nullopt;
}

}  // namespace tailor::cache
