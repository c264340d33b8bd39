#include "api/static_files.hpp"

#include <spdlog/fmt/fmt.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace tailor::api {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPlaceholder = "explorer/VERSION/";  // in index.html
constexpr const char* kRevalidated = "no-cache";
constexpr const char* kForever = "public, max-age=31536000, immutable";

const char* type_of(const fs::path& file) {
  static const std::map<std::string, const char*> types{
      {".css", "text/css; charset=utf-8"},   {".csv", "text/csv; charset=utf-8"},
      {".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
      {".json", "application/json"},         {".svg", "image/svg+xml"}};
  const auto found = types.find(file.extension().string());
  return found == types.end() ? "text/plain; charset=utf-8" : found->second;
}

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return std::move(text).str();
}

// The files by their names relative to the directory.
std::map<std::string, fs::path> files_in(const fs::path& directory) {
  std::map<std::string, fs::path> files;
  if (!fs::is_regular_file(directory / "index.html"))
    throw std::runtime_error("explorer-files: there is no " + (directory / "index.html").string());
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files[fs::relative(entry.path(), directory).generic_string()] = entry.path();
  }
  return files;
}

std::shared_ptr<const content::Representation> compressed(std::string body) {
  auto representation = std::make_shared<content::Representation>(std::move(body));
  representation->compress();
  return representation;
}

std::string with_version(std::string page, const std::string& prefix) {
  for (std::size_t at = 0; (at = page.find(kPlaceholder, at)) != std::string::npos; at += prefix.size())
    page.replace(at, kPlaceholder.size(), prefix);
  return page;
}

// The text as an attribute's value.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '"')
      result += "&quot;";
    else if (c == '<')
      result += "&lt;";
    else
      result += c;
  }
  return result;
}

// The page's script finds the tiles there.
std::string with_tiles(std::string page, const Tiles& tiles) {
  if (tiles.url.empty()) return page;
  const std::size_t head = page.find("</head>");
  if (head == std::string::npos) throw std::runtime_error("explorer-files: index.html has no </head>");
  return page.insert(head, fmt::format("<meta name=\"tiles\" content=\"{}\" data-attribution=\"{}\">\n",
                                       escaped(tiles.url), escaped(tiles.attribution)));
}

}  // namespace

StaticFiles::StaticFiles(const fs::path& directory, const Tiles& tiles)
    : header_fields_(security_fields(tiles)) {
  auto paths = files_in(directory);
  const auto page = paths.extract("index.html");
  std::map<std::string, File> loaded;
  std::string tags;
  for (const auto& [name, path] : paths) {
    loaded[name] = {compressed(read(path)), type_of(path), kForever};
    tags += name;
    tags += loaded[name].representation->etag();
  }
  const std::string tag = content::Representation(tags).etag();
  const std::string prefix = fmt::format("explorer/{}/", tag.substr(1, tag.size() - 2));
  for (auto& [name, file] : loaded) files_[fmt::format("/{}{}", prefix, name)] = std::move(file);
  files_["/"] = {compressed(with_tiles(with_version(read(page.mapped()), prefix), tiles)),
                 type_of(page.mapped()), kRevalidated};
}

const StaticFiles::File* StaticFiles::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

std::map<std::string, std::string> StaticFiles::security_fields(const Tiles& tiles) {
  const std::string images = tiles.url.empty() ? "'self'" : "'self' " + tiles.origin();
  return {
      {"Content-Security-Policy",
       fmt::format("default-src 'none'; connect-src 'self'; img-src {}; script-src 'self'; style-src 'self'; "
                   "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                   images)},
      {"Permissions-Policy", "geolocation=(self)"},
      {"Referrer-Policy", "no-referrer"},
      {"X-Content-Type-Options", "nosniff"}};
}

}  // namespace tailor::api
