#include "http/request_record.hpp"

#include <spdlog/spdlog.h>

#include "debounce.hpp"
#include "http/address.hpp"

namespace tailor::http {
namespace {

Debounce failures;

double milliseconds(Seconds seconds) {
  return std::chrono::duration<double, std::milli>(seconds).count();
}

}  // namespace

RequestRecord::RequestRecord(const Request& request, const httplib::Response& response, const Caller& caller,
                             metrics::Metrics& metrics)
    : request_(request), response_(response), caller_(caller), metrics_(metrics) {
  metrics_.requests_in_flight.Increment();
}

RequestRecord::~RequestRecord() {
  const Seconds duration = Clock::now() - start_;
  metrics_.requests_in_flight.Decrement();
  metrics_.requests.of(route, response_.status).Increment();
  metrics_.request_seconds[route].Observe(duration.count());
  if (response_.status == 503) metrics_.refusals.of(code_).Increment();
  write_line(duration);
}

// When everything fails, thousands of lines a second would say the same. The next line that is written counts
// those that were not.
void RequestRecord::write_line(Seconds duration) const {
  const bool refused = request_.head.verdict != RequestHead::Verdict::good;
  if ((refused || response_.status >= 500) && !failures.admit()) return;
  const std::uint64_t suppressed = failures.take_suppressed();
  const std::string more = suppressed == 0 ? std::string{} : fmt::format(" suppressed={}", suppressed);
  if (refused) {
    const auto address = peer_address(request_.client);
    spdlog::info("event=refused status={} code={} client={}{}", response_.status, code_,
                 address ? to_text(*address) : "unknown", more);
    return;
  }
  const std::string& trace = request_.head.traceparent;
  spdlog::info("event=request method={} path={} status={} duration_ms={:.3f} pool_wait_ms={:.3f}{}{}{}",
               request_.method, request_.path, response_.status, milliseconds(duration),
               milliseconds(caller_.waited), trace.empty() ? "" : " traceparent=", trace, more);
}

}  // namespace tailor::http
