#pragma once

#include <httplib.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailor::http {

/// Which other origins' pages may read the answers: the Fetch standard's CORS protocol.
class Cors {
 public:
  /// Parses "*" or a list such as "https://shop.example, http://localhost:3000"; nothing if it contains what
  /// no browser sends as an Origin. An empty text allows none.
  static std::optional<Cors> parse(std::string_view list);

  /// Adds what the browser asks for to an answer, whatever its status, and to that of a preflight request.
  void write_to(const httplib::Request& request, httplib::Response& response) const;

 private:
  bool allows(const std::string& origin) const;

  bool any_ = false;
  std::vector<std::string> origins_;
};

}  // namespace tailor::http
