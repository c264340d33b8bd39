#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "http/address.hpp"
#include "live.hpp"

namespace tailor::http {

struct AddressLimitSettings {
  int most = 0;      // connections that one address may have; 0: any number
  Networks proxies;  // whose connections are those of many clients, and not counted
};

/// Keeps one client from taking all connections.
class AddressLimit {
 public:
  explicit AddressLimit(AddressLimitSettings settings) : settings_(std::move(settings)) {}

  /// From now on; who is connected stays.
  void reload(AddressLimitSettings settings) { settings_.set(std::move(settings)); }

  /// What a connection holds while it lives.
  using Place = std::shared_ptr<void>;

  /// A place for one more connection of this address; nothing when it has too many. Not counted is also a
  /// place.
  std::optional<Place> enter(const std::optional<Address>& address);

 private:
  Live<AddressLimitSettings> settings_;
  std::mutex mutex_;
  std::map<Address, int> connections_;
};

}  // namespace tailor::http
