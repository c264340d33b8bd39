#pragma once

#include <memory>

#include "http/representation.hpp"

namespace tailor::api {

/// docs/openapi.json, which the build puts into the program.
std::shared_ptr<const http::Representation> openapi();

}  // namespace tailor::api
