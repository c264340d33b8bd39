#pragma once

#include "http/problem.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "log.hpp"
#include "metrics/metrics.hpp"
#include "waiting/caller.hpp"

namespace tailor::http {

/// Tells of a request when it goes, whether there was an answer or a problem: in a line of the log and in the
/// metrics. Never of the query, which says where people are.
class RequestRecord {
 public:
  RequestRecord(const Request& request, const Response& response, const Caller& caller,
                metrics::Metrics& metrics);
  RequestRecord(const RequestRecord&) = delete;
  RequestRecord& operator=(const RequestRecord&) = delete;
  ~RequestRecord();

  /// Remembers why there was no answer.
  void note(const Problem& problem) { code_ = problem.code(); }

  metrics::Route route = metrics::Route::other;

 private:
  void write_line(Seconds duration) const;
  void tell_refused(log::Event& line) const;
  void tell_request(log::Event& line, Seconds duration) const;

  const Request& request_;
  const Response& response_;
  const Caller& caller_;
  metrics::Metrics& metrics_;
  std::string code_;
};

}  // namespace tailor::http
