#include "postgres/hosts.hpp"

#include <gtest/gtest.h>

#include "postgres/error.hpp"

namespace tailor::postgres {
namespace {

// No server listens there, so the message names each host that was tried.
std::string tried(const Parameters& parameters) {
  Hosts hosts(parameters);
  try {
    hosts.connect();
  } catch (const Error& error) {
    EXPECT_EQ(error.failure(), Failure::unavailable);
    return error.what();
  }
  return "connected";
}

bool several(const Parameters& parameters) {
  return Hosts(parameters).several();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Hosts, TriesEachOnItsOwnPort) {
  const std::string reasons = tried({{"host", "/no/a,/no/b,/no/c"}, {"port", "7001,7002,7003"}});
  EXPECT_EQ(count(reasons, "No such file"), 3U);
  for (const char* socket : {"/no/a/.s.PGSQL.7001", "/no/b/.s.PGSQL.7002", "/no/c/.s.PGSQL.7003"}) {
    EXPECT_EQ(count(reasons, socket), 1U) << reasons;
  }
}

TEST(Hosts, OnePortServesAll) {
  const std::string reasons = tried({{"host", "/no/a,/no/b"}, {"port", "7001"}});
  EXPECT_EQ(count(reasons, ".s.PGSQL.7001"), 2U) << reasons;
}

TEST(Hosts, AnEmptyPortIsTheDefault) {
  const std::string reasons = tried({{"host", "/no/a,/no/b"}, {"port", "7001,"}});
  EXPECT_EQ(count(reasons, ".s.PGSQL.7001"), 1U) << reasons;
  EXPECT_EQ(count(reasons, "/no/b/.s.PGSQL."), 1U) << reasons;  // libpq's own, which the environment sets
}

TEST(Hosts, LeavesWhatDoesNotFitToLibpq) {
  EXPECT_EQ(count(tried({{"host", "/no/a,/no/b"}, {"port", "1,2,3"}}), "could not match"), 1U);
  EXPECT_FALSE(several({{"host", "/no/a,/no/b"}, {"port", "1,2,3"}}));
}

TEST(Hosts, OneIsNotSeveral) {
  EXPECT_FALSE(several({}));
  EXPECT_FALSE(several({{"host", "/no/a"}}));
  EXPECT_TRUE(several({{"hostaddr", "192.0.2.1,192.0.2.2"}}));
}

}  // namespace
}  // namespace tailor::postgres
