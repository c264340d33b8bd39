#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace tailor::metrics {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

/// Histogram buckets in seconds, from half a millisecond to the longest wait.
inline const Histogram::BucketBoundaries kSeconds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                  0.1,    0.25,  0.5,    1,     2.5,  5,     10};

/// The values of a label, one for each enumerator of an enum whose last enumerator is `count`.
template <typename Label>
using LabelValues = std::array<const char*, static_cast<std::size_t>(Label::count)>;

/// One metric for each value of a label. All are created at the start, so counting is an array look-up, and
/// no time series is missing.
template <typename Metric, typename Label>
class ByLabel {
 public:
  template <typename... Arguments>
  ByLabel(prometheus::Family<Metric>& family, const char* name, const LabelValues<Label>& values,
          const Arguments&... arguments)
      : values_(values) {
    for (std::size_t i = 0; i < values.size(); ++i)
      metrics_[i] = &family.Add({{name, values[i]}}, arguments...);
  }
  Metric& operator[](Label label) const { return *metrics_[static_cast<std::size_t>(label)]; }

  /// By the label's text; an unknown text selects the last value.
  Metric& of(std::string_view value) const {
    const auto found = std::find(values_.begin(), values_.end() - 1, value);
    return *metrics_[static_cast<std::size_t>(found - values_.begin())];
  }

 private:
  LabelValues<Label> values_;
  std::array<Metric*, static_cast<std::size_t>(Label::count)> metrics_;
};

/// Creates metrics, whose names begin with tailor_frontend_, and writes them out.
class Registry {
 public:
  Counter& counter(const char* name, const char* help) { return counters(name, help).Add({}); }
  Gauge& gauge(const char* name, const char* help) { return gauges(name, help).Add({}); }
  Histogram& histogram(const char* name, const char* help) {
    return histograms(name, help).Add({}, kSeconds);
  }

  prometheus::Family<Counter>& counters(const char* name, const char* help);
  prometheus::Family<Gauge>& gauges(const char* name, const char* help);
  prometheus::Family<Histogram>& histograms(const char* name, const char* help);

  /// All metrics in Prometheus's text format.
  std::string text() const;

 private:
  prometheus::Registry registry_;
};

}  // namespace tailor::metrics
