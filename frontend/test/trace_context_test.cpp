#include "http/trace_context.hpp"

#include <gtest/gtest.h>

#include <string>

#include "http/head_guard.hpp"

namespace {

using tailor::http::is_sampled;
using tailor::http::is_traceparent;

const std::string kTrace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::string flags(const std::string& text) {
  return kTrace.substr(0, 53) + text;
}

std::string read_from(const std::string& fields) {
  const auto head = tailor::http::guard_head("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
  const auto found = head.fields.find("traceparent");
  return found == head.fields.end() ? "" : found->second;
}

}  // namespace

TEST(TraceContext, IsStrict) {
  EXPECT_TRUE(is_traceparent(kTrace));
  EXPECT_TRUE(is_traceparent("cc" + kTrace.substr(2) + "-what-comes"));
  for (const std::string& text :
       {std::string{}, kTrace + "-x", kTrace.substr(1), "ff" + kTrace.substr(2), "0x" + kTrace.substr(2),
        "cc" + kTrace.substr(2) + "x", "00-" + std::string(32, '0') + kTrace.substr(35),
        kTrace.substr(0, 36) + std::string(16, '0') + "-01", "00-0AF7" + kTrace.substr(7), flags("0g"),
        "00_" + kTrace.substr(3), kTrace.substr(0, 35) + "_" + kTrace.substr(36)})
    EXPECT_FALSE(is_traceparent(text)) << text;
}

TEST(TraceContext, KnowsWhatIsSampled) {
  for (const char* text : {"01", "ff", "0b", "03"}) EXPECT_TRUE(is_sampled(flags(text))) << text;
  for (const char* text : {"00", "fe", "0a", "02"}) EXPECT_FALSE(is_sampled(flags(text))) << text;
  EXPECT_FALSE(is_sampled(""));
}

TEST(TraceContext, IsReadFromTheHead) {
  EXPECT_EQ(read_from("TraceParent: " + kTrace + "\r\n"), kTrace);
  EXPECT_EQ(read_from("traceparent: x\r\n"), "");
  EXPECT_EQ(read_from("traceparent: " + kTrace + "\r\ntraceparent: " + kTrace + "\r\n"), "");
}
