#include "http/request_head.hpp"

#include <gtest/gtest.h>

namespace {

using tailor::http::parse_head;
using Verdict = tailor::http::RequestHead::Verdict;

Verdict verdict(const std::string& fields, const std::string& line = "GET /x HTTP/1.1") {
  return parse_head(line + "\r\n" + fields + "\r\n").verdict;
}

}  // namespace

TEST(RequestHead, KeepsTheRequestLine) {
  const auto head = parse_head("HEAD /x?y HTTP/1.0\r\nRange: bytes=0-1\r\nAccept-Encoding: br\r\n\r\n");
  EXPECT_EQ(head.verdict, Verdict::good);
  EXPECT_EQ(head.request_line, "HEAD /x?y HTTP/1.0");
}

TEST(RequestHead, KeepsWhatTheAnswerDependsOn) {
  const auto head = parse_head(
      "GET / HTTP/1.1\r\nHost: a\r\naccept-encoding: gzip\r\nIf-None-Match:\t\"a\" \r\n"
      "Accept-Encoding:\r\nACCEPT-ENCODING: br;q=0.5\r\nif-none-match: W/\"b\"\r\n\r\n");
  EXPECT_EQ(head.accept_encoding, "gzip, , br;q=0.5");
  EXPECT_EQ(head.if_none_match, "\"a\", W/\"b\"");
}

TEST(RequestHead, KnowsWhenToClose) {
  EXPECT_FALSE(parse_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n").close);
  EXPECT_TRUE(parse_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").close);
  EXPECT_TRUE(parse_head("GET / HTTP/1.0\r\n\r\n").close);
  EXPECT_FALSE(parse_head("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n").close);
}

TEST(RequestHead, RefusesBodies) {
  EXPECT_EQ(verdict("Host: a\r\nContent-Length: 0\r\n"), Verdict::good);
  EXPECT_EQ(verdict("Host: a\r\nContent-Length: 5\r\n"), Verdict::has_body);
  EXPECT_EQ(verdict("Host: a\r\nContent-Length: x\r\n"), Verdict::has_body);
  EXPECT_EQ(verdict("Host: a\r\nContent-Length:\r\n"), Verdict::has_body);
  EXPECT_EQ(verdict("Host: a\r\ntransfer-encoding: chunked\r\n"), Verdict::has_body);
  EXPECT_TRUE(parse_head("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n").close);
}

TEST(RequestHead, RefusesWhatAnotherServerMightReadDifferently) {
  for (const char* fields :
       {"", "Host: a\r\nHost: b\r\n", "Host: a\r\nContent-Length : 5\r\n", "Host: a\r\n folded: 1\r\n",
        "Host: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n",
        "Host: a\r\nX: 1\nTransfer-Encoding: chunked\r\n", "Host: a\r\nno colon\r\n",
        "Host: a\r\nX: \x01\r\n", "Host: a\r\n: empty\r\n"}) {
    EXPECT_EQ(verdict(fields), Verdict::malformed) << fields;
  }
  for (const char* line :
       {"", "GET", "GET /", "GET / HTTP/2.0", "GET  / HTTP/1.1", "GET /a b HTTP/1.1", "G(T / HTTP/1.1",
        "GET http://a/ HTTP/1.1", "GET /\x7f HTTP/1.1", "GET / HTTP/1.1 "}) {
    EXPECT_EQ(verdict("Host: a\r\n", line), Verdict::malformed) << line;
  }
}

TEST(RequestHead, FindsItsEnd) {
  EXPECT_EQ(tailor::http::end_of_head("GET / HTTP/1.1\r\n\r\nrest"), 18U);
  EXPECT_EQ(tailor::http::end_of_head("GET / HTTP/1.1\r\n"), std::string::npos);
}
