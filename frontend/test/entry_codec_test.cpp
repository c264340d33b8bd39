#include "cache/entry_codec.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace std::chrono_literals;
using namespace tailor;
using cache::decode_entry;
using cache::encode_entry;
using cache::Entry;

namespace {

constexpr std::string_view kName = "origin s5:12.975:77.59";

std::shared_ptr<Entry> search() {
  auto made = std::make_shared<Entry>();
  Entry& entry = *made;
  entry.representation = std::make_shared<const content::Representation>(R"({"success":true,"data":[]})");
  entry.dependencies = {
      .tailor = {}, .centre = cache::Point{12.97, 77.59}, .radius_km = 7.5, .unlocated = true};
  entry.dependencies.shown = R"(["t1","u1",""])";
  entry.dependencies.box = {170, -12.5, -170, 13};
  entry.snapshot = "100:200:150,151";
  entry.notified = true;
  entry.cost = 1234us;
  return made;
}

std::shared_ptr<Entry> tailor_of_unknown_ids() {
  auto made = std::make_shared<Entry>();
  Entry& entry = *made;
  entry.representation =
      std::make_shared<const content::Representation>(std::string(300000, 'x') + '\0' + "end");
  entry.dependencies = {.tailor = "t1", .centre = {}};
  return made;
}

void expect_same(const Entry& entry) {
  const auto read = decode_entry(encode_entry(entry, kName, 5s), kName);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->lifetime, 5s);
  EXPECT_EQ(read->entry->representation->body(), entry.representation->body());
  EXPECT_EQ(read->entry->representation->etag(), entry.representation->etag());
  EXPECT_EQ(read->entry->snapshot, entry.snapshot);
  EXPECT_EQ(read->entry->notified, entry.notified);
  EXPECT_EQ(read->entry->cost, entry.cost);
  EXPECT_EQ(read->entry->dependencies.tailor, entry.dependencies.tailor);
  EXPECT_EQ(read->entry->dependencies.radius_km, entry.dependencies.radius_km);
  EXPECT_EQ(read->entry->dependencies.unlocated, entry.dependencies.unlocated);
  EXPECT_EQ(read->entry->dependencies.shown, entry.dependencies.shown);
  ASSERT_EQ(read->entry->dependencies.box.has_value(), entry.dependencies.box.has_value());
  if (entry.dependencies.box) {
    EXPECT_EQ(read->entry->dependencies.box->west, entry.dependencies.box->west);
    EXPECT_EQ(read->entry->dependencies.box->south, entry.dependencies.box->south);
    EXPECT_EQ(read->entry->dependencies.box->east, entry.dependencies.box->east);
    EXPECT_EQ(read->entry->dependencies.box->north, entry.dependencies.box->north);
  }
  ASSERT_EQ(read->entry->dependencies.centre.has_value(), entry.dependencies.centre.has_value());
  if (!entry.dependencies.centre) return;
  EXPECT_EQ(read->entry->dependencies.centre->latitude, entry.dependencies.centre->latitude);
  EXPECT_EQ(read->entry->dependencies.centre->longitude, entry.dependencies.centre->longitude);
}

}  // namespace

TEST(Wire, KeepsAll) {
  expect_same(*search());
  expect_same(*tailor_of_unknown_ids());
}

TEST(Wire, IsOfOneNameAlone) {
  const std::string bytes = encode_entry(*search(), kName, 5s);
  EXPECT_FALSE(decode_entry(bytes, "origin s5:12.975:77.58"));
  EXPECT_FALSE(decode_entry(bytes, ""));
}

TEST(Wire, RefusesWhatIsCutOffAnywhere) {
  const std::string bytes = encode_entry(*search(), kName, 5s);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_entry(std::string_view{bytes}.substr(0, size), kName)) << size;
    EXPECT_FALSE(decode_entry(std::string_view{bytes}.substr(bytes.size() - size), kName)) << size;
  }
}

TEST(Wire, RefusesEveryFlippedBit) {
  std::string bytes = encode_entry(*search(), kName, 5s);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const auto mask = static_cast<char>(1U << bit % 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
    EXPECT_FALSE(decode_entry(bytes, kName)) << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
  }
  EXPECT_TRUE(decode_entry(bytes, kName));
}

// So that what the checksum holds is read with care as well: AddressSanitizer watches
// (scripts/check-sanitize).
TEST(Wire, SurvivesNonsenseWithAGoodChecksum) {
  std::minstd_rand random(20261124);
  const std::string good = encode_entry(*search(), kName, 5s);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = good.substr(0, good.size() - 8);
    for (auto left = 1 + random() % 4; left > 0; --left)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    const auto read = decode_entry(cache::with_checksum(std::move(bytes)), kName);
    if (read) {
      EXPECT_FALSE(read->entry->representation->body().empty());
      EXPECT_GT(read->lifetime, 0ms);
    }
  }
}

TEST(Wire, RefusesNoise) {
  std::minstd_rand random(20261124);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 200, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_FALSE(decode_entry(bytes, kName));
  }
}

TEST(Wire, RefusesTimesThatCannotBe) {
  EXPECT_FALSE(decode_entry(encode_entry(*search(), kName, 0ms), kName));
  EXPECT_FALSE(decode_entry(encode_entry(*search(), kName, -5s), kName));
  EXPECT_FALSE(decode_entry(encode_entry(*search(), kName, std::chrono::hours{24 * 400}), kName));
  const auto entry = search();
  entry->cost = -1s;
  EXPECT_FALSE(decode_entry(encode_entry(*entry, kName, 5s), kName));
}
