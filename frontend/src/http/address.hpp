#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailor::http {

/// An IPv6 address; an IPv4 one is ::ffff:a.b.c.d.
using Address = std::array<std::uint8_t, 16>;

/// Nothing for what is not an address.
std::optional<Address> parse_address(const std::string& text);

/// As it is usually written.
std::string to_text(const Address& address);

/// The other end of a connected socket; nothing when it is gone.
std::optional<Address> peer_address(int socket);

/// What one subscriber has for himself: an IPv4 address, or a /64 of IPv6.
Address subscriber(Address address);

/// A list of addresses and networks.
class Networks {
 public:
  /// From "127.0.0.0/8, ::1"; nothing if that is not such a list. An empty text is an empty list.
  static std::optional<Networks> parse(std::string_view list);

  bool contain(const Address& address) const;

 private:
  struct Network {
    Address address;
    unsigned bits;  // that count
  };
  static std::optional<Network> parse_network(std::string_view text);

  std::vector<Network> networks_;
};

}  // namespace tailor::http
