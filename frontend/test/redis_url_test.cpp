#include "config/redis_url.hpp"

#include <gtest/gtest.h>

#include "config/database_url.hpp"

using tailor::config::Error;
using tailor::config::parse_redis_url;
using tailor::redis::Address;

namespace {

Address at(std::string host, int port = 6379, int database = 0) {
  Address address;
  address.host = std::move(host);
  address.port = port;
  address.database = database;
  return address;
}

Address as(Address address, std::string user, std::string password) {
  address.user = std::move(user);
  address.password = std::move(password);
  return address;
}

std::string refusal(std::string_view url) {
  try {
    parse_redis_url(url);
    return "none";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

TEST(RedisUrl, Host) {
  EXPECT_EQ(parse_redis_url("redis://cache"), at("cache"));
  EXPECT_EQ(parse_redis_url("redis://cache/"), at("cache"));
  EXPECT_EQ(parse_redis_url("redis://127.0.0.1:6380/2"), at("127.0.0.1", 6380, 2));
  EXPECT_EQ(parse_redis_url("redis://cache:6380?db=3"), at("cache", 6380, 3));
  EXPECT_EQ(parse_redis_url("redis://[::1]:6380/1"), at("::1", 6380, 1));
  EXPECT_EQ(parse_redis_url("redis://[::1]"), at("::1"));
  EXPECT_EQ(parse_redis_url("redis://"), at("localhost"));
}

TEST(RedisUrl, UserAndPassword) {
  EXPECT_EQ(parse_redis_url("redis://web:a%40b@cache/1"), as(at("cache", 6379, 1), "web", "a@b"));
  EXPECT_EQ(parse_redis_url("redis://:secret@cache"), as(at("cache"), "", "secret"));
  EXPECT_EQ(parse_redis_url("redis://:a/b?c:d@e@cache:1"), as(at("cache", 1), "", "a/b?c:d@e"));
}

TEST(RedisUrl, Socket) {
  Address address;
  address.socket = "/run/redis/redis.sock";
  EXPECT_EQ(parse_redis_url("unix:///run/redis/redis.sock"), address);
  address.database = 4;
  EXPECT_EQ(parse_redis_url("unix://web:pw@/run/redis/redis.sock?db=4"), as(address, "web", "pw"));
}

TEST(RedisUrl, RefusesWhatItCannotUse) {
  for (const char* url : {"",
                          "cache:6379",
                          "http://cache",
                          "redis:cache",
                          "redis://cache:port",
                          "redis://cache:0",
                          "redis://cache:65536",
                          "redis://cache/one",
                          "redis://cache/-1",
                          "redis://cache?ssl=true",
                          "redis://[::1",
                          "redis://[::1]x",
                          "redis://user@cache",
                          "redis://a:%zz@cache",
                          "\"redis://cache\"",
                          "redis://ca\nche",
                          " redis://cache",
                          "redis://a:%00@cache",
                          "unix://",
                          "unix://run/redis.sock"}) {
    EXPECT_TRUE(refusal(url).starts_with("REDIS_URL ")) << url << ": " << refusal(url);
  }
  EXPECT_NE(refusal("rediss://cache").find("TLS"), std::string::npos);
}

TEST(RedisUrl, TakesALineBreakAtItsEnd) {
  EXPECT_EQ(parse_redis_url("redis://cache:6380/2\n"), at("cache", 6380, 2));
}

TEST(RedisUrl, TellsNoSecret) {
  for (const char* url : {"'redis://u:hunter2@cache'", "redis://u:hunter2\n@cache",
                          "redis://u:hunter2@cache:x", "redis://hunter2@cache", "redis://u:hunter2%zz@cache",
                          "hunter2", "redis://u:hunter2@cache/x", "redis://u:hunter2@cache?x=hunter2"})
    EXPECT_EQ(refusal(url).find("hunter2"), std::string::npos) << url;
}
