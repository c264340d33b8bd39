#include "http/route.hpp"

#include <gtest/gtest.h>

#include "http/problem.hpp"

using tailor::http::match;
using tailor::http::wants_content;

TEST(Route, IsChosenByTheWholePath) {
  EXPECT_EQ(match("/a", "/a"), "");
  for (const char* path : {"", "/", "/A", "/a/", "/ab", "//a", "/%61"})
    EXPECT_FALSE(match("/a", path)) << path;
}

TEST(Route, MayEndWithOneSegmentOfAnyText) {
  EXPECT_EQ(match("/a/{}", "/a/b"), "b");
  EXPECT_EQ(match("/a/{}", "/a/%2Fb%20"), "%2Fb%20");
  EXPECT_EQ(match("/a/{}", "/a/" + std::string(16000, 'x')), std::string(16000, 'x'));
  for (const char* path : {"/a", "/a/", "/a/b/", "/a/b/c", "/b/a/b"})
    EXPECT_FALSE(match("/a/{}", path)) << path;
}

TEST(Route, HasTheQueryAsItWasSent) {
  const auto query = [](const char* target) {
    httplib::Request request;
    request.target = target;
    return std::string{tailor::http::query_of(request)};
  };
  EXPECT_EQ(query("/a?b=%zz&b=?&b"), "b=%zz&b=?&b");
  for (const char* target : {"/", "/a", "*", "/a?"}) EXPECT_EQ(query(target), "") << target;
}

TEST(Route, TakesGetAndHead) {
  httplib::Request request;
  httplib::Response response;
  for (const char* method : {"GET", "HEAD"}) {
    request.method = method;
    EXPECT_TRUE(wants_content(request, response)) << method;
  }
  request.method = "DELETE";
  EXPECT_THROW(wants_content(request, response), tailor::http::Problem);
  request.method = "OPTIONS";
  EXPECT_FALSE(wants_content(request, response));
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.get_header_value("Allow"), "GET, HEAD, OPTIONS");
}
