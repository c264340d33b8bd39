#include "notifications/notification.hpp"

#include <gtest/gtest.h>

#include "notifications/listener.hpp"

namespace {

using tailor::notifications::heartbeat_payload;
using tailor::notifications::ListenerSettings;
using tailor::notifications::parse_notification;
using tailor::notifications::why_not_notified;
using tailor::postgres::Pooling;

TEST(Notification, ATailorAndItsPlaces) {
  const auto [heartbeat, change] =
      parse_notification(R"({"v":1,"x":18446744073709551615,"tailor":"t\"1","at":[[12.9716,-77.5],null]})");
  EXPECT_TRUE(heartbeat.empty());
  EXPECT_EQ(change.transaction, UINT64_MAX);
  EXPECT_EQ(change.tailor, "t\"1");
  ASSERT_EQ(change.points.size(), 1U);
  EXPECT_EQ(change.points[0].latitude, 12.9716);
  EXPECT_EQ(change.points[0].longitude, -77.5);
  EXPECT_TRUE(change.unlocated);
  EXPECT_FALSE(change.everything);
}

TEST(Notification, AWorkAndAUser) {
  const auto work = parse_notification(R"({"v":1,"x":5,"tailor":"t1"})").change;
  EXPECT_EQ(work.tailor, "t1");
  EXPECT_TRUE(work.points.empty() && !work.unlocated && !work.everything);
  const auto user = parse_notification(R"({"v":1,"x":6,"user":"u1"})").change;
  EXPECT_EQ(user.user, "u1");
  EXPECT_FALSE(user.everything);
}

TEST(Notification, EverythingWhereItCannotBeToldApart) {
  for (const char* payload : {R"({"v":1,"x":7,"all":true})", R"({"v":1,"x":7,"place":"MG_ROAD"})",
                              R"({"v":2,"x":7,"tailor":"t1"})", R"({"v":1,"x":7,"news":0})"}) {
    const auto change = parse_notification(payload).change;
    EXPECT_TRUE(change.everything) << payload;
    EXPECT_EQ(change.transaction, 7U);
  }
}

TEST(Notification, IsRefusedWhenNoTriggerSendsIt) {
  for (const char* payload : {"",
                              "x",
                              "{}",
                              "[]",
                              "7",
                              "\xff",
                              R"({"v":1})",
                              R"({"x":1})",
                              R"({"v":1,"tailor":"t1"})",
                              R"({"v":1,"x":"7","all":true})",
                              R"({"v":1,"x":-7,"all":true})",
                              R"({"v":1,"x":7.5,"all":true})",
                              R"({"v":1,"x":1e300,"all":true})",
                              R"({"v":1,"x":18446744073709551616,"all":true})",
                              R"({"v":1,"x":true,"all":true})",
                              R"({"v":1,"x":NaN,"all":true})",
                              R"({"v":1,"x":7,"tailor":1})",
                              R"({"v":1,"x":7,"tailor":""})",
                              R"({"v":1,"x":7,"tailor":null})",
                              R"({"v":1,"x":7,"user":""})",
                              R"({"v":1,"x":7,"tailor":"t","at":7})",
                              R"({"v":1,"x":7,"tailor":"t","at":[[1]]})",
                              R"({"v":1,"x":7,"tailor":"t","at":[[90.1,0]]})",
                              R"({"v":1,"x":7,"tailor":"t","at":[[0,-180.1]]})",
                              R"({"v":1,"x":7,"tailor":"t","at":[["1",2]]})",
                              R"({"v":1,"x":7,"tailor":"t","at":[[NaN,2]]})",
                              R"({"v":1,"x":7,"tailor":"t","at":[[1e999,2]]})",
                              R"({"v":1,"x":7,"tailor":"t","at":[[1,2,3]]})",
                              R"({"v":1,"x":7,"tailor":"t","at":[[1,2],null,[3,4]]})",
                              R"({"heartbeat":1})"})
    EXPECT_ANY_THROW(parse_notification(payload)) << payload;
  EXPECT_ANY_THROW(parse_notification(std::string(7999, '[')));
  EXPECT_ANY_THROW(parse_notification(std::string(3999, '[') + std::string(3999, ']')));
}

TEST(Notification, HeartbeatsAreNoChanges) {
  EXPECT_EQ(parse_notification(heartbeat_payload("a-1")).heartbeat, "a-1");
}

TEST(WhyDeaf, TellsWhereNotificationsCannotBeReliedUpon) {
  const auto with = [](std::map<std::string, std::string> parameters, Pooling pooling = Pooling::unstated) {
    ListenerSettings settings;
    settings.connection.parameters = std::move(parameters);
    settings.connection.pooling = pooling;
    return why_not_notified(settings);
  };
  EXPECT_EQ(with({}), "");
  EXPECT_EQ(with({{"host", "a"}}), "");
  EXPECT_EQ(with({{"host", "a,b"}, {"target_session_attrs", "primary"}}), "");
  EXPECT_NE(with({{"host", "a"}}, Pooling::transaction), "");
  EXPECT_EQ(with({{"host", "a,b"}}), "");  // one of them is the primary
}

TEST(WhyDeaf, AUrlToListenAtGoesPastAPooler) {
  ListenerSettings settings;
  settings.connection.pooling = Pooling::transaction;
  settings.listen.emplace();
  EXPECT_EQ(why_not_notified(settings), "");
}

}  // namespace
