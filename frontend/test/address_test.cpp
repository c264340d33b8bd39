#include "http/address.hpp"

#include <gtest/gtest.h>

#include "http/address_limit.hpp"

namespace {

using tailor::http::AddressLimit;
using tailor::http::Networks;
using tailor::http::parse_address;
using tailor::http::to_text;

bool contains(const char* list, const char* address) {
  return Networks::parse(list).value().contain(parse_address(address).value());
}

std::string subscriber(const char* address) {
  return to_text(tailor::http::subscriber(parse_address(address).value()));
}

}  // namespace

TEST(Address, IsReadAndWritten) {
  for (const char* text : {"192.0.2.7", "::1", "2001:db8::5"})
    EXPECT_EQ(to_text(parse_address(text).value()), text);
  EXPECT_EQ(parse_address("::ffff:192.0.2.7"), parse_address("192.0.2.7"));
  for (const char* text : {"", "192.0.2", "192.0.2.256", "localhost", "1::2::3"})
    EXPECT_FALSE(parse_address(text));
}

TEST(Address, OfASubscriber) {
  EXPECT_EQ(subscriber("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(subscriber("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
}

TEST(Networks, Contain) {
  EXPECT_TRUE(contains("127.0.0.0/8, ::1", "127.1.2.3"));
  EXPECT_TRUE(contains("127.0.0.0/8, ::1", "::1"));
  EXPECT_FALSE(contains("127.0.0.0/8, ::1", "128.0.0.1"));
  EXPECT_TRUE(contains("10.1.2.3/31", "10.1.2.2"));
  EXPECT_FALSE(contains("10.1.2.3/31", "10.1.2.4"));
  EXPECT_TRUE(contains("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::"));
  EXPECT_TRUE(contains("::/0", "2001:db8::"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::"));
  EXPECT_TRUE(contains("10.1.2.3", "::ffff:10.1.2.3"));
  EXPECT_FALSE(contains("", "127.0.0.1"));
}

TEST(Networks, RefuseWhatIsNone) {
  for (const char* list : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/8x", "10.0.0.0/-1",
                           "proxy.internal", "10.0.0.1,,10.0.0.2", "10.0.0.1 10.0.0.2"})
    EXPECT_FALSE(Networks::parse(list)) << list;
}

TEST(AddressLimit, HoldsForEachAddress) {
  AddressLimit limit({2, Networks::parse("10.0.0.0/8").value()});
  const auto client = parse_address("192.0.2.7");
  auto first = limit.enter(client);
  const auto second = limit.enter(client);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(limit.enter(client));
  EXPECT_TRUE(limit.enter(parse_address("192.0.2.8")));
  first.reset();
  EXPECT_TRUE(limit.enter(client));
}

TEST(AddressLimit, LeavesProxiesAlone) {
  AddressLimit limit({1, Networks::parse("10.0.0.0/8").value()});
  const auto first = limit.enter(parse_address("10.1.1.1"));
  EXPECT_TRUE(limit.enter(parse_address("10.1.1.1")));
}

TEST(AddressLimit, CountsNetworksOfIPv6) {
  AddressLimit limit({1, {}});
  const auto first = limit.enter(parse_address("2001:db8::1"));
  EXPECT_FALSE(limit.enter(parse_address("2001:db8::2")));
  EXPECT_TRUE(limit.enter(parse_address("2001:db8:0:1::1")));
}

TEST(AddressLimit, MayBeChangedOrOff) {
  AddressLimit limit({});
  const auto client = parse_address("192.0.2.7");
  const auto uncounted = limit.enter(client);
  limit.reload({1, {}});
  const auto counted = limit.enter(client);
  EXPECT_TRUE(counted);
  EXPECT_FALSE(limit.enter(client));
  limit.reload({});
  EXPECT_TRUE(limit.enter(client));
}
