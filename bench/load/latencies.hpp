#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

// Times in milliseconds, for a summary.
class Latencies {
 public:
  void add(double milliseconds) { values_.push_back(milliseconds); }
  void add(const Latencies& other) {
    values_.insert(values_.end(), other.values_.begin(), other.values_.end());
  }
  std::size_t count() const { return values_.size(); }

  double mean() const {
    double sum = 0;
    for (const double value : values_) sum += value;
    return values_.empty() ? 0 : sum / static_cast<double>(values_.size());
  }

  // The value that `part` (0 to 1) of all do not exceed; 0 when there is none.
  double quantile(double part) {
    if (values_.empty()) return 0;
    const auto rank =
        std::min(values_.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values_.size())));
    const auto nth = values_.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(values_.begin(), nth, values_.end());
    return *nth;
  }

 private:
  std::vector<double> values_;
};
