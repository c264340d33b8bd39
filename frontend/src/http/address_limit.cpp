#include "http/address_limit.hpp"

namespace tailor::http {

std::optional<AddressLimit::Place> AddressLimit::enter(const std::optional<Address>& address) {
  const auto settings = settings_.get();
  if (settings->most == 0 || !address || settings->proxies.contain(*address)) return Place{};
  const std::lock_guard lock(mutex_);
  const auto counted = connections_.try_emplace(subscriber(*address), 0).first;
  if (counted->second >= settings->most) return std::nullopt;
  ++counted->second;
  return Place(nullptr, [this, counted](void*) {
    const std::lock_guard at_end(mutex_);
    if (--counted->second == 0) connections_.erase(counted);
  });
}

}  // namespace tailor::http
