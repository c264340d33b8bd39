#include "http/write_representation.hpp"

#include "http/accept_encoding.hpp"
#include "http/field_value.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"

namespace tailor::http {

bool names_tag(std::string_view list, std::string_view etag, Comparison comparison) {
  for (std::size_t at = 0; at < list.size();) {
    at = list.find_first_not_of(" \t,", at);
    if (at == std::string_view::npos) return false;
    const std::string_view rest = list.substr(at);
    if (trimmed(rest) == "*") return true;
    const std::size_t begin = rest.starts_with("W/") ? 2 : 0;
    if (!rest.substr(begin).starts_with('"')) return false;
    const std::size_t end = rest.find('"', begin + 1);
    if (end == std::string_view::npos) return false;
    const bool compared = comparison == Comparison::weak || begin == 0;
    if (compared && rest.substr(begin, end + 1 - begin) == etag) return true;
    at += end + 1;
  }
  return false;
}

void write_representation(const httplib::Request& request,
                          const std::shared_ptr<const content::Representation>& representation,
                          const std::string& cache_control, httplib::Response& response,
                          const MediaType& type) {
  const content::Encoding encoding =
      representation->may_be_compressed()
          ? choose_encoding(request.get_header_value("Accept-Encoding"), representation->worth_compressing())
          : content::Encoding::identity;
  const content::Representation::Variant& variant = representation->variant(encoding);
  const std::string if_match = request.get_header_value("If-Match");
  if (!if_match.empty() && !names_tag(if_match, variant.etag, Comparison::strong))
    throw Problem(412, "precondition_failed", "The answer has none of the entity tags in If-Match.");
  response.set_header("ETag", variant.etag);
  response.set_header("Cache-Control", cache_control);
  response.set_header("Vary", type.vary);
  if (names_tag(request.get_header_value("If-None-Match"), variant.etag)) {
    response.status = 304;
    return;
  }
  if (encoding != content::Encoding::identity)
    response.set_header("Content-Encoding", content::name_of(encoding));
  set_body(response, {representation, &variant.body}, type.name);
}

}  // namespace tailor::http
