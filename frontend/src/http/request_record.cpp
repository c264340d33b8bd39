#include "http/request_record.hpp"

#include "debounce.hpp"
#include "http/address.hpp"
#include "http/trace_context.hpp"

namespace tailor::http {
namespace {

Debounce failure_lines;

}  // namespace

RequestRecord::RequestRecord(const Request& request, const Response& response, const Caller& caller,
                             metrics::Metrics& metrics)
    : request_(request), response_(response), caller_(caller), metrics_(metrics) {
  metrics_.requests_in_flight.Increment();
}

// A line that no memory is left for is not written: from a destructor the exception would end the process.
RequestRecord::~RequestRecord() {
  const Seconds duration = Clock::now() - request_.came;
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

// When everything fails, thousands of lines a second would say the same. The next line that is written counts
// those that were not.
void RequestRecord::write_line(Seconds duration) const {
  if (!log::shows(spdlog::level::info)) return;
  const bool refused = request_.head.fault != nullptr;
  if ((refused || response_.status >= 500) && !failure_lines.admit()) return;
  log::Event line = log::info(refused ? "refused" : "request");
  refused ? tell_refused(line) : tell_request(line, duration);
  const std::uint64_t suppressed = failure_lines.take_suppressed();
  if (suppressed > 0) line.with("suppressed", suppressed);
}

void RequestRecord::tell_refused(log::Event& line) const {
  const auto address = peer_address(request_.client);
  line.with("status", response_.status)
      .with("code", code_)
      .with("client", address ? to_text(*address) : "unknown");
}

void RequestRecord::tell_request(log::Event& line, Seconds duration) const {
  line.with("method", request_.method)
      .with("path", request_.path)
      .with("status", response_.status)
      .with("duration_ms", milliseconds(duration))
      .with("pool_wait_ms", milliseconds(caller_.waited));
  const std::string_view trace = request_.head.traceparent;
  if (!trace.empty()) line.with("traceparent", trace.substr(0, kTraceparentLength));
}

}  // namespace tailor::http
