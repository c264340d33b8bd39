#include "config/database_url.hpp"

#include <gtest/gtest.h>

namespace {

using tailor::config::DatabaseUrl;
using tailor::config::Error;
using tailor::config::parse_database_url;

std::string refusal(const std::string& url) {
  try {
    parse_database_url(url);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

const std::string kBase = "postgresql://user:hunter2@db.example:6543/app";

}  // namespace

TEST(DatabaseUrl, TakesPrismasParametersOut) {
  const DatabaseUrl url = parse_database_url(
      kBase +
      "?connection_limit=20&pool_timeout=10&connect_timeout=5&schema=my%20shop&pgbouncer=true&sslmode=require"
      "&statement_cache_size=0&socket_timeout=2.5&sslaccept=accept_invalid_certs&application_name=x%26y");
  EXPECT_EQ(url.connection_limit, 20);
  EXPECT_EQ(url.pool_timeout, 10);
  EXPECT_EQ(url.connect_timeout, 5);
  EXPECT_EQ(url.socket_timeout, 2.5);
  EXPECT_EQ(url.schema, "my shop");
  EXPECT_TRUE(url.pgbouncer);
  const std::map<std::string, std::string> expected{
      {"user", "user"},  {"password", "hunter2"}, {"host", "db.example"},     {"port", "6543"},
      {"dbname", "app"}, {"sslmode", "require"},  {"application_name", "x&y"}};
  EXPECT_EQ(url.parameters, expected);
}

TEST(DatabaseUrl, LeavesWhatIsNotThereUnset) {
  const DatabaseUrl url = parse_database_url("postgres://localhost/app");
  EXPECT_FALSE(url.connection_limit || url.pool_timeout || url.connect_timeout || url.socket_timeout);
  EXPECT_TRUE(url.schema.empty());
  EXPECT_FALSE(url.pgbouncer);
}

TEST(DatabaseUrl, KeepsLibpqsOwnSyntax) {
  const DatabaseUrl url = parse_database_url(
      "postgresql://u:a%40b%3Fc@h1:1,h2:2/app?connection_limit=3&target_session_attrs=any");
  EXPECT_EQ(url.parameters.at("password"), "a@b?c");
  EXPECT_EQ(url.parameters.at("host"), "h1,h2");
  EXPECT_EQ(url.parameters.at("port"), "1,2");
  EXPECT_EQ(url.parameters.at("target_session_attrs"), "any");
  EXPECT_EQ(parse_database_url("postgresql://u:a?b@h/app?pgbouncer=true").parameters.at("password"), "a?b");
  EXPECT_EQ(parse_database_url("postgresql://u@/app?host=/run/postgresql").parameters.at("host"),
            "/run/postgresql");
}

TEST(DatabaseUrl, SaysWhichValueIsBad) {
  for (const char* name : {"connection_limit", "pool_timeout", "connect_timeout", "socket_timeout"}) {
    for (const char* value : {"abc", "", "-1", "1x", "0", "nan", "1e99"}) {
      EXPECT_NE(
          refusal(kBase + "?" + name + "=" + value).find(std::string("DATABASE_URL: ") + name + " must "),
          std::string::npos)
          << name << "=" << value;
    }
  }
  EXPECT_NE(refusal(kBase + "?pool_timeout=0").find("without a limit"), std::string::npos);
  EXPECT_NE(refusal(kBase + "?pgbouncer=1").find("pgbouncer must be true or false"), std::string::npos);
  EXPECT_NE(refusal(kBase + "?schema=").find("schema must not be empty"), std::string::npos);
  EXPECT_NE(refusal(kBase + "?schema=%zz").find("hexadecimal"), std::string::npos);
}

TEST(DatabaseUrl, TellsLibpqsEquivalentOfPrismasCertificates) {
  EXPECT_NE(refusal(kBase + "?sslaccept=strict").find("sslmode=verify-full"), std::string::npos);
  EXPECT_NE(refusal(kBase + "?sslidentity=a.p12").find("sslkey"), std::string::npos);
  EXPECT_NE(refusal(kBase + "?sslpassword=x").find("sslkey"), std::string::npos);
  EXPECT_NE(refusal(kBase + "?sslcert=a.pem").find("sslrootcert"), std::string::npos);
}

TEST(DatabaseUrl, NeverShowsThePassword) {
  for (const std::string& url :
       {kBase + "?nonsense=1", std::string("postgresql://user:hunter2@[::1/app"),
        std::string("postgresql://user:hunter2@[::1]x/app"), std::string("mysql://user:hunter2@h/app"),
        std::string("postgresql://user:hunter2%@h/app"), std::string("postgresql://user:hunter2@h/app?a"),
        std::string("postgresql://user:hunter2[@h/app%4"), std::string("user:hunter2")}) {
    const std::string message = refusal(url);
    EXPECT_NE(message, "accepted") << url;
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
  }
  EXPECT_NE(refusal(kBase + "?nonsense=1").find("nonsense"), std::string::npos);
}
