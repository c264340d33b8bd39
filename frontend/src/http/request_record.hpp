#pragma once

#include <httplib.h>

#include "deadline.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"
#include "metrics/metrics.hpp"

namespace tailor::http {

/// Tells of a request when it goes, whether there was an answer or a problem: in a line of the log and in the
/// metrics. Never of the query, which says where people are.
class RequestRecord {
 public:
  RequestRecord(const Request& request, const httplib::Response& response, metrics::Metrics& metrics);
  RequestRecord(const RequestRecord&) = delete;
  RequestRecord& operator=(const RequestRecord&) = delete;
  ~RequestRecord();

  /// Remembers why there was no answer.
  void note(const Problem& problem) { code_ = problem.code(); }

  metrics::Route route = metrics::Route::other;
  Seconds waited{0};  // for a connection to the database

 private:
  void write_line(Seconds duration) const;

  const Request& request_;
  const httplib::Response& response_;
  metrics::Metrics& metrics_;
  const Clock::time_point start_ = Clock::now();
  std::string code_;
};

}  // namespace tailor::http
