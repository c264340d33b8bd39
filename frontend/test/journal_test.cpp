#include "cache/journal.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace {

using tailor::cache::Change;
using tailor::cache::Journal;
using tailor::cache::Point;
using tailor::cache::Scope;
using tailor::cache::Snapshot;
using tailor::cache::touches;

constexpr Point kBengaluru{12.9716, 77.5946};
constexpr Point kChennai{13.0827, 80.2707};  // 290 km away

Scope around(Point centre, double km, bool unlocated = false) {
  return {.tailor = {}, .centre = centre, .radius_km = km, .unlocated = unlocated};
}

Change at(Point point) {
  return {.tailor = "t1", .points = {point}, .unlocated = false};
}

TEST(Touches, WhatIsInTheCircle) {
  EXPECT_TRUE(touches(at(kBengaluru), around(kBengaluru, 0.001)));
  EXPECT_FALSE(touches(at(kChennai), around(kBengaluru, 100)));
  EXPECT_TRUE(touches(at(kChennai), around(kBengaluru, 300)));
  EXPECT_TRUE(touches(at({12.9716, -179.99}), around({12.9716, 179.99}, 5)));
  EXPECT_TRUE(touches(at({89.99, 10}), around({89.99, -170}, 5)));
  EXPECT_TRUE(touches(at({NAN, 10}), around(kBengaluru, 5)));
}

// On the rim, where the sphere's distance and the spheroid's differ most.
TEST(Touches, TheRimByTheSpheroid) {
  EXPECT_TRUE(touches(at({0.9043687, 0}),
                      around({0, 0}, 100.0)));  // 100.000 km by the spheroid, 100.56 by the sphere
  EXPECT_FALSE(touches(at({1.0, 0}), around({0, 0}, 100.0)));
}

TEST(Touches, BothEndsOfAMove) {
  EXPECT_TRUE(
      touches({.tailor = "t1", .points = {kChennai, kBengaluru}, .unlocated = false}, around(kBengaluru, 5)));
}

TEST(Touches, UnlocatedOnesOnlyWhereTheyAreFound) {
  const Change change{.tailor = "t1", .points = {}, .unlocated = true};
  EXPECT_TRUE(touches(change, around(kBengaluru, 5, true)));
  EXPECT_FALSE(touches(change, around(kBengaluru, 5)));
}

TEST(Touches, OneTailorByItsId) {
  const Scope shown{.tailor = "t1", .centre = {}, .radius_km = 0, .unlocated = false};
  EXPECT_TRUE(touches(at(kChennai), shown));
  EXPECT_FALSE(touches({.tailor = "t2", .points = {kChennai}, .unlocated = false}, shown));
  EXPECT_TRUE(touches({.tailor = "", .points = {kChennai}, .unlocated = false}, shown));
}

TEST(Touches, AnythingWhereTheCircleIsUnknown) {
  EXPECT_TRUE(touches(at(kChennai), Scope{}));
}

TEST(Touches, WhoShowsTheTailorOfAWorkOrTheUser) {
  Scope scope = around(kBengaluru, 5);
  const Change work{.tailor = "t1", .points = {}, .unlocated = false};
  const Change user{.tailor = {}, .points = {}, .unlocated = false, .user = "u1"};
  EXPECT_TRUE(touches(work, scope));
  EXPECT_TRUE(touches(user, scope));
  scope.shown = {"t1", "u1"};
  EXPECT_TRUE(touches(work, scope));
  EXPECT_TRUE(touches(user, scope));
  scope.shown = {"t2", "u2"};
  EXPECT_FALSE(touches(work, scope));
  EXPECT_FALSE(touches(user, scope));
  EXPECT_TRUE(touches(at(kBengaluru), scope));  // it may come to be shown
  Scope one{.tailor = "t1", .centre = {}, .radius_km = 0, .unlocated = false, .shown = {{"t1", "u1"}}};
  EXPECT_TRUE(touches(work, one));
  EXPECT_TRUE(touches(user, one));
  one.shown->back() = "u2";
  EXPECT_FALSE(touches(user, one));
}

TEST(Touches, AllWhenEverythingMayHaveChanged) {
  const Change all{.tailor = {}, .points = {}, .unlocated = false, .user = {}, .everything = true};
  Scope scope = around(kBengaluru, 5);
  scope.shown.emplace();
  EXPECT_TRUE(touches(all, scope));
}

TEST(Journal, TellsWhatIsCurrent) {
  Journal journal;
  const auto before = journal.now();
  EXPECT_TRUE(journal.current(before, around(kBengaluru, 5)));
  journal.forget_touched(at(kBengaluru));
  journal.forget_touched(at(kChennai));
  EXPECT_FALSE(journal.current(before, around(kBengaluru, 5)));
  EXPECT_TRUE(journal.current(before + 1, around(kBengaluru, 5)));
  EXPECT_TRUE(journal.current(before, around({48.2, 16.4}, 50)));
  EXPECT_TRUE(journal.current(journal.now(), around(kChennai, 5)));
}

TEST(Journal, ForgetsAllThatCameBefore) {
  Journal journal;
  const auto before = journal.now();
  journal.forget_all();
  EXPECT_FALSE(journal.current(before, around(kBengaluru, 5)));
  EXPECT_TRUE(journal.current(journal.now(), around(kBengaluru, 5)));
  journal.forget_touched(at(kChennai));
  EXPECT_FALSE(journal.current(before, around(kBengaluru, 5)));
}

TEST(Journal, IsBoundedAndSureOfNothingOlder) {
  Journal journal(3);
  const auto before = journal.now();
  for (int i = 0; i < 3; ++i) journal.forget_touched(at(kChennai));
  EXPECT_TRUE(journal.current(before, around(kBengaluru, 5)));
  journal.forget_touched(at(kChennai));
  EXPECT_FALSE(journal.current(before, around(kBengaluru, 5)));
  EXPECT_TRUE(journal.current(before + 1, around(kBengaluru, 5)));
}

Change by(tailor::cache::Transaction transaction, Point point) {
  Change change = at(point);
  change.transaction = transaction;
  return change;
}

TEST(Journal, KnowsWhetherItListens) {
  Journal journal;
  EXPECT_FALSE(journal.listening());
  const auto before = journal.now();
  journal.listen_from({10, 10, {}});
  EXPECT_TRUE(journal.listening());
  EXPECT_FALSE(journal.current(before, around(kBengaluru, 5)));
  journal.forget_all();
  EXPECT_FALSE(journal.listening());
  EXPECT_FALSE(journal.current(Snapshot{99, 99, {}}, around(kBengaluru, 5)));
}

TEST(Journal, TellsOfOthersAnswersByTheirSnapshot) {
  Journal journal;
  const Scope scope = around(kBengaluru, 5);
  EXPECT_FALSE(journal.current(Snapshot{10, 10, {}}, scope));
  journal.listen_from({10, 12, {10}});
  EXPECT_TRUE(journal.current(Snapshot{10, 12, {10}}, scope));
  EXPECT_TRUE(journal.current(Snapshot{12, 12, {}}, scope));
  EXPECT_FALSE(journal.current(Snapshot{10, 12, {10, 11}}, scope));  // 11 was over before this one listened
  EXPECT_FALSE(journal.current(Snapshot{10, 11, {10}}, scope));
  journal.forget_touched(by(12, kBengaluru));
  EXPECT_FALSE(journal.current(Snapshot{12, 12, {}}, scope));
  EXPECT_FALSE(journal.current(Snapshot{12, 14, {12}}, scope));  // it began before 12 was over
  EXPECT_TRUE(journal.current(Snapshot{10, 13, {10}}, scope));
  EXPECT_TRUE(journal.current(Snapshot{12, 12, {}}, around(kChennai, 5)));
}

TEST(Journal, IsSureOfNoSnapshotThatDoesNotSeeWhatWasDropped) {
  Journal journal(1);
  const Scope scope = around(kBengaluru, 5);
  journal.listen_from({10, 10, {}});
  journal.forget_touched(by(12, kChennai));
  journal.forget_touched(by(11, kChennai));
  EXPECT_FALSE(journal.current(Snapshot{11, 12, {}}, scope));
  EXPECT_FALSE(journal.current(Snapshot{12, 13, {12}}, scope));
  EXPECT_TRUE(journal.current(Snapshot{13, 13, {}}, scope));
  journal.listen_from({11, 13, {}});
  EXPECT_TRUE(journal.current(Snapshot{11, 13, {}}, scope));
}

TEST(Journal, IsBoundedInBytes) {
  Journal journal;
  const auto before = journal.now();
  Change change = at(kChennai);
  change.tailor.assign(8000, 't');
  for (int i = 0; i < 1000; ++i) journal.forget_touched(change);
  EXPECT_FALSE(journal.current(before, around(kBengaluru, 5)));
  EXPECT_TRUE(journal.current(journal.now() - 100, around(kBengaluru, 5)));
}

TEST(Journal, ATransactionThatHasNotCommittedIsAFlush) {
  for (const tailor::cache::Transaction forged : {UINT64_MAX, std::uint64_t{20}, std::uint64_t{15}}) {
    Journal journal;
    const Scope scope = around(kBengaluru, 5);
    journal.listen_from({10, 10, {}});
    journal.forget_touched(by(11, kChennai));
    EXPECT_TRUE(journal.confirm({12, 12, {}}));
    EXPECT_TRUE(journal.current(Snapshot{12, 12, {}}, scope));
    journal.forget_touched(by(forged, kBengaluru));
    EXPECT_FALSE(journal.confirm({15, 20, {15}}));
    EXPECT_TRUE(journal.confirm({15, 20, {15}}));
    EXPECT_TRUE(journal.current(Snapshot{15, 20, {15}}, scope));  // nothing of it is left
    EXPECT_FALSE(journal.current(Snapshot{12, 12, {}}, scope));
    EXPECT_FALSE(journal.current(Snapshot{15, 19, {15}}, scope));
  }
}

TEST(Journal, AForgedTransactionIsNotRememberedWhenItsChangeIsDropped) {
  Journal journal(2);
  const Scope scope = around(kBengaluru, 5);
  journal.listen_from({10, 10, {}});
  journal.forget_touched(by(UINT64_MAX, kChennai));
  for (int i = 0; i < 2; ++i) journal.forget_touched(by(11, kChennai));
  EXPECT_FALSE(journal.current(Snapshot{12, 12, {}}, scope));
  EXPECT_FALSE(journal.confirm({12, 12, {}}));
  EXPECT_TRUE(journal.current(Snapshot{12, 12, {}}, scope));
}

TEST(Journal, AFlushIsOfAllThatCameBefore) {
  Journal journal;
  const Scope scope = around(kBengaluru, 5);
  journal.flush({10, 10, {}});
  EXPECT_FALSE(journal.listening());
  EXPECT_FALSE(journal.current(Snapshot{10, 10, {}}, scope));
  journal.listen_from({10, 10, {}});
  const auto before = journal.now();
  journal.flush({12, 12, {}});
  EXPECT_TRUE(journal.listening());
  EXPECT_FALSE(journal.current(before, scope));
  EXPECT_FALSE(journal.current(Snapshot{11, 11, {}}, scope));
  EXPECT_TRUE(journal.current(Snapshot{12, 12, {}}, scope));
}

}  // namespace
