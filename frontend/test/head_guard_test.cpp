#include "http/head_guard.hpp"

#include <gtest/gtest.h>

#include "http/request_target.hpp"

namespace {

using tailor::http::guard_head;
using tailor::http::HeadFault;
using tailor::http::is_host;
using tailor::http::kLongestHead;
using tailor::http::read_target;
namespace faults = tailor::http::faults;

const HeadFault* fault(const std::string& fields, const std::string& line = "GET /x HTTP/1.1") {
  return guard_head(line + "\r\n" + fields + "\r\n").fault;
}

}  // namespace

TEST(HeadGuard, KeepsMethodAndTarget) {
  const auto head = guard_head("HEAD /x?y HTTP/1.0\r\nRange: bytes=0-1\r\nAccept-Encoding: br\r\n\r\n");
  EXPECT_EQ(head.fault, nullptr);
  EXPECT_EQ(head.method, "HEAD");
  EXPECT_EQ(head.target, "/x?y");
}

TEST(HeadGuard, KeepsTheFieldsThatHandlersRead) {
  const auto head = guard_head(
      "GET / HTTP/1.1\r\nHost: a\r\naccept-encoding: gzip\r\nIf-None-Match:\t\"a\" \r\nif-match: \"c\"\r\n"
      "Accept-Encoding:\r\nACCEPT-ENCODING: br;q=0.5\r\nif-none-match: W/\"b\"\r\n\r\n");
  const httplib::Headers kept{
      {"Accept-Encoding", "gzip, , br;q=0.5"}, {"If-Match", "\"c\""}, {"If-None-Match", "\"a\", W/\"b\""}};
  EXPECT_EQ(head.fields, kept);
}

TEST(HeadGuard, KnowsWhenToClose) {
  EXPECT_FALSE(guard_head("GET / HTTP/1.1\r\nHost: a\r\n\r\n").close);
  EXPECT_TRUE(guard_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n").close);
  EXPECT_TRUE(guard_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nconnection: CLOSE\r\n\r\n").close);
  EXPECT_TRUE(guard_head("GET / HTTP/1.0\r\n\r\n").close);
  EXPECT_FALSE(guard_head("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n").close);
  EXPECT_TRUE(guard_head("GET / HTTP/1.0\r\nconnection: keep-alive, close\r\n\r\n").close);
}

TEST(HeadGuard, OfOneThatIsRefusedSaysWhetherTheAnswerHasABody) {
  const auto head = guard_head("HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n");
  EXPECT_EQ(head.fault, &faults::kHost);
  EXPECT_EQ(head.method, "HEAD");
  EXPECT_TRUE(head.close);
}

TEST(HeadGuard, RefusesBodies) {
  EXPECT_EQ(fault("Host: a\r\nContent-Length: 0\r\n"), nullptr);
  EXPECT_EQ(fault("Host: a\r\nContent-Length: 5\r\n"), &faults::kHasBody);
  EXPECT_EQ(fault("Host: a\r\ntransfer-encoding: chunked\r\n"), &faults::kHasBody);
}

TEST(HeadGuard, RefusesWhatAnotherServerMightReadDifferently) {
  for (const char* fields : {"", "Host: a\r\nHost: b\r\n", "Host: a b\r\n", "Host: a\r\nHost: a\r\n"})
    EXPECT_EQ(fault(fields), &faults::kHost) << fields;
  for (const char* fields :
       {"Host: a\r\nContent-Length : 5\r\n", "Host: a\r\n folded: 1\r\n", "Host: a\r\nno colon\r\n",
        "Host: a\r\nX: 1\nTransfer-Encoding: chunked\r\n", "Host: a\r\nX: \x01\r\n", "Host: a\r\n: empty\r\n",
        "Host: a\r\nX: 1\r\r\n", "\rHost: a\r\n", " Host: a\r\n"})
    EXPECT_EQ(fault(fields), &faults::kFieldLine) << fields;
  for (const char* line :
       {"", "GET", "GET /", "GET  / HTTP/1.1", "GET /a b HTTP/1.1", "G(T / HTTP/1.1", "GET / HTTP/1.1 ",
        "GET / http/1.1", "GET / HTTP/1.10", "GET / HTTP/11", " GET / HTTP/1.1"})
    EXPECT_EQ(fault("Host: a\r\n", line), &faults::kRequestLine) << line;
}

TEST(HeadGuard, KnowsVersionsAndMethods) {
  EXPECT_EQ(fault("Host: a\r\n", "GET / HTTP/1.9"), nullptr);
  EXPECT_EQ(fault("", "GET / HTTP/1.9"), &faults::kHost);
  EXPECT_EQ(fault("Host: a\r\n", "GET / HTTP/2.0"), &faults::kVersion);
  EXPECT_EQ(fault("Host: a\r\n", "GET / HTTP/0.9"), &faults::kVersion);
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"})
    EXPECT_EQ(fault("Host: a\r\n", method + std::string{" / HTTP/1.1"}), nullptr) << method;
  for (const char* method : {"get", "BREW", "GETS", "CONNECT"})
    EXPECT_EQ(fault("Host: a\r\n", method + std::string{" / HTTP/1.1"}), &faults::kMethod) << method;
}

TEST(HeadGuard, KnowsOneExpectation) {
  EXPECT_EQ(fault("Host: a\r\nExpect: 100-Continue\r\n"), nullptr);
  EXPECT_EQ(fault("Host: a\r\nExpect: x, 100-continue\r\n"), &faults::kExpectation);
  EXPECT_EQ(fault("Expect: x\r\n", "GET / HTTP/1.0"), nullptr);
}

TEST(HeadGuard, SaysWhatIsTooLong) {
  const std::string much(kLongestHead, 'a');
  EXPECT_EQ(guard_head("GET /" + much).fault, &faults::kLongTarget);
  EXPECT_EQ(guard_head("GET /" + much + " HTTP/1.1\r\nHost: a\r\n\r\n").fault, &faults::kLongTarget);
  EXPECT_EQ(guard_head("GET / HTTP/1.1\r\nX: " + much).fault, &faults::kLongHead);
  EXPECT_EQ(guard_head(much + " / HTTP/1.1\r\n").fault, &faults::kMethod);
  EXPECT_EQ(guard_head("(" + much).fault, &faults::kRequestLine);
  std::string lines;
  while (lines.size() <= kLongestHead) lines += "\r\n";
  EXPECT_EQ(guard_head(lines).fault, &faults::kLongHead);
  const std::string just = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  EXPECT_EQ(guard_head(just + much.substr(just.size() + 4) + "\r\n\r\n").fault, nullptr);
  EXPECT_EQ(guard_head(just + much.substr(just.size() + 3) + "\r\n\r\n").fault, &faults::kLongHead);
}

TEST(HeadGuard, MayComeAfterEmptyLines) {
  EXPECT_EQ(guard_head("\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n").target, "/x");
}

TEST(HeadGuard, FindsItsEnd) {
  using tailor::http::end_of_head;
  EXPECT_EQ(end_of_head("GET / HTTP/1.1\r\n\r\nrest"), 18U);
  EXPECT_EQ(end_of_head("\r\n\r\nGET / HTTP/1.1\r\n\r\nrest"), 22U);
  EXPECT_EQ(end_of_head("a\nb\n\nrest"), 5U);
  EXPECT_EQ(end_of_head("a\r\n\nrest"), 4U);
  for (const char* part :
       {"", "\r", "\r\n", "\r\n\r\n", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\n\r", "a\n\r", "a\nb\n"})
    EXPECT_EQ(end_of_head(part), std::string::npos) << part;
}

TEST(Host, IsANameOrAnAddressAndPerhapsAPort) {
  for (const char* host : {"", "a", "a:", "a:80", "A.b-c_d~", "1.2.3.4", "[::1]", "[2001:db8::1]:8080", "%41",
                           "!$&'()*+,;=", "[v1f.a:b]", "[V1.~]:1"})
    EXPECT_TRUE(is_host(host)) << host;
  for (const char* host :
       {" ",      "a b",  ":",   ":80", "a:b",    "a:1:2",    "u@a",       "a/",           "a?",
        "a#",     "[::1", "::1", "[]",  "[::1]x", "[::g]",    "[1.2.3.4]", "[v.a]",        "[v1.]",
        "[vx.a]", "%",    "%4",  "%4g", "a\\",    "\xc3\xa9", "a\t",       "[fe80::1%25e]"})
    EXPECT_FALSE(is_host(host)) << host;
}

TEST(RequestTarget, IsAPathWhateverItsForm) {
  const auto text = [](const char* target, const char* method = "GET") {
    const auto read = read_target(method, target);
    return read.fault == nullptr ? read.text : read.fault->code;
  };
  EXPECT_EQ(text("/a?b=/c?[d]{|}\"<>^`\\"), "/a?b=/c?[d]{|}\"<>^`\\");
  EXPECT_EQ(text("//a/b"), "//a/b");
  EXPECT_EQ(text("http://a/b?c"), "/b?c");
  EXPECT_EQ(text("HTTP://[::1]:80?c"), "/?c");
  EXPECT_EQ(text("http://a"), "/");
  EXPECT_EQ(text("http://a/b?http://c"), "/b?http://c");
  EXPECT_EQ(text("http://a", "OPTIONS"), "*");
  EXPECT_EQ(text("http://a/", "OPTIONS"), "/");
  EXPECT_EQ(text("*", "OPTIONS"), "*");
  EXPECT_EQ(text("https://a/"), "misdirected_request");
  for (const char* target : {"", "*", "a", "a:80", "?b", "http:/a", "http://", "http:///a", "http://:80/",
                             "http://u@a/", "/a#b", "/\x7f", "/\xc3\xa9", "://a", "a/b://c"})
    EXPECT_EQ(text(target), "malformed_request") << target;
}

TEST(MessageFraming, LeavesNoDoubt) {
  const auto with = [](int lengths, const char* length, const char* codings = nullptr, bool http_1_1 = true) {
    tailor::http::FramingFields fields{lengths, length, {}};
    if (codings != nullptr) fields.transfer_encoding = codings;
    return framing_fault(fields, http_1_1);
  };
  EXPECT_EQ(with(0, ""), nullptr);
  EXPECT_EQ(with(1, "0"), nullptr);
  EXPECT_EQ(with(1, "000"), nullptr);
  EXPECT_EQ(with(1, "18446744073709551616"), &faults::kHasBody);
  for (const char* length : {"", "-1", "+1", "0x0", "1 2", "0, 0", "1.0", "x", "\xb2"})
    EXPECT_EQ(with(1, length), &faults::kContentLength) << length;
  EXPECT_EQ(with(2, "0"), &faults::kContentLength);
  EXPECT_EQ(with(1, "0", "chunked"), &faults::kContentLength);
  EXPECT_EQ(with(0, "", "chunked", false), &faults::kTransferEncoding);
  for (const char* codings : {"chunked", "CHUNKED", ", chunked ,"})
    EXPECT_EQ(with(0, "", codings), &faults::kHasBody) << codings;
  for (const char* codings :
       {"", "identity", "gzip", "chunked, gzip", "chunked, chunked", "chunked;a=b", "xchunked"})
    EXPECT_EQ(with(0, "", codings), &faults::kTransferEncoding) << codings;
  for (const char* codings : {"gzip, chunked", "x,chunked"})
    EXPECT_EQ(with(0, "", codings), &faults::kTransferCoding) << codings;
}
