#include "http/cors.hpp"

#include <gtest/gtest.h>

namespace {

using tailor::http::Cors;

TEST(Cors, TakesWhatBrowsersSend) {
  for (const char* list :
       {"", " ", "*", "https://shop.example", "http://localhost:3000 https://a.b,https://c.d",
        "http://[::1]:8080", "https://xn--bcher-kva.example"})
    EXPECT_TRUE(Cors::parse(list)) << list;
}

TEST(Cors, RefusesWhatNoBrowserSends) {
  for (const char* list :
       {"null", "shop.example", "https://", "https://shop.example/", "https://Shop.example",
        "HTTPS://shop.example", "https://shop.example:443", "http://shop.example:80",
        "https://shop.example:", "https://:3000", "ftp://shop.example", "https://*.example",
        "https://u@shop.example", "*, https://shop.example", "* *"})
    EXPECT_FALSE(Cors::parse(list)) << list;
}

}  // namespace
