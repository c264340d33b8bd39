#include "http/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "http/field_value.hpp"

namespace tailor::http {
namespace {

constexpr unsigned kMappedBits = 96;  // prefix of an IPv4-mapped address
constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_ipv4(const Address& address) {
  return std::equal(kMapped.begin(), kMapped.end(), address.begin());
}

Address mapped(const void* ipv4) {
  Address address{};
  std::ranges::copy(kMapped, address.begin());
  std::memcpy(address.data() + kMapped.size(), ipv4, 4);
  return address;
}

// Clears all but the first bits.
Address masked(Address address, unsigned bits) {
  for (std::size_t i = 0; i < address.size(); ++i, bits -= std::min(bits, 8U))
    address[i] &= static_cast<std::uint8_t>(0xff00U >> std::min(bits, 8U));
  return address;
}

}  // namespace

std::optional<Address> parse_address(const std::string& text) {
  Address address{};
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  in_addr ipv4{};
  if (inet_pton(AF_INET, text.c_str(), &ipv4) == 1) return mapped(&ipv4);
  return std::nullopt;
}

std::string to_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool ipv4 = is_ipv4(address);
  inet_ntop(ipv4 ? AF_INET : AF_INET6, address.data() + (ipv4 ? kMapped.size() : 0), text.data(),
            text.size());
  return text.data();
}

std::optional<Address> peer_address(int socket) {
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return std::nullopt;
  if (peer.ss_family == AF_INET) return mapped(&reinterpret_cast<const sockaddr_in&>(peer).sin_addr);
  if (peer.ss_family != AF_INET6) return std::nullopt;
  Address address;
  std::memcpy(address.data(), &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr, address.size());
  return address;
}

Address subscriber(Address address) {
  return is_ipv4(address) ? address : masked(address, 64);
}

std::optional<Networks> Networks::parse(std::string_view list) {
  Networks networks;
  while (!list.empty()) {
    const auto network = parse_network(next_list_item(list));
    if (!network) return std::nullopt;
    networks.networks_.push_back(*network);
  }
  return networks;
}

std::optional<Networks::Network> Networks::parse_network(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto address = parse_address(std::string{text.substr(0, slash)});
  if (!address) return std::nullopt;
  if (slash == text.size()) return Network{*address, 128};
  unsigned bits = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + slash + 1, end, bits);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  const bool ipv4 = is_ipv4(*address) && text.find(':') == std::string_view::npos;
  if (bits > (ipv4 ? 32U : 128U)) return std::nullopt;
  bits += ipv4 ? kMappedBits : 0;
  return Network{masked(*address, bits), bits};
}

bool Networks::contain(const Address& address) const {
  return std::ranges::any_of(
      networks_, [&](const Network& network) { return masked(address, network.bits) == network.address; });
}

}  // namespace tailor::http
