#include "api/request_record.hpp"

#include "base/rate_limiter.hpp"
#include "http/address.hpp"
#include "http/trace_context.hpp"

namespace tailor::api {
namespace {

RateLimiter failure_lines;

}  // namespace

RequestRecord::RequestRecord(const httplib::Request& request, const httplib::Response& response,
                             const http::Arrival& arrival, const RequestContext& context,
                             metrics::Metrics& metrics)
    : request_(request), response_(response), arrival_(arrival), context_(context), metrics_(metrics) {
  metrics_.requests_in_flight.Increment();
}

// Without memory the line is not written: an exception from a destructor would end the process.
RequestRecord::~RequestRecord() {
  const Seconds duration = Clock::now() - arrival_.received_at;
  metrics_.requests_in_flight.Decrement();
  metrics_.requests.of(route, response_.status).Increment();
  metrics_.request_seconds[route].Observe(duration.count());
  if (response_.status == 503) metrics_.refusals.of(code_).Increment();
  try {
    write_line(duration);
  } catch (const std::exception&) {
    return;
  }
}

// Under overload thousands of lines a second would be alike. The next line that is written has their number.
void RequestRecord::write_line(Seconds duration) const {
  if (!log::shows(spdlog::level::info)) return;
  const bool refused = arrival_.fault != nullptr;
  if ((refused || response_.status >= 500) && !failure_lines.admit()) return;
  log::Event line = log::info(refused ? "refused" : "request");
  refused ? tell_refused(line) : tell_request(line, duration);
  const std::uint64_t suppressed = failure_lines.take_suppressed();
  if (suppressed > 0) line.with("suppressed", suppressed);
}

void RequestRecord::tell_refused(log::Event& line) const {
  const auto address = http::peer_address(arrival_.client);
  line.with("status", response_.status)
      .with("code", code_)
      .with("client", address ? http::to_text(*address) : "unknown");
}

void RequestRecord::tell_request(log::Event& line, Seconds duration) const {
  line.with("method", request_.method)
      .with("path", request_.path)
      .with("status", response_.status)
      .with("duration_ms", milliseconds(duration))
      .with("pool_wait_ms", milliseconds(context_.waited));
  const std::string trace = request_.get_header_value("traceparent");
  if (!trace.empty()) line.with("traceparent", trace.substr(0, http::kTraceparentLength));
}

}  // namespace tailor::api
