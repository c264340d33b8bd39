#pragma once

#include <httplib.h>

#include <memory>
#include <string>
#include <string_view>

#include "content/representation.hpp"
#include "http/media_type.hpp"

namespace tailor::http {

/// Turns the response into this answer in the coding that the client prefers, or into 304 when the client has
/// it. HEAD is handled the same; the body is omitted on sending. Throws Problem when If-Match does not match.
void write_representation(const httplib::Request& request,
                          const std::shared_ptr<const content::Representation>& representation,
                          const std::string& cache_control, httplib::Response& response,
                          const MediaType& type = {});

/// Comparison of entity tags (RFC 9110, 8.8.3.2).
enum class Comparison { weak, strong };

/// Whether an If-Match or If-None-Match lists the entity tag, or is `*` (RFC 9110, 13.1).
bool names_tag(std::string_view list, std::string_view etag, Comparison comparison = Comparison::weak);

}  // namespace tailor::http
