#include "postgres/admission.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace {

using tailor::Failure;
using tailor::Seconds;
using tailor::postgres::Admission;

class AdmissionTest : public testing::Test {
 protected:
  void hold(double seconds, int times = 1) {
    for (int i = 0; i < times; ++i) admission.note(1, Seconds{seconds});
  }
  // The refusal of a new request when so many wait; nothing if it is admitted.
  std::optional<Failure> refusal(std::size_t waiting, std::size_t connections, double options) const {
    const auto error = admission.refusal(waiting, connections, Seconds{options});
    if (!error) return {};
    EXPECT_EQ(error->busy_for(), admission.expected_wait(waiting, connections));
    return error->failure();
  }
  Admission admission{100};
};

}  // namespace

TEST_F(AdmissionTest, BoundsTheNumber) {
  EXPECT_EQ(refusal(99, 2, 1), std::nullopt) << "nothing is known yet of how long it takes";
  EXPECT_EQ(refusal(100, 2, 1), Failure::queue_full);
  EXPECT_TRUE(Admission(0).refusal(0, 2, Seconds{1}));
}

TEST_F(AdmissionTest, ExpectsAWaitOfTheTurnsBefore) {
  hold(0.01, 10);
  EXPECT_DOUBLE_EQ(admission.expected_wait(20, 2).count(), 0.1);
  EXPECT_DOUBLE_EQ(admission.expected_wait(20, 1).count(), 0.2);
  EXPECT_DOUBLE_EQ(admission.expected_wait(20, 0).count(), 0.2) << "while all are being replaced";
  EXPECT_DOUBLE_EQ(admission.expected_wait(0, 2).count(), 0);
}

TEST_F(AdmissionTest, RefusesWhoseTurnWouldComeTooLate) {
  hold(0.01, 10);
  EXPECT_EQ(refusal(20, 2, 0.2), std::nullopt);
  EXPECT_EQ(refusal(20, 2, 0.13), std::nullopt);
  EXPECT_EQ(refusal(20, 2, 0.12), Failure::wait_too_long);
  EXPECT_EQ(refusal(20, 2, -1), Failure::wait_too_long);
}

TEST_F(AdmissionTest, NeverRefusesTheFirstInLine) {
  hold(100, 10);
  EXPECT_EQ(refusal(0, 2, 0.001), std::nullopt);
  EXPECT_EQ(refusal(1, 2, 0.001), Failure::wait_too_long);
}

TEST_F(AdmissionTest, RefusesWhoIsTooLateAlready) {
  EXPECT_EQ(refusal(0, 2, 0), Failure::wait_too_long);
  EXPECT_EQ(refusal(0, 2, -1), Failure::wait_too_long);
}

TEST_F(AdmissionTest, ForgetsWhatIsLongAgo) {
  hold(5, 1000);
  hold(0.001, 1000);
  EXPECT_EQ(refusal(20, 2, 0.1), std::nullopt);
}

TEST_F(AdmissionTest, IsNotTurnedByOneSlowQuery) {
  hold(0.001, 1000);
  hold(1);
  EXPECT_EQ(refusal(20, 2, 0.2), std::nullopt);
}

TEST_F(AdmissionTest, NotesSeveralAtOnce) {
  admission.note(0, Seconds{0});
  admission.note(4, Seconds{0.04});
  EXPECT_DOUBLE_EQ(admission.expected_wait(1, 1).count(), 0.01);
}

TEST_F(AdmissionTest, IsBriskWhileQueriesAreKnownToBeShort) {
  hold(0.0002, 15);
  EXPECT_FALSE(admission.queries_are_short()) << "too few to tell";
  hold(0.0002);
  EXPECT_TRUE(admission.queries_are_short());
  hold(0.5);
  EXPECT_FALSE(admission.queries_are_short());
  hold(0.0002, 1000);
  EXPECT_TRUE(admission.queries_are_short());
}
