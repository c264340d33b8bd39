#include "content/representation.hpp"

#include <brotli/decode.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <thread>
#include <vector>

#include "http/problem.hpp"
#include "http/write_representation.hpp"

using httplib::Response;
using tailor::content::Encoding;
using tailor::content::Representation;
using tailor::http::names_tag;
using tailor::http::write_representation;

namespace {

std::string page(int tailors) {
  std::string text = R"({"success":true,"data":[)";
  for (int i = 0; i < tailors; ++i)
    text += R"({"id":"t)" + std::to_string(i * 7919) + R"(","distance":)" + std::to_string(i * 0.37) + "},";
  return text + "]}";
}

std::string gunzipped(const std::string& coded) {
  std::string text(1 << 20, '\0');
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(coded.data()));
  stream.avail_in = static_cast<uInt>(coded.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

std::string unbrotlied(const std::string& coded) {
  std::string text(1 << 20, '\0');
  std::size_t size = text.size();
  EXPECT_EQ(BrotliDecoderDecompress(coded.size(), reinterpret_cast<const std::uint8_t*>(coded.data()), &size,
                                    reinterpret_cast<std::uint8_t*>(text.data())),
            BROTLI_DECODER_RESULT_SUCCESS);
  text.resize(size);
  return text;
}

Response answer(const std::shared_ptr<const Representation>& representation, const char* accept_encoding,
                const std::string& if_none_match = {}, const std::string& if_match = {}) {
  httplib::Request request;
  request.set_header("Accept-Encoding", accept_encoding);
  if (!if_match.empty()) request.set_header("If-Match", if_match);
  if (!if_none_match.empty()) request.set_header("If-None-Match", if_none_match);
  Response response;
  response.status = 200;  // as Server begins
  write_representation(request, representation, "max-age=7", response);
  EXPECT_EQ(response.get_header_value("Cache-Control"), "max-age=7");
  EXPECT_EQ(response.get_header_value("Vary"), "Accept-Encoding");
  return response;
}

std::string body(const Response& response) {
  std::string body;
  httplib::DataSink sink;
  sink.write = [&](const char* part, std::size_t size) {
    body.append(part, size);
    return true;
  };
  if (response.content_provider_) response.content_provider_(0, response.content_length_, sink);
  return body;
}

}  // namespace

TEST(Representation, HasTheSameBodyInEveryCoding) {
  const Representation large(page(200));
  EXPECT_EQ(large.variant(Encoding::identity).body, large.body());
  EXPECT_EQ(gunzipped(large.variant(Encoding::gzip).body), large.body());
  EXPECT_EQ(unbrotlied(large.variant(Encoding::br).body), large.body());
}

TEST(Representation, IsNotCompressedWhenThatWouldTakeLong) {
  const auto just = std::make_shared<const Representation>(std::string(std::size_t{1} << 20U, 'x'));
  EXPECT_EQ(answer(just, "gzip").get_header_value("Content-Encoding"), "gzip");
  const auto larger = std::make_shared<const Representation>(std::string((std::size_t{1} << 20U) + 1, 'x'));
  for (const char* accepted : {"gzip", "br", "gzip, identity;q=0"}) {
    const Response response = answer(larger, accepted);
    EXPECT_EQ(response.get_header_value("Content-Encoding"), "");
    EXPECT_EQ(response.get_header_value("ETag"), larger->etag());
    EXPECT_EQ(body(response), larger->body());
  }
}

TEST(Representation, HasAnEntityTagForEveryBody) {
  const Representation one(page(50));
  const Representation alike(page(50));
  const Representation other(page(51));
  EXPECT_EQ(one.etag(), alike.etag());
  EXPECT_NE(one.etag(), other.etag());
  EXPECT_EQ(one.etag().size(), 34U);
  const std::string bare = one.etag().substr(0, 33);
  EXPECT_EQ(one.variant(Encoding::gzip).etag, bare + "-gzip\"");
  EXPECT_EQ(one.variant(Encoding::br).etag, bare + "-br\"");
}

TEST(Representation, IsCompressedOnceWhoeverAsks) {
  const Representation large(page(2000));
  std::array<const std::string*, 8> seen{};
  std::vector<std::thread> threads;
  threads.reserve(seen.size());
  for (auto& each : seen) threads.emplace_back([&] { each = &large.variant(Encoding::br).body; });
  for (auto& thread : threads) thread.join();
  for (const auto* each : seen) EXPECT_EQ(each, seen.front());
  EXPECT_EQ(unbrotlied(*seen.front()), large.body());
}

TEST(Representation, CountsAllThatItKeeps) {
  for (const int tailors : {0, 12, 100, 2000}) {
    const Representation representation(page(tailors));
    const std::size_t before = representation.bytes();
    std::size_t kept = sizeof representation;
    for (const auto encoding : {Encoding::br, Encoding::gzip, Encoding::identity}) {
      if (encoding == Encoding::identity || representation.worth_compressing())
        kept += representation.variant(encoding).body.capacity();
    }
    EXPECT_GE(before, kept) << tailors;
    EXPECT_EQ(representation.bytes(), before) << tailors;
  }
}

TEST(Representation, IsWrittenInTheCodingThatIsWanted) {
  const auto large = std::make_shared<const Representation>(page(200));
  const auto small = std::make_shared<const Representation>(page(1));
  EXPECT_EQ(body(answer(large, "")), large->body());
  EXPECT_EQ(answer(large, "").get_header_value("Content-Encoding"), "");
  EXPECT_EQ(answer(large, "gzip, br").get_header_value("Content-Encoding"), "br");
  EXPECT_EQ(unbrotlied(body(answer(large, "gzip, br"))), large->body());
  EXPECT_EQ(gunzipped(body(answer(large, "gzip"))), large->body());
  EXPECT_EQ(body(answer(small, "gzip, br")), small->body());
  EXPECT_EQ(gunzipped(body(answer(small, "gzip, identity;q=0"))), small->body());
}

TEST(Representation, IsNotSentToWhoHasIt) {
  const auto large = std::make_shared<const Representation>(page(200));
  const auto first = answer(large, "br");
  const auto second = answer(large, "br", first.get_header_value("ETag"));
  EXPECT_EQ(second.status, 304);
  EXPECT_EQ(body(second), "");
  EXPECT_EQ(second.get_header_value("Content-Type"), "");
  EXPECT_EQ(second.get_header_value("Content-Encoding"), "");
  EXPECT_EQ(second.get_header_value("ETag"), first.get_header_value("ETag"));
  EXPECT_EQ(answer(large, "br", "*").status, 304);
  // Other bytes, though of the same answer.
  EXPECT_EQ(answer(large, "gzip", first.get_header_value("ETag")).status, 200);
  EXPECT_EQ(answer(large, "br", large->etag()).status, 200);
}

TEST(Representation, IsNotSentToWhoWantsAnother) {
  const auto large = std::make_shared<const Representation>(page(200));
  const std::string tag = answer(large, "br").get_header_value("ETag");
  EXPECT_EQ(answer(large, "br", {}, tag).status, 200);
  EXPECT_EQ(answer(large, "br", tag, tag).status, 304);
  for (const auto& other : {"W/" + tag, large->etag(), std::string{"\"x\""}})
    EXPECT_THROW(answer(large, "br", tag, other), tailor::http::Problem) << other;
}

TEST(EntityTag, IsFoundInAList) {
  const std::string tag = R"("a,b")";
  for (const char* list : {R"("a,b")", R"(W/"a,b")", R"("x", "a,b")", R"("x","a,b","y")", "*", " * ",
                           R"(, ,"x" ,W/"a,b")", R"("","a,b")"})
    EXPECT_TRUE(names_tag(list, tag)) << list;
  for (const char* list : {"", "a,b", R"("a","b")", R"("a,b)", R"(w/"a,b")", R"("x" y "a,b")", R"("A,B")",
                           R"("*")", "W/", R"("x","a,b)", "x*", R"('a,b')"})
    EXPECT_FALSE(names_tag(list, tag)) << list;
}

TEST(EntityTag, IsComparedStronglyOnDemand) {
  using tailor::http::Comparison;
  EXPECT_TRUE(names_tag("W/\"x\", \"a\"", "\"a\"", Comparison::strong));
  EXPECT_TRUE(names_tag("*", "\"a\"", Comparison::strong));
  EXPECT_FALSE(names_tag("W/\"a\"", "\"a\"", Comparison::strong));
}
