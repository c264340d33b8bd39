#include "http/accept_encoding.hpp"

#include <gtest/gtest.h>

#include <array>

using tailor::content::Encoding;
using tailor::http::choose_encoding;

namespace {

struct Case {
  const char* accept_encoding;
  Encoding large;  // for a body that is worth compressing
  Encoding small;
};

constexpr auto br = Encoding::br;
constexpr auto gzip = Encoding::gzip;
constexpr auto identity = Encoding::identity;

constexpr std::array kCases{
    Case{"", identity, identity},
    Case{"identity", identity, identity},
    Case{"gzip", gzip, identity},
    Case{"x-gzip", gzip, identity},
    Case{"br", br, identity},
    Case{"gzip, deflate, br, zstd", br, identity},  // a browser's
    Case{"GZip , Br", br, identity},
    Case{"deflate, zstd", identity, identity},
    Case{"*", br, identity},
    Case{"br;q=0.5, gzip", gzip, identity},
    Case{"br;q=0.8,gzip;q=0.8", br, identity},
    Case{"gzip ; q=0.001", gzip, identity},
    Case{"gzip;Q=0.5", gzip, identity},
    Case{"gzip;q=0.5, identity", identity, identity},
    Case{"gzip;q=0.5, identity;q=0.4", gzip, identity},
    Case{"gzip;q=0", identity, identity},
    Case{"*, br;q=0", gzip, identity},
    Case{"*;q=0.5, gzip;q=0.6", gzip, identity},
    Case{"br, identity;q=0", br, br},
    Case{"gzip, *;q=0", gzip, gzip},
    Case{"identity;q=0", identity, identity},  // nothing is left: as if it had not been said
    Case{"*;q=0", identity, identity},
    Case{"*;q=0, identity", identity, identity},
    // What cannot be read says nothing.
    Case{"gzip;q=2, br", br, identity},
    Case{"gzip;q=", identity, identity},
    Case{"gzip;q=1.001", identity, identity},
    Case{"gzip;q=0.1234", identity, identity},
    Case{"gzip;q=-1", identity, identity},
    Case{"gzip;level=9", identity, identity},
    Case{",,;,=,;q=1,gzip", gzip, identity},
};

}  // namespace

TEST(Encoding, IsTheOneThatTheClientWantsMost) {
  for (const auto& [text, large, small] : kCases) {
    EXPECT_EQ(choose_encoding(text, true), large) << text;
    EXPECT_EQ(choose_encoding(text, false), small) << text;
  }
}
