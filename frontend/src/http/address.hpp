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

/// The address, or nothing if the text is none.
std::optional<Address> parse_address(const std::string& text);

/// The address in its usual notation.
std::string to_text(const Address& address);

/// The peer's address of a connected socket; nothing when the peer has left.
std::optional<Address> peer_address(int socket);

/// The block that one subscriber usually has: an IPv4 address, or an IPv6 /64.
Address subscriber(Address address);

/// A list of addresses and networks.
class Networks {
 public:
  /// Parses a list such as "127.0.0.0/8, ::1"; nothing if it is malformed. An empty text is an empty list.
  static std::optional<Networks> parse(std::string_view list);

  bool contain(const Address& address) const;

 private:
  struct Network {
    Address address;
    unsigned bits;  // length of the prefix
  };
  static std::optional<Network> parse_network(std::string_view text);

  std::vector<Network> networks_;
};

}  // namespace tailor::http
