#include "cache/change_log.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using tailor::cache::Change;
using tailor::cache::ChangeLog;
using tailor::cache::Dependencies;
using tailor::cache::invalidates;
using tailor::cache::Point;
using tailor::cache::Snapshot;

constexpr Point kBengaluru{12.9716, 77.5946};
constexpr Point kChennai{13.0827, 80.2707};  // 290 km away

Dependencies around(Point centre, double km, bool unlocated = false) {
  return {.tailor = {}, .centre = centre, .radius_km = km, .unlocated = unlocated};
}

Change at(Point point) {
  return {.tailor = "t1", .points = {point}, .unlocated = false};
}

TEST(Touches, WhatIsInTheCircle) {
  EXPECT_TRUE(invalidates(at(kBengaluru), around(kBengaluru, 0.001)));
  EXPECT_FALSE(invalidates(at(kChennai), around(kBengaluru, 100)));
  EXPECT_TRUE(invalidates(at(kChennai), around(kBengaluru, 300)));
  EXPECT_TRUE(invalidates(at({12.9716, -179.99}), around({12.9716, 179.99}, 5)));
  EXPECT_TRUE(invalidates(at({89.99, 10}), around({89.99, -170}, 5)));
  EXPECT_TRUE(invalidates(at({NAN, 10}), around(kBengaluru, 5)));
}

// On the rim, where the sphere's distance and the spheroid's differ most.
TEST(Touches, TheRimByTheSpheroid) {
  EXPECT_TRUE(invalidates(at({0.9043687, 0}),
                          around({0, 0}, 100.0)));  // 100.000 km by the spheroid, 100.56 by the sphere
  EXPECT_FALSE(invalidates(at({1.0, 0}), around({0, 0}, 100.0)));
}

TEST(Touches, WhatIsInTheBox) {
  const Dependencies view{.tailor = {}, .centre = kChennai, .box = {{77.5, 12.9716, 77.6, 13}}};
  EXPECT_TRUE(invalidates(at(kBengaluru), view));  // on the edge
  EXPECT_FALSE(invalidates(at(kChennai), view));   // at the centre, which is elsewhere
  EXPECT_FALSE(invalidates(at({12.9715, 77.55}), view));
  EXPECT_TRUE(invalidates(at({NAN, 77.55}), view));
  const Dependencies across{.tailor = {}, .centre = {}, .box = {{170, -90, -170, 90}}};
  EXPECT_TRUE(invalidates(at({0, 175}), across));
  EXPECT_TRUE(invalidates(at({90, -170}), across));
  EXPECT_FALSE(invalidates(at({0, 169.9}), across));
  const Change unlocated{.tailor = "t1", .points = {}, .unlocated = true};
  EXPECT_FALSE(invalidates(unlocated, view));
  EXPECT_TRUE(invalidates(
      unlocated, {.tailor = {}, .centre = {}, .unlocated = true, .box = {{77.5, 12.9716, 77.6, 13}}}));
}

TEST(Touches, BothEndsOfAMove) {
  EXPECT_TRUE(invalidates({.tailor = "t1", .points = {kChennai, kBengaluru}, .unlocated = false},
                          around(kBengaluru, 5)));
}

TEST(Touches, UnlocatedOnesOnlyWhereTheyAreFound) {
  const Change change{.tailor = "t1", .points = {}, .unlocated = true};
  EXPECT_TRUE(invalidates(change, around(kBengaluru, 5, true)));
  EXPECT_FALSE(invalidates(change, around(kBengaluru, 5)));
}

TEST(Touches, OneTailorByItsId) {
  const Dependencies shown{.tailor = "t1", .centre = {}, .radius_km = 0, .unlocated = false};
  EXPECT_TRUE(invalidates(at(kChennai), shown));
  EXPECT_FALSE(invalidates({.tailor = "t2", .points = {kChennai}, .unlocated = false}, shown));
  EXPECT_TRUE(invalidates({.tailor = "", .points = {kChennai}, .unlocated = false}, shown));
}

TEST(Touches, AnythingWhereTheCircleIsUnknown) {
  EXPECT_TRUE(invalidates(at(kChennai), Dependencies{}));
}

TEST(Touches, WhoShowsTheTailorOfAWorkOrTheUser) {
  Dependencies dependencies = around(kBengaluru, 5);
  const Change work{.tailor = "t1", .points = {}, .unlocated = false};
  const Change user{.tailor = {}, .points = {}, .unlocated = false, .user = "u1"};
  EXPECT_TRUE(invalidates(work, dependencies));
  EXPECT_TRUE(invalidates(user, dependencies));
  dependencies.shown = R"(["t1","u1"])";
  EXPECT_TRUE(invalidates(work, dependencies));
  EXPECT_TRUE(invalidates(user, dependencies));
  dependencies.shown = R"(["t2","u2"])";
  EXPECT_FALSE(invalidates(work, dependencies));
  EXPECT_FALSE(invalidates(user, dependencies));
  EXPECT_TRUE(invalidates(at(kBengaluru), dependencies));  // it may come to be shown
  Dependencies one{
      .tailor = "t1", .centre = {}, .radius_km = 0, .unlocated = false, .shown = R"(["t1","u1"])"};
  EXPECT_TRUE(invalidates(work, one));
  EXPECT_TRUE(invalidates(user, one));
  one.shown = R"(["t1","u2"])";
  EXPECT_FALSE(invalidates(user, one));
}

TEST(Touches, AnIdAsPostgresqlWritesItInJson) {
  Dependencies dependencies = around(kBengaluru, 5);
  dependencies.shown = R"(["a\"b","\\\u0001\n","é","t10"])";
  for (const char* shown : {"a\"b", "\\\x01\n", "é", "t10"})
    EXPECT_TRUE(invalidates({.tailor = shown, .points = {}, .unlocated = false}, dependencies)) << shown;
  for (const char* other : {"a", "t1", "e", "10"})
    EXPECT_FALSE(invalidates({.tailor = other, .points = {}, .unlocated = false}, dependencies)) << other;
}

TEST(Touches, AllWhenEverythingMayHaveChanged) {
  const Change all{.tailor = {}, .points = {}, .unlocated = false, .user = {}, .everything = true};
  Dependencies dependencies = around(kBengaluru, 5);
  dependencies.shown.emplace();
  EXPECT_TRUE(invalidates(all, dependencies));
}

TEST(ChangeLog, TellsWhatIsCurrent) {
  ChangeLog change_log;
  const auto before = change_log.now();
  EXPECT_TRUE(change_log.current(before, around(kBengaluru, 5)));
  change_log.append(at(kBengaluru));
  change_log.append(at(kChennai));
  EXPECT_FALSE(change_log.current(before, around(kBengaluru, 5)));
  EXPECT_TRUE(change_log.current(before + 1, around(kBengaluru, 5)));
  EXPECT_TRUE(change_log.current(before, around({48.2, 16.4}, 50)));
  EXPECT_TRUE(change_log.current(change_log.now(), around(kChennai, 5)));
}

TEST(ChangeLog, ForgetsAllThatCameBefore) {
  ChangeLog change_log;
  const auto before = change_log.now();
  change_log.forget_all();
  EXPECT_FALSE(change_log.current(before, around(kBengaluru, 5)));
  EXPECT_TRUE(change_log.current(change_log.now(), around(kBengaluru, 5)));
  change_log.append(at(kChennai));
  EXPECT_FALSE(change_log.current(before, around(kBengaluru, 5)));
}

TEST(ChangeLog, IsBoundedAndSureOfNothingOlder) {
  ChangeLog change_log(3);
  const auto before = change_log.now();
  for (int i = 0; i < 3; ++i) change_log.append(at(kChennai));
  EXPECT_TRUE(change_log.current(before, around(kBengaluru, 5)));
  change_log.append(at(kChennai));
  EXPECT_FALSE(change_log.current(before, around(kBengaluru, 5)));
  EXPECT_TRUE(change_log.current(before + 1, around(kBengaluru, 5)));
}

Change by(tailor::cache::Transaction transaction, Point point) {
  Change change = at(point);
  change.transaction = transaction;
  return change;
}

TEST(ChangeLog, KnowsWhetherItListens) {
  ChangeLog change_log;
  EXPECT_FALSE(change_log.listening());
  const auto before = change_log.now();
  change_log.listen_from({10, 10, {}});
  EXPECT_TRUE(change_log.listening());
  EXPECT_FALSE(change_log.current(before, around(kBengaluru, 5)));
  change_log.forget_all();
  EXPECT_FALSE(change_log.listening());
  EXPECT_FALSE(change_log.current(Snapshot{99, 99, {}}, around(kBengaluru, 5)));
}

TEST(ChangeLog, TellsOfOthersAnswersByTheirSnapshot) {
  ChangeLog change_log;
  const Dependencies dependencies = around(kBengaluru, 5);
  EXPECT_FALSE(change_log.current(Snapshot{10, 10, {}}, dependencies));
  change_log.listen_from({10, 12, {10}});
  EXPECT_TRUE(change_log.current(Snapshot{10, 12, {10}}, dependencies));
  EXPECT_TRUE(change_log.current(Snapshot{12, 12, {}}, dependencies));
  EXPECT_FALSE(
      change_log.current(Snapshot{10, 12, {10, 11}}, dependencies));  // 11 was over before this one listened
  EXPECT_FALSE(change_log.current(Snapshot{10, 11, {10}}, dependencies));
  change_log.append(by(12, kBengaluru));
  EXPECT_FALSE(change_log.current(Snapshot{12, 12, {}}, dependencies));
  EXPECT_FALSE(change_log.current(Snapshot{12, 14, {12}}, dependencies));  // it began before 12 was over
  EXPECT_TRUE(change_log.current(Snapshot{10, 13, {10}}, dependencies));
  EXPECT_TRUE(change_log.current(Snapshot{12, 12, {}}, around(kChennai, 5)));
}

TEST(ChangeLog, IsSureOfNoSnapshotThatDoesNotSeeWhatWasDropped) {
  ChangeLog change_log(1);
  const Dependencies dependencies = around(kBengaluru, 5);
  change_log.listen_from({10, 10, {}});
  change_log.append(by(12, kChennai));
  change_log.append(by(11, kChennai));
  EXPECT_FALSE(change_log.current(Snapshot{11, 12, {}}, dependencies));
  EXPECT_FALSE(change_log.current(Snapshot{12, 13, {12}}, dependencies));
  EXPECT_TRUE(change_log.current(Snapshot{13, 13, {}}, dependencies));
  change_log.listen_from({11, 13, {}});
  EXPECT_TRUE(change_log.current(Snapshot{11, 13, {}}, dependencies));
}

TEST(ChangeLog, IsBoundedInBytes) {
  ChangeLog change_log;
  const auto before = change_log.now();
  Change change = at(kChennai);
  change.tailor.assign(8000, 't');
  for (int i = 0; i < 1000; ++i) change_log.append(change);
  EXPECT_FALSE(change_log.current(before, around(kBengaluru, 5)));
  EXPECT_TRUE(change_log.current(change_log.now() - 100, around(kBengaluru, 5)));
}

TEST(ChangeLog, ATransactionThatHasNotCommittedIsAFlush) {
  for (const tailor::cache::Transaction forged : {UINT64_MAX, std::uint64_t{20}, std::uint64_t{15}}) {
    ChangeLog change_log;
    const Dependencies dependencies = around(kBengaluru, 5);
    change_log.listen_from({10, 10, {}});
    change_log.append(by(11, kChennai));
    EXPECT_TRUE(change_log.confirm({12, 12, {}}));
    EXPECT_TRUE(change_log.current(Snapshot{12, 12, {}}, dependencies));
    change_log.append(by(forged, kBengaluru));
    EXPECT_FALSE(change_log.confirm({15, 20, {15}}));
    EXPECT_TRUE(change_log.confirm({15, 20, {15}}));
    EXPECT_TRUE(change_log.current(Snapshot{15, 20, {15}}, dependencies));  // nothing of it is left
    EXPECT_FALSE(change_log.current(Snapshot{12, 12, {}}, dependencies));
    EXPECT_FALSE(change_log.current(Snapshot{15, 19, {15}}, dependencies));
  }
}

TEST(ChangeLog, AForgedTransactionIsNotRememberedWhenItsChangeIsDropped) {
  ChangeLog change_log(2);
  const Dependencies dependencies = around(kBengaluru, 5);
  change_log.listen_from({10, 10, {}});
  change_log.append(by(UINT64_MAX, kChennai));
  for (int i = 0; i < 2; ++i) change_log.append(by(11, kChennai));
  EXPECT_FALSE(change_log.current(Snapshot{12, 12, {}}, dependencies));
  EXPECT_FALSE(change_log.confirm({12, 12, {}}));
  EXPECT_TRUE(change_log.current(Snapshot{12, 12, {}}, dependencies));
}

TEST(ChangeLog, AFlushIsOfAllThatCameBefore) {
  ChangeLog change_log;
  const Dependencies dependencies = around(kBengaluru, 5);
  change_log.flush({10, 10, {}});
  EXPECT_FALSE(change_log.listening());
  EXPECT_FALSE(change_log.current(Snapshot{10, 10, {}}, dependencies));
  change_log.listen_from({10, 10, {}});
  const auto before = change_log.now();
  change_log.flush({12, 12, {}});
  EXPECT_TRUE(change_log.listening());
  EXPECT_FALSE(change_log.current(before, dependencies));
  EXPECT_FALSE(change_log.current(Snapshot{11, 11, {}}, dependencies));
  EXPECT_TRUE(change_log.current(Snapshot{12, 12, {}}, dependencies));
}

Snapshot until(tailor::Lsn log_end) {
  return {99, 99, {}, log_end};
}

TEST(ChangeLog, KnowsWhatAStandbyMustHaveReplayed) {
  ChangeLog change_log;
  const Dependencies here = around(kBengaluru, 5), elsewhere = around(kChennai, 5);
  EXPECT_TRUE(change_log.has_replayed(0, change_log.now(), here));  // nothing is known without notifications
  change_log.listen_from(until(100));
  EXPECT_FALSE(change_log.has_replayed(99, change_log.now(), here));
  EXPECT_TRUE(change_log.has_replayed(100, change_log.now(), here));
  const auto before = change_log.now();
  change_log.append(by(1, kBengaluru));
  EXPECT_TRUE(change_log.has_replayed(100, before, here));
  EXPECT_FALSE(change_log.has_replayed(1000, change_log.now(), here));  // where it committed is not known yet
  EXPECT_TRUE(change_log.has_replayed(100, change_log.now(), elsewhere));
  EXPECT_TRUE(change_log.has_replayed(tailor::kNoLsn, change_log.now(), here));  // no standby
  EXPECT_TRUE(change_log.confirm(until(200)));
  EXPECT_FALSE(change_log.has_replayed(199, change_log.now(), here));
  EXPECT_TRUE(change_log.has_replayed(200, change_log.now(), here));
  change_log.flush(until(300));
  EXPECT_FALSE(change_log.has_replayed(299, change_log.now(), elsewhere));
}

TEST(ChangeLog, IsSureOfNoStandbyThatHasNotReplayedWhatWasDropped) {
  ChangeLog change_log(1);
  change_log.listen_from(until(100));
  for (int i = 0; i < 2; ++i) change_log.append(by(1, kBengaluru));
  EXPECT_FALSE(change_log.has_replayed(1000, change_log.now(), around(kChennai, 5)));
  change_log.confirm(until(200));
  EXPECT_FALSE(change_log.has_replayed(199, change_log.now(), around(kChennai, 5)));
  EXPECT_TRUE(change_log.has_replayed(200, change_log.now(), around(kChennai, 5)));
}

}  // namespace
