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
  EXPECT_EQ(url.pgbouncer, true);
  const std::map<std::string, std::string> expected{
      {"user", "user"},  {"password", "hunter2"}, {"host", "db.example"},     {"port", "6543"},
      {"dbname", "app"}, {"sslmode", "require"},  {"application_name", "x&y"}};
  EXPECT_EQ(url.parameters, expected);
}

TEST(DatabaseUrl, LeavesWhatIsNotThereUnset) {
  const DatabaseUrl url = parse_database_url("postgres://localhost/app");
  EXPECT_FALSE(url.connection_limit || url.pool_timeout || url.connect_timeout || url.socket_timeout);
  EXPECT_TRUE(url.schema.empty() && url.server_database.empty() && url.server_role.empty());
  EXPECT_FALSE(url.pgbouncer.has_value());
}

TEST(DatabaseUrl, StatesWhatAPoolerDoes) {
  const DatabaseUrl url =
      parse_database_url(kBase + "?pgbouncer=false&server_database=app_1&server_role=app%20owner");
  EXPECT_EQ(url.pgbouncer, false);
  EXPECT_EQ(url.server_database, "app_1");
  EXPECT_EQ(url.server_role, "app owner");
  EXPECT_FALSE(url.parameters.contains("server_role"));
  EXPECT_NE(refusal(kBase + "?server_role=").find("server_role must not be empty"), std::string::npos);
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
       {std::string("postgresql://user:hunter2@[::1/app"),
        std::string("postgresql://user:hunter2@[::1]x/app"), std::string("mysql://user:hunter2@h/app"),
        std::string("postgresql://user:hunter2%@h/app"), std::string("postgresql://user:hunter2[@h/app%4"),
        std::string("user:hunter2"), std::string("\"postgresql://user:hunter2@h/app\""),
        std::string("postgresql://user:hun\nter2@h/app"),
        std::string("prisma+postgres://accelerate.prisma-data.net/?api_key=hunter2"),
        std::string("postgresql://user:hunter2@h/app?sslhunter2=1&password=x")}) {
    const std::string message = refusal(url);
    EXPECT_NE(message, "accepted") << url;
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
  }
}

TEST(DatabaseUrl, AsksForAnEncodedPasswordWhereOneMakesTheUrlAmbiguous) {
  for (const char* url :
       {"postgresql://web:hunter2/rest@host/shop", "postgresql://web:1234/hunter2@host/shop",
        "postgresql://web:hunter2?rest@[host/shop", "postgresql://web:x/hunter2?rest@host/shop",
        "postgresql://web:x/y?hunter2=rest@host/shop", "postgresql://web:x@hunter2@host/shop",
        "postgresql://web:x@hunter2/rest@host/shop", "postgresql://web:x@y?a&hunter2@host/shop",
        "postgresql://web:hunter2%zz@host/shop", "postgresql://web:hunter2%@host/shop",
        "postgresql://web:x@[hunter2@host/shop", "postgresql://web:hunter2/rest"}) {
    const std::string message = refusal(url);
    EXPECT_TRUE(message.starts_with("DATABASE_URL")) << url << ": " << message;
    EXPECT_NE(message.find("percent-encode"), std::string::npos) << url << ": " << message;
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
    EXPECT_EQ(message.find("rest"), std::string::npos) << message;
  }
}

TEST(DatabaseUrl, RefusesWhatLibpqWouldRefuseBeforeItConnects) {
  const std::map<std::string, std::string> refused{
      {"sslmode=no-verify", "sslmode=require"},
      {"sslmode=required", "sslmode must be disable, allow, prefer, require, verify-ca or verify-full"},
      {"target_session_attrs=primry", "target_session_attrs must be any, "},
      {"port=99999", "port must be a number from 1 to 65535"},
      {"port=0", "port must be a number from 1 to 65535"},
      {"hostaddr=db.example", "hostaddr must be an IP address"},
      {"host=a,b&port=1,2,3", "port must be one, or one for each host"},
      {"host=a,b&hostaddr=127.0.0.1", "host and hostaddr must list as many"},
      {"gssencmode=yes", "gssencmode must be disable, prefer or require"},
      {"channel_binding=on", "channel_binding must be "},
      {"ssl_min_protocol_version=TLSv9", "ssl_min_protocol_version has a value that libpq does not take"},
      {"ssl_min_protocol_version=TLSv1.3&ssl_max_protocol_version=TLSv1.2",
       "ssl_max_protocol_version and ssl_min_protocol_version cannot be given"},
      {"sslmode", "sslmode has no value"},
      {"sslmod=verify-full", "sslmod is not known"},
  };
  for (const auto& [query, said] : refused) {
    const std::string message = refusal(std::string{kBase}.append("?").append(query));
    EXPECT_NE(message.find(said), std::string::npos) << message;
  }
  EXPECT_NE(refusal("postgresql://h:99999/app").find("port must be"), std::string::npos);
  for (const char* accepted :
       {"ssl=true", "target_session_attrs=prefer-standby", "host=a,b&port=5432", "host=a,b&port=,5433",
        "hostaddr=::1", "sslmode=verify-full&sslrootcert=/no/such/file", "options=-c%20work_mem=8MB"})
    EXPECT_EQ(refusal(kBase + "?" + accepted), "accepted") << accepted;
}

TEST(DatabaseUrl, TakesALineBreakAtItsEnd) {
  EXPECT_EQ(parse_database_url(kBase + "\n").parameters.at("dbname"), "app");
  EXPECT_EQ(parse_database_url(kBase + "?schema=shop\r\n").schema, "shop");
}

TEST(DatabaseUrl, SaysWhatIsAroundIt) {
  for (const std::string& quoted : {"\"" + kBase + "\"", "'" + kBase + "'", kBase + "\""})
    EXPECT_NE(refusal(quoted).find("leave the quotes out"), std::string::npos) << refusal(quoted);
  EXPECT_NE(refusal(" " + kBase).find("blank"), std::string::npos);
  EXPECT_NE(refusal("").find("is empty"), std::string::npos);
  EXPECT_NE(refusal("postgresql://h/a\npp").find("line break"), std::string::npos);
  EXPECT_NE(refusal("prisma+postgres://localhost:51213/?api_key=x").find("the database's own URL"),
            std::string::npos);
  EXPECT_NE(refusal("prisma://x/?api_key=x").find("the database's own URL"), std::string::npos);
}

TEST(DatabaseUrl, IgnoresWhatPrismaIgnores) {
  using Names = std::vector<std::string>;
  const DatabaseUrl url = parse_database_url(kBase + "?nonsense=1&supa=base-pooler.x&schema=s&a&x%20y=1");
  EXPECT_EQ(url.ignored, (Names{"nonsense", "supa", "a", "number 5"}));
  EXPECT_EQ(url.schema, "s");
  EXPECT_EQ(parse_database_url("postgresql://h/app?password=a&hunter2=b").ignored, Names{"number 2"});
  EXPECT_EQ(parse_database_url(kBase + "?application_name=me@host").parameters.at("application_name"),
            "me@host");
}
