#include "config/settings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "config/database_url.hpp"

namespace {

using tailor::config::Error;
using tailor::config::read_settings;
using tailor::config::Settings;

class SettingsTest : public testing::Test {
 protected:
  void SetUp() override { environment("DATABASE_URL", "postgresql://u:hunter2@h/app?connection_limit=3"); }
  void TearDown() override {
    for (const auto& name : names_) unsetenv(name.c_str());
    std::remove(file_.c_str());
  }

  void environment(const std::string& name, const std::string& value) {
    setenv(name.c_str(), value.c_str(), 1);
    names_.push_back(name);
  }
  std::string file(const std::string& text) {
    std::ofstream(file_) << text;
    return "--config=" + file_;
  }
  static Settings read(const std::vector<std::string>& arguments = {}) {
    std::vector<const char*> argv{"tailor-frontend"};
    for (const auto& argument : arguments) argv.push_back(argument.c_str());
    return read_settings(static_cast<int>(argv.size()), argv.data()).value();
  }

 private:
  std::vector<std::string> names_;
  std::string file_ = testing::TempDir() + "/settings-" + std::to_string(getpid()) + ".toml";
};

}  // namespace

TEST_F(SettingsTest, HasDefaults) {
  environment("DATABASE_URL", "postgresql://h/app");
  const Settings settings = read();
  EXPECT_GE(settings.pool.size, 2U);
  EXPECT_EQ(settings.pool.pool_timeout.count(), 10);
  EXPECT_EQ(settings.request_timeout.count(), 15) << "the wait's and the query's";
  EXPECT_EQ(settings.pool.max_waiting, 1024U);
  EXPECT_EQ(settings.pool.pipeline, 12U);
  EXPECT_EQ(settings.pool.connection.statement_timeout.count(), 5);
  EXPECT_EQ(settings.pool.query_timeout.count(), 5);
  EXPECT_EQ(settings.heartbeat.count(), 4);
  EXPECT_EQ(settings.port, 8080);
  EXPECT_EQ(settings.admin_port, 9180);
  EXPECT_EQ(settings.max_connections, 1024);
  EXPECT_EQ(settings.listen, "127.0.0.1");
  EXPECT_EQ(settings.cache.bytes, 64U << 20U);
  EXPECT_EQ(settings.cache.ttl.count(), 300);
}

TEST_F(SettingsTest, ReadsTheCachesSizeAndTimes) {
  EXPECT_EQ(read({}).pool.connection.max_answer_bytes, std::size_t{4} << 20U);
  EXPECT_EQ(read({"--max-answer-size=64KiB"}).pool.connection.max_answer_bytes, std::size_t{1} << 16U);
  EXPECT_THROW(read({"--max-answer-size=65535"}), Error);
  EXPECT_THROW(read({"--max-answer-size=1GiB"}), Error);
  EXPECT_EQ(read({"--cache-bytes=0"}).cache.bytes, 0U);
  EXPECT_EQ(read({"--cache-bytes=1000000"}).cache.bytes, 1000000U);
  EXPECT_EQ(read({file("cache-bytes = \"2GiB\"\ncache-stale = 0\n")}).cache.bytes, std::size_t{2} << 30U);
  EXPECT_EQ(read({"--cache-ttl=0.5", "--cache-stale=0"}).cache.ttl.count(), 0.5);
  EXPECT_EQ(read({"--cache-ttl=0.5", "--cache-stale=0"}).cache.stale.count(), 0);
  environment("TAILOR_CACHE_BYTES", "8MiB");
  environment("TAILOR_CACHE_TTL_WITHOUT_NOTIFICATIONS", "7");
  EXPECT_EQ(read().cache.bytes, 8U << 20U);
  EXPECT_EQ(read().cache.ttl_without_notifications.count(), 7);
  for (const char* bad :
       {"--cache-bytes=-1", "--cache-bytes=much", "--cache-ttl=0", "--cache-ttl=nan", "--cache-stale=-1",
        "--cache-ttl-without-notifications=inf", "--cache-stale-if-error=x"})
    EXPECT_THROW(read({bad}), Error) << bad;
}

TEST_F(SettingsTest, SharesByRedisWhenToldWhereItIs) {
  EXPECT_FALSE(read().redis);
  EXPECT_FALSE(read().pool.connection.shared);
  environment("REDIS_URL", "redis://:secret@cache:6380/2");
  const Settings settings = read({"--redis-timeout=0.2"});
  ASSERT_TRUE(settings.redis);
  EXPECT_TRUE(settings.pool.connection.shared);
  EXPECT_EQ(settings.redis->address.host, "cache");
  EXPECT_EQ(settings.redis->timeout.count(), 0.2);
  EXPECT_EQ(settings.redis_prefix, "tailor");
  EXPECT_EQ(read().redis->timeout.count(), 0.05);
  EXPECT_EQ(read({"--redis-url=redis://other"}).redis->address.host, "other");
  EXPECT_THROW(read({"--cache-bytes=0"}), Error);
  EXPECT_THROW(read({"--redis-timeout=0"}), Error);
}

TEST_F(SettingsTest, FlagBeatsEnvironmentBeatsFileBeatsUrl) {
  EXPECT_EQ(read().pool.size, 3U);
  const std::string config = file("connection-limit=4\nport=1004\n");
  EXPECT_EQ(read({config}).pool.size, 4U);
  EXPECT_EQ(read({config}).port, 1004);
  environment("TAILOR_CONNECTION_LIMIT", "5");
  environment("TAILOR_PORT", "1005");
  EXPECT_EQ(read({config}).pool.size, 5U);
  EXPECT_EQ(read({config}).port, 1005);
  EXPECT_EQ(read({config, "--connection-limit=6", "--port", "1006"}).pool.size, 6U);
  EXPECT_EQ(read({config, "--connection-limit=6", "--port", "1006"}).port, 1006);
}

TEST_F(SettingsTest, ReadsTheUrlFromAnywhere) {
  unsetenv("DATABASE_URL");
  EXPECT_THROW(read(), Error);
  EXPECT_EQ(read({"--database-url=postgresql://flag/app"}).pool.connection.parameters.at("host"), "flag");
  EXPECT_EQ(read({file("database-url=\"postgresql://file/app?schema=s\"\n")}).pool.connection.schema, "s");
}

TEST_F(SettingsTest, TakesTimeoutsFromTheUrl) {
  environment("DATABASE_URL", "postgresql://h/app?pool_timeout=1.5&socket_timeout=2&connect_timeout=3");
  EXPECT_EQ(read().pool.pool_timeout.count(), 1.5);
  EXPECT_EQ(read().pool.query_timeout.count(), 2);
  EXPECT_EQ(read().pool.connection.connect_timeout.count(), 3);
  EXPECT_EQ(read({"--query-timeout=0.25"}).pool.query_timeout.count(), 0.25);
}

TEST_F(SettingsTest, ASessionThatIsNotItsOwnHasOneQueryAtATime) {
  EXPECT_EQ(read({"--pipeline=5"}).pool.pipeline, 5U);
  environment("DATABASE_URL", "postgresql://h/app?pgbouncer=true");
  EXPECT_EQ(read({"--pipeline=5"}).pool.pipeline, 1U);
}

TEST_F(SettingsTest, HasAsManyConnectionsAsCoresOrTwiceThatWithoutPipelines) {
  const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
  environment("DATABASE_URL", "postgresql://h/app");
  EXPECT_EQ(read().pool.size, std::max<std::size_t>(2, cores));
  EXPECT_EQ(read({"--pipeline=1"}).pool.size, 2 * cores);
  environment("DATABASE_URL", "postgresql://h/app?pgbouncer=true");
  EXPECT_EQ(read().pool.size, 2 * cores);
}

TEST_F(SettingsTest, RefusesBadValues) {
  for (const char* bad :
       {"--port=x", "--port=70000", "--port=-1", "--connection-limit=0", "--connection-limit=abc",
        "--pipeline=0", "--pool-timeout=0", "--pool-timeout=x", "--query-timeout=-1", "--connect-timeout=inf",
        "--max-connections=0", "--keep-alive-timeout=0", "--drain-delay=-1", "--http-max-age=-1",
        "--http-stale-if-error=x", "--log-level=loud", "--no-such=1", "--config=/no/such/file", "stray"}) {
    EXPECT_THROW(read({bad}), Error) << bad;
  }
  EXPECT_THROW(read({file("no-such=1\n")}), Error);
  environment("TAILOR_PORT", "x");
  EXPECT_THROW(read(), Error);
}

TEST_F(SettingsTest, NeverShowsThePassword) {
  try {
    read({"--databaseurl=postgresql://u:hunter2@h/app"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos) << error.what();
  }
}

TEST_F(SettingsTest, ARequestsTimeBoundsWhatItConsistsOf) {
  const auto settings = read({"--request-timeout=2", "--max-waiting=0"});
  EXPECT_EQ(settings.request_timeout.count(), 2);
  EXPECT_EQ(settings.pool.pool_timeout.count(), 1.5);
  EXPECT_EQ(settings.pool.query_timeout.count(), 5) << "bounded by what is left, request by request";
  EXPECT_EQ(settings.pool.connection.statement_timeout.count(), 2);
  EXPECT_EQ(settings.pool.max_waiting, 0U);
  EXPECT_EQ(read({"--request-timeout=60"}).pool.pool_timeout.count(), 10);
  EXPECT_THROW(read({"--request-timeout=0"}), Error);
  EXPECT_THROW(read({"--max-waiting=-1"}), Error);
}

TEST_F(SettingsTest, RepeatsNoUrlThatItDidNotExpect) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"--database-ur=postgresql://web:hunter2/rest@host/shop"},
                                             {"--database-url", "postgresql://web:hun", "hunter2@host/shop"},
                                             {"--port=postgresql://web:hunter2@h/shop"},
                                             {"hunter2"},
                                             {file("postgresql://web:hunter2@host/shop\n")}}) {
    try {
      read(arguments);
      FAIL() << arguments[0];
    } catch (const Error& error) {
      EXPECT_EQ(std::string{error.what()}.find("hunter2"), std::string::npos) << error.what();
    }
  }
}
