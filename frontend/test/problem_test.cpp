#include "http/problem.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "api/search_problem.hpp"
#include "http/response.hpp"

using nlohmann::json;
using tailor::Error;
using tailor::Failure;
using tailor::api::problem_from;
using tailor::http::invalid_parameter;
using tailor::http::problem_of;

TEST(Problem, HasTheMembersOfRfc9457AndOfTheApplication) {
  const json body = json::parse(invalid_parameter("page", "must be a whole number").body());
  EXPECT_EQ(body, json::parse(R"({"type":"about:blank","title":"Bad Request","status":400,
      "detail":"page must be a whole number","code":"invalid_parameter","success":false,
      "error":"page must be a whole number","parameter":"page"})"));
}

TEST(Problem, NamesAnArgumentAsHttpDoes) {
  const auto problem = problem_from(
      Error(Failure::bad_argument, "max_distance_km must be at most 100, not 101", "max_distance_km"));
  EXPECT_EQ(problem.parameter(), "maxDistance");
  EXPECT_EQ(json::parse(problem.body())["detail"], "maxDistance must be at most 100, not 101");
}

TEST(Problem, NamesTheIdOfATailor) {
  const auto problem =
      problem_from(Error(Failure::bad_argument, "id must have at most 8192 bytes, not 8193", "id"));
  EXPECT_EQ(problem.parameter(), "id");
  EXPECT_EQ(problem.status(), 400);
  EXPECT_EQ(json::parse(problem.body())["detail"], "id must have at most 8192 bytes, not 8193");
}

TEST(Problem, NamesEveryArgumentAsHttpDoes) {
  const auto detail = [](const char* message, const char* argument) {
    return json::parse(problem_from(Error(Failure::bad_argument, message, argument)).body())["detail"];
  };
  EXPECT_EQ(detail("min_experience must not exceed max_experience, but 3 > 2", "min_experience"),
            "minExperience must not exceed maxExperience, but 3 > 2");
  EXPECT_EQ(detail("it must be less than page_size: max_distance_km", "page"),
            "page it must be less than limit: maxDistance");
  EXPECT_EQ(detail("skills must have at most 3 values, xskills skills2 no_skills", "skills"),
            "skill must have at most 3 values, xskills skills2 no_skills");
  EXPECT_EQ(detail(R"(sort_by must be distance, not "max_experience", "min_rating")", "sort_by"),
            R"(sortBy must be distance, not "max_experience", "min_rating")");
}

TEST(Problem, TellsNothingOfOtherFailures) {
  const std::string secret = "host db.internal password hunter2 SELECT";
  for (const auto failure :
       {Failure::pool_timeout, Failure::query_timeout, Failure::queue_full, Failure::wait_too_long,
        Failure::unavailable, Failure::connection_lost, Failure::suspect_session, Failure::internal,
        Failure::too_large, Failure::unreadable_data, Failure::untranslatable}) {
    const auto problem = problem_from(Error(failure, secret));
    EXPECT_GE(problem.status(), 500);
    for (const char* word : {"db.internal", "hunter2", "SELECT"}) {
      EXPECT_EQ(problem.body().find(word), std::string::npos);
    }
  }
  EXPECT_EQ(problem_from(Error(Failure::bad_argument, secret, "no_such_argument")).status(), 500);
  EXPECT_EQ(problem_of(std::make_exception_ptr(std::runtime_error(secret))).status(), 500);
  EXPECT_EQ(problem_of(std::make_exception_ptr(42)).code(), "internal_error");
}

TEST(Problem, CarriesAnyText) {
  const auto body = json::parse(invalid_parameter("\xff\"", "\n\x01").body());
  EXPECT_EQ(body["parameter"], "\ufffd\"");
  EXPECT_EQ(body["detail"], "\ufffd\" \n\x01");
}

TEST(Problem, SaysWhenToComeAgain) {
  const auto retry_after = [](double busy_for) {
    httplib::Response response;
    problem_from(Error(Failure::queue_full, "full", tailor::Seconds{busy_for})).write_to(response);
    return response.get_header_value("Retry-After");
  };
  EXPECT_EQ(retry_after(0), "1");
  EXPECT_EQ(retry_after(1.2), "2");
  EXPECT_EQ(retry_after(1e9), "30");
}
