#include "postgres/connection_settings.hpp"

#include <cmath>

namespace tailor::postgres {

Parameters libpq_parameters(const ConnectionSettings& settings) {
  Parameters parameters = settings.parameters;
  const auto seconds = static_cast<long>(std::ceil(settings.connect_timeout.count()));
  parameters["connect_timeout"] = std::to_string(seconds);
  parameters["client_encoding"] = "UTF8";
  // Keepalives, so that a vanished server is noticed in bounded time.
  parameters.try_emplace("tcp_user_timeout", std::to_string(seconds * 1000));
  parameters.try_emplace("fallback_application_name", "tailor-frontend");
  return parameters;
}

}  // namespace tailor::postgres
