#include "metrics/registry.hpp"

#include <prometheus/text_serializer.h>

namespace tailor::metrics {
namespace {

std::string full(const char* name) {
  return std::string{"tailor_frontend_"} + name;
}

}  // namespace

prometheus::Family<Counter>& Registry::counters(const char* name, const char* help) {
  return prometheus::BuildCounter().Name(full(name)).Help(help).Register(registry_);
}

prometheus::Family<Gauge>& Registry::gauges(const char* name, const char* help) {
  return prometheus::BuildGauge().Name(full(name)).Help(help).Register(registry_);
}

prometheus::Family<Histogram>& Registry::histograms(const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(full(name)).Help(help).Register(registry_);
}

std::string Registry::text() const {
  return prometheus::TextSerializer{}.Serialize(registry_.Collect());
}

}  // namespace tailor::metrics
