#pragma once

#include "base/log.hpp"
#include "http/problem.hpp"
#include "http/server.hpp"
#include "metrics/metrics.hpp"
#include "runtime/request_context.hpp"

namespace tailor::api {

/// Records a request in the log and the metrics when destroyed, with its answer or problem. Never the query,
/// which contains people's positions.
class RequestRecord {
 public:
  RequestRecord(const httplib::Request& request, const httplib::Response& response,
                const http::Arrival& arrival, const RequestContext& context, metrics::Metrics& metrics);
  RequestRecord(const RequestRecord&) = delete;
  RequestRecord& operator=(const RequestRecord&) = delete;
  ~RequestRecord();

  /// Records the problem that is answered.
  void note(const http::Problem& problem) { code_ = problem.code(); }

  metrics::Route route = metrics::Route::other;

 private:
  void write_line(Seconds duration) const;
  void tell_refused(log::Event& line) const;
  void tell_request(log::Event& line, Seconds duration) const;

  const httplib::Request& request_;
  const httplib::Response& response_;
  const http::Arrival& arrival_;
  const RequestContext& context_;
  metrics::Metrics& metrics_;
  std::string code_;
};

}  // namespace tailor::api
