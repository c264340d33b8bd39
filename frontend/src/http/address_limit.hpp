#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/live.hpp"
#include "http/address.hpp"

namespace tailor::http {

struct AddressLimitSettings {
  int most = 0;      // connections from one address; 0: unlimited
  Networks proxies;  // not limited: their connections serve many clients
};

/// Limits the connections from one client address.
class AddressLimit {
 public:
  explicit AddressLimit(AddressLimitSettings settings) : settings_(std::move(settings)) {}

  /// Applies to new connections.
  void reload(AddressLimitSettings settings) { settings_.set(std::move(settings)); }

  /// Counts a connection while it is held.
  using Place = std::shared_ptr<void>;

  /// Admits one more connection from this address; nothing when it has too many. An address that is not
  /// limited is always admitted.
  std::optional<Place> enter(const std::optional<Address>& address);

 private:
  Live<AddressLimitSettings> settings_;
  std::mutex mutex_;
  std::map<Address, int> connections_;
};

}  // namespace tailor::http
