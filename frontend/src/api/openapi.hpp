#pragma once

#include <memory>

#include "content/representation.hpp"

namespace tailor::api {

/// docs/openapi.json, which the build puts into the program.
std::shared_ptr<const content::Representation> openapi();

}  // namespace tailor::api
